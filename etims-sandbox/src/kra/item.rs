//! Items: the code's make-up and its sequence per PIN.

use crate::clock::Moment;
use crate::code_table;
use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::Event;
use crate::kra::taxpayer::Item;
use crate::number::Cents;
use crate::operation::Dialect;
use crate::rule::{self, Refusal};

impl Kra {
    pub(super) fn save_item(&self, call: &Call<'_>) -> Decision {
        let text = |name: &str| call.body.get(name).text().unwrap_or_default();
        let code = text("itemCd");
        if call.is_strict() {
            if !code_table::GATEWAY_CLASSES.contains(text("itemClsCd")) && call.dialect == Dialect::Gateway {
                return Err(rule::ITEM_CLASS.refuse(&[]));
            }
            if !code_table::knows("17", text("pkgUnitCd")) {
                return Err(rule::ITEM_PACKAGING.refuse(&[("list", &code_table::listed("17"))]));
            }
            if !code_table::knows("10", text("qtyUnitCd")) {
                return Err(rule::ITEM_UNIT.refuse(&[]));
            }
            self.check_item_code(call, code)?;
        } else if call.dialect == Dialect::Vscu {
            let unknown = [("17", text("pkgUnitCd")), ("10", text("qtyUnitCd"))];
            if let Some((_, unit)) = unknown.into_iter().find(|(class, unit)| !code_table::knows(class, unit)) {
                return Err(rule::ITEM_UNIT_VSCU.refuse(&[("found", unit)]));
            }
        }
        Ok(Verdict::saved(Event::ItemSaved {
            pin: call.pin.to_owned(),
            branch: call.branch.to_owned(),
            code: code.to_owned(),
            at: call.now,
            document: call.text.to_owned(),
        }))
    }

    /// Country (2), type (1), packaging (2), unit (2), then 7 or 8 digits that count on.
    fn check_item_code(&self, call: &Call<'_>, code: &str) -> Result<(), Refusal> {
        let text = |name: &str| call.body.get(name).text().unwrap_or_default();
        let start = format!("{}{}", text("orgnNatCd"), text("itemTyCd"));
        let expected = format!("{start}{}{} and 7 or 8 digits", text("pkgUnitCd"), text("qtyUnitCd"));
        let misshapen = || rule::ITEM_CODE_SHAPE.refuse(&[("found", code), ("expected", &expected)]);
        let rest = code.strip_prefix(start.as_str()).ok_or_else(misshapen)?;
        let packaging = text("pkgUnitCd");
        let rest = rest.strip_prefix(packaging).filter(|_| packaging.len() == 2);
        let rest = rest.ok_or_else(|| rule::ITEM_CODE_PACKAGING.refuse(&[]))?;
        let unit = text("qtyUnitCd");
        if unit.len() != 2 {
            return Err(rule::ITEM_CODE_UNIT_LENGTH.refuse(&[]));
        }
        let digits = rest.strip_prefix(unit).ok_or_else(|| rule::ITEM_CODE_UNIT.refuse(&[]))?;
        if !(7..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(misshapen());
        }
        if self.item(call.pin, code).is_some() {
            return Ok(());
        }
        let next = self.taxpayer(call.pin).map_or(0, |taxpayer| taxpayer.last_item) + 1;
        if digits.parse() == Ok(next) {
            return Ok(());
        }
        Err(rule::ITEM_SEQUENCE.refuse(&[("expected", &next.to_string())]))
    }

    pub(super) fn add_item(&mut self, pin: &str, branch: String, code: String, saved_at: Moment, document: String) {
        let taxpayer = self.taxpayer_mut(pin);
        if !taxpayer.items.contains_key(&code) {
            taxpayer.last_item += 1;
        }
        self.keep_item(pin, branch, code, saved_at, document);
    }

    /// The control API's way: an item and its stock, beside the sequences of codes and movements.
    pub(super) fn add_shelved(
        &mut self,
        pin: &str,
        branch: String,
        code: String,
        at: Moment,
        document: String,
        quantity: Cents,
    ) {
        let stock = self.branch_mut(pin, &branch).stock.entry(code.clone()).or_default();
        stock.on_hand = stock.on_hand.plus(quantity);
        stock.in_master = true;
        self.keep_item(pin, branch, code, at, document);
    }

    fn keep_item(&mut self, pin: &str, branch: String, code: String, saved_at: Moment, document: String) {
        let body = Json::parse(&document).unwrap_or(Json::Null);
        let text = |name: &str| body.get(name).text().unwrap_or_default().to_owned();
        let (kind, tax) = (text("itemTyCd"), text("taxTyCd"));
        let taxpayer = self.taxpayer_mut(pin);
        // The registering branch stays; an update keeps the number.
        let branch = taxpayer.items.get(&code).map_or(branch, |item| item.branch.clone());
        taxpayer.items.insert(code, Item { kind, tax, branch, saved_at, document });
    }

    pub(super) fn item_list(&self, call: &Call<'_>) -> Verdict {
        let since = since(call);
        let items = self.taxpayer(call.pin).into_iter().flat_map(|taxpayer| &taxpayer.items);
        let rows = items.filter(|(_, item)| item.saved_at.compact().as_str() > since).map(|(_, item)| {
            let mut row = Json::parse(&item.document).unwrap_or(Json::Null);
            row.set("tin", call.pin.into());
            row.set("regBhfId", item.branch.as_str().into());
            row.set("rraModYn", "N".into());
            for audit in ["regrId", "regrNm", "modrId", "modrNm", "bhfId"] {
                row.remove(audit);
            }
            row
        });
        Verdict::rows("itemList", rows.collect())
    }
}

/// The watermark of a look-up, `yyyyMMddHHmmss`.
pub(super) fn since<'c>(call: &Call<'c>) -> &'c str {
    call.body.get("lastReqDt").text().unwrap_or_default()
}
