use super::closed::closed_codes;

closed_codes! {
    /// Why a sale is credited (eTIMS `rfdRsnCd`). Documents carry the code, as in `"reason": "06"`.
    ///
    /// The specification prints 01 to 06; KRA's live list goes on to 13.
    CreditReason, class Some("32"), title "credit-note reason",
    source "KRA OSCU specification v2.0 §4.17 (01-06); live code list (07-13)",
    /// Fewer were delivered than invoiced.
    MissingQuantity = "01", "01", "Missing Quantity";
    /// Data were left out (KRA's live list says "Missing Waiting").
    MissingData = "02", "02", "Missing data";
    /// The goods were damaged.
    Damaged = "03", "03", "Damaged";
    /// The goods were spoilt.
    Wasted = "04", "04", "Wasted";
    /// Raw material ran short.
    RawMaterialShortage = "05", "05", "Raw Material Shortage";
    /// The buyer brought the goods back or the price is paid back.
    Refund = "06", "06", "Refund";
    /// The buyer's PIN was wrong.
    WrongPin = "07", "07", "Wrong Customer PIN";
    /// The buyer's name was wrong.
    WrongName = "08", "08", "Wrong Customer name";
    /// A price or an amount was wrong.
    WrongAmount = "09", "09", "Wrong Amount/price";
    /// A quantity was wrong.
    WrongQuantity = "10", "10", "Wrong Quantity";
    /// An item was wrong.
    WrongItem = "11", "11", "Wrong Item(s)";
    /// A tax type was wrong.
    WrongTaxType = "12", "12", "Wrong tax type";
    /// Something else: say it in the note.
    Other = "13", "13", "Other reason";
}

impl CreditReason {
    /// Whether the specification prints the reason; the others are known from KRA's live list only.
    pub fn in_specification(self) -> bool {
        self <= CreditReason::Refund
    }
}
