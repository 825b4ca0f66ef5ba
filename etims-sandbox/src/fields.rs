//! Request fields against the tables of `operations_fields.json`.

use crate::clock::{compact_date, compact_time};
use crate::code_table;
use crate::json::Json;
use crate::kra::call::Call;
use crate::operation::{Dialect, Field, FieldKind, Operation};
use crate::rule::{self, Refusal};

/// Required by the table, left out by integrations that pass.
const NOT_DEMANDED: [(Operation, &str); 2] = [
    // One certified integration drops it: the gateway's Postman body lacks it.
    (Operation::SaveSale, "trdInvcNo"),
    // The table's receipt has it for the OSCU; the VSCU stamps it itself.
    (Operation::SaveSale, "rcptPbctDt"),
];

/// Codes that have a rule of their own.
const OWN_RULE: [(Operation, &str); 4] = [
    (Operation::SaveItem, "pkgUnitCd"),
    (Operation::SaveItem, "qtyUnitCd"),
    (Operation::SaveSale, "rfdRsnCd"),
    (Operation::UpdateImport, "imptItemSttsCd"),
];

/// Where a field stands.
#[derive(Clone, Copy)]
enum Place {
    Top,
    Part,
    Line(usize),
}

/// Every field of the request: there, of the right kind, and (strict) of the right length, code and date.
pub(crate) fn check(call: &Call<'_>) -> Result<(), Refusal> {
    let body = call.body;
    if !matches!(body, Json::Object(_)) {
        return Err(rule::BODY_UNREADABLE.refuse(&[("problem", "the body must be an object")]));
    }
    let mut missing = Vec::new();
    object(call, body, &call.operation.request, Place::Top, &mut missing)?;
    let receipt = call.operation.nested("receipt");
    if !receipt.is_empty() {
        match body.get("receipt") {
            Json::Null if !call.is_strict() => {}
            Json::Null => missing.push(("receipt", Place::Top)),
            part => object(call, part, receipt, Place::Part, &mut missing)?,
        }
    }
    let line_fields = call.operation.nested("itemList[]");
    if !line_fields.is_empty() {
        match body.get("itemList") {
            Json::List(lines) if !lines.is_empty() => {
                for (index, line) in lines.iter().enumerate() {
                    object(call, line, line_fields, Place::Line(index + 1), &mut missing)?;
                }
            }
            _ => missing.push(("itemList", Place::Top)),
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(refuse_missing(call, &missing)) }
}

fn object<'f>(
    call: &Call<'_>,
    object: &Json,
    fields: &'f [Field],
    place: Place,
    missing: &mut Vec<(&'f str, Place)>,
) -> Result<(), Refusal> {
    if !matches!(object, Json::Object(_)) {
        return Err(rule::BODY_UNREADABLE.refuse(&[("problem", "receipt and every line must be objects")]));
    }
    for field in fields.iter().filter(|field| !field.names_caller) {
        let value = object.get(&field.name);
        let is_text = matches!(value, Json::Text(_) | Json::Number(_));
        if matches!(value, Json::Null) || is_text && value.filled().is_none() {
            if field.is_required && !NOT_DEMANDED.contains(&(call.operation.id, field.name.as_str())) {
                missing.push((&field.name, place));
            }
            continue;
        }
        shape(field, value)?;
        if call.is_strict() {
            length(field, value)?;
            code(call, field, value)?;
        }
        if call.is_strict() || field.name == "lastReqDt" {
            date(field, value)?;
        }
    }
    Ok(())
}

fn shape(field: &Field, value: &Json) -> Result<(), Refusal> {
    let problem = match field.kind {
        FieldKind::Char if value.text().is_none() => "must be a text",
        FieldKind::Number if value.exact().is_none() => "must be a number",
        FieldKind::Number if field.is_counter() && value.whole().is_none() => "must be a whole number",
        _ => return Ok(()),
    };
    Err(rule::FIELD_TYPE.refuse(&[("field", &field.name), ("problem", problem)]))
}

fn length(field: &Field, value: &Json) -> Result<(), Refusal> {
    let problem = match field.kind {
        FieldKind::Char => match (field.characters, value.text()) {
            (Some(most), Some(text)) if text.chars().count() > most => format!("size must be between 0 and {most}"),
            _ => return Ok(()),
        },
        FieldKind::Number => match (field.digits, value.exact()) {
            (Some((whole, decimals)), Some(number))
                if number.whole_digits() > whole || number.decimals() > decimals =>
            {
                format!("numeric value out of bounds (<{whole} digits>.<{decimals} digits> expected)")
            }
            _ => return Ok(()),
        },
    };
    Err(rule::FIELD_LENGTH.refuse(&[("field", &field.name), ("problem", &problem)]))
}

fn code(call: &Call<'_>, field: &Field, value: &Json) -> Result<(), Refusal> {
    let Some(text) = value.text().filter(|_| !field.classes.is_empty()) else { return Ok(()) };
    let has_own_rule = OWN_RULE.contains(&(call.operation.id, field.name.as_str()));
    if has_own_rule || field.classes.iter().any(|class| code_table::knows(class, text)) {
        return Ok(());
    }
    let mut capital = field.name.clone();
    capital[..1].make_ascii_uppercase();
    Err(rule::FIELD_CODE.refuse(&[("Field", &capital)]))
}

fn date(field: &Field, value: &Json) -> Result<(), Refusal> {
    if !field.name.ends_with("Dt") {
        return Ok(());
    }
    let text = value.text().unwrap_or_default();
    let (is_date, shape) = match field.characters {
        Some(14) => (compact_time(text).is_some(), "yyyyMMddHHmmss"),
        Some(8) => (compact_date(text).is_some(), "yyyyMMdd"),
        _ => return Ok(()),
    };
    if is_date {
        return Ok(());
    }
    Err(rule::FIELD_DATE.refuse(&[("field", &field.name), ("found", text), ("shape", shape)]))
}

/// KRA names the first missing field, and words it differently per operation; the flat dialects name them all.
fn refuse_missing(call: &Call<'_>, missing: &[(&str, Place)]) -> Refusal {
    let (field, place) = missing[0];
    let names = |name: &str| missing.iter().any(|(field, _)| *field == name);
    let all_empty = || {
        let listed: String = missing.iter().map(|(field, _)| format!("[<{field}> : may not be empty]")).collect();
        rule::FIELDS_EMPTY.refuse(&[("fields", &listed)])
    };
    match (call.operation.id, place) {
        (Operation::UpdateImport, _) if names("itemClsCd") || names("itemCd") => rule::IMPORT_FIELDS.refuse(&[]),
        _ if call.dialect != Dialect::Gateway => all_empty(),
        (Operation::UpdateImport, _) if names("imptItemSttsCd") => rule::IMPORT_STATUS.refuse(&[("found", "null")]),
        (Operation::SaveCustomer, _) if names("custTin") => rule::CUSTOMER_PIN_MISSING.refuse(&[]),
        (Operation::SaveCustomer | Operation::SaveUser | Operation::SaveInsurance, _) => all_empty(),
        (Operation::StockIo, Place::Top) if names("orgSarNo") => rule::STOCK_ORIGINAL_NULL.refuse(&[]),
        (Operation::SaveSale, Place::Top) if names("orgInvcNo") => rule::SALE_ORIGINAL_NULL.refuse(&[]),
        (Operation::StockIo, Place::Line(line)) => {
            rule::STOCK_LINE_FIELD_MISSING.refuse(&[("field", field), ("item", &line.to_string())])
        }
        (_, Place::Line(line)) => rule::LINE_FIELD_MISSING.refuse(&[("field", field), ("item", &line.to_string())]),
        (_, Place::Top | Place::Part) => rule::FIELD_MISSING.refuse(&[("field", field)]),
    }
}
