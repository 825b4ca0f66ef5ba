use super::result_code::{DeviceFault, Meaning, RefusalReason};

/// A text of KRA's, recognised by fragments of it, and what it means to a caller.
pub(crate) struct KnownText {
    /// Lower-case fragments that all occur in the text.
    fragments: &'static [&'static str],
    pub(crate) meaning: Meaning,
    /// The field of the caller's document that is at fault; `{line}` stands for the line KRA names.
    pub(crate) field: Option<&'static str>,
    /// What to do; empty when the text says it all.
    pub(crate) advice: &'static str,
}

const fn row(
    fragments: &'static [&'static str],
    meaning: Meaning,
    field: Option<&'static str>,
    advice: &'static str,
) -> KnownText {
    KnownText { fragments, meaning, field, advice }
}

const SEQUENCE: Meaning = Meaning::Refused(RefusalReason::Sequence);
const STOCK: Meaning = Meaning::Refused(RefusalReason::Stock);
const AMOUNT: Meaning = Meaning::Refused(RefusalReason::Amount);
const FIELD: Meaning = Meaning::Refused(RefusalReason::Field);
const ORDER: Meaning = Meaning::Refused(RefusalReason::Order);

/// The first row that fits counts. Source: reference `samples/errors/messages.json` and `etims-protocol.md` §9.
#[rustfmt::skip]
const TEXTS: [KnownText; 52] = [
    row(&["unique constraint"], Meaning::Duplicate, None, "KRA already has a record under this number"),
    row(&["testsessionapilog"], Meaning::Device(DeviceFault::Application), None, ""),
    row(&["apigee_app_id"], Meaning::Device(DeviceFault::Application), None, ""),
    row(&["did not return a unique result"], Meaning::Device(DeviceFault::DuplicateRows), None, ""),
    row(&["invalid access token"], Meaning::Device(DeviceFault::Credentials), None, ""),
    row(&["access token expired"], Meaning::Device(DeviceFault::Credentials), None, ""),
    row(&["access_token_expired"], Meaning::Device(DeviceFault::Credentials), None, ""),
    row(&["unresolved variable", "targetpath"], Meaning::Device(DeviceFault::NotRouted), None, ""),
    row(&["missing tin"], Meaning::Device(DeviceFault::Headers), None, ""),
    row(&["custtin"], FIELD, Some("buyer.pin"), ""),
    row(&["tin cannot be null"], Meaning::Device(DeviceFault::Headers), None, ""),
    row(&["invcno sequence"], SEQUENCE, None, "the local counter and KRA's differ"),
    row(&["invc no", "expected value"], SEQUENCE, None, "the local counter and KRA's differ"),
    row(&["invalid sarno"], SEQUENCE, None, "the local stock movement counter and KRA's differ"),
    row(&["itemcd sequence"], SEQUENCE, Some("item_code"), "use the running number KRA names: it counts over all items of the PIN"),
    row(&["exist in your stock"], STOCK, Some("lines[{line}].item_code"), "report stock in, then the stock master, under the branch of the sale"),
    row(&["insufficient stock"], STOCK, Some("lines[{line}].quantity"), "report stock in first"),
    row(&["sufficient stock"], STOCK, Some("lines[{line}].quantity"), "report stock in first"),
    row(&["stock io is empty"], ORDER, Some("item_code"), "report a stock movement of the item first"),
    row(&["rsdqty"], AMOUNT, Some("quantity"), "KRA computes the balance from the stock movements: report the balance it expects"),
    row(&["rule taxrt"], AMOUNT, Some("lines[{line}].tax"), "the tax rates of the device setting differ from KRA's"),
    row(&["tax rate mismatch"], AMOUNT, Some("lines[{line}].tax"), "the tax rates of the device setting differ from KRA's"),
    row(&["invalid pkg "], AMOUNT, Some("lines[{line}].packages"), "leave out `packages`: KRA wants 1"),
    row(&["invalid taxblamt"], AMOUNT, Some("lines[{line}].amount"), "the amount convention of the device setting differs from KRA's"),
    row(&["invalid splyam"], AMOUNT, Some("lines[{line}].amount"), "the amount convention of the device setting differs from KRA's"),
    row(&["invalid taxamt"], AMOUNT, Some("lines[{line}].amount"), "the amount convention of the device setting differs from KRA's"),
    row(&["orginvcno"], FIELD, Some("credit.original"), "the original must be an invoice that KRA signed on this PIN and branch"),
    row(&["rfddt"], FIELD, Some("issued_at"), ""),
    row(&["rfdrsncd"], FIELD, Some("credit.reason"), "give one of the credit note reasons"),
    row(&["spplrnm"], FIELD, Some("supplier.name"), "copy the supplier's name exactly as KRA lists it"),
    row(&["missing purchase record"], FIELD, Some("supplier.invoice_number"), "confirm only purchases that KRA lists"),
    row(&["supplier invoice number"], FIELD, Some("supplier.invoice_number"), "confirm only purchases that KRA lists"),
    row(&["does not exist in your inventory"], ORDER, Some("lines[{line}].item_code"), "register the item first"),
    row(&["getorgsarno"], FIELD, None, "the original movement number must be 0, not null"),
    row(&["packaging unit prefix"], FIELD, Some("item_code"), "the item code must carry the packaging unit"),
    row(&["package unit code"], FIELD, Some("packaging"), ""),
    row(&["qtyunitcd"], FIELD, Some("item_code"), "the item code must carry a quantity unit of two letters"),
    row(&["invalid quantity unit code"], FIELD, Some("unit"), ""),
    row(&["item classification code"], FIELD, Some("classification"), "use a code of the classification list"),
    row(&["itemclscd"], FIELD, Some("classification"), ""),
    row(&["orgnnatcd"], FIELD, Some("origin"), ""),
    row(&["item tax type"], FIELD, Some("lines[{line}].tax"), "the tax type differs from the registered item's, or the branch is not KRA's"),
    row(&["using an item"], FIELD, Some("item_code"), "a service has no components"),
    row(&["value for itemnm"], FIELD, Some("lines[{line}].name"), ""),
    row(&["value for totamt"], FIELD, Some("lines[{line}].amount"), "KRA takes a zero amount for a missing one"),
    row(&["expected a value for"], FIELD, Some("lines[{line}]"), ""),
    row(&["request parameter error"], FIELD, None, ""),
    row(&["cannot be null"], FIELD, None, ""),
    row(&["cannot be empty"], FIELD, None, ""),
    row(&["may not be empty"], FIELD, None, ""),
    row(&["cannot invoke"], Meaning::Fault, None, ""),
    row(&["unknown error"], Meaning::Fault, None, ""),
];

/// Recognises a text of KRA's.
pub(crate) fn known_text(text: &str) -> Option<&'static KnownText> {
    let text = text.to_lowercase();
    TEXTS.iter().find(|known| known.fragments.iter().all(|fragment| text.contains(fragment)))
}

impl KnownText {
    /// The caller's field, with the line KRA names (counted from 1) as our index (counted from 0).
    pub(crate) fn field_at(&self, line: Option<u32>) -> Option<String> {
        let field = self.field?;
        Some(match line.and_then(|line| line.checked_sub(1)) {
            Some(index) => field.replace("{line}", &index.to_string()),
            None => field.replace("[{line}]", ""),
        })
    }
}
