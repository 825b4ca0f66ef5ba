//! What `Debug` says of documents, which ends in logs: nothing that somebody wrote freely. A remark holds the number of the
//! buyer's passport, a tender's reference is the payer's transaction.

use std::fmt;

use super::{Credit, CreditDraft, Invoice, InvoiceDraft, Payment, PaymentDraft, StockMovementDraft};
use crate::party::Hidden;

macro_rules! debug {
    ($document:ident shows $($shown:ident),+ hides $($hidden:ident),+) => {
        impl fmt::Debug for $document {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($document))
                    $(.field(stringify!($shown), &self.$shown))+
                    $(.field(stringify!($hidden), &Hidden::in_place_of(&self.$hidden)))+
                    .finish_non_exhaustive()
            }
        }
    };
}

debug!(InvoiceDraft shows reference, kind, mode, issued_at, supply_date, prices, currency, buyer, operator, payments,
    discount, lines, credit, relates_to, expected_total hides remark);
debug!(PaymentDraft shows method, amount, due hides reference);
debug!(CreditDraft shows original, reason, lines hides note);
debug!(Invoice shows reference, kind, mode, issued_at, buyer, operator, payments, lines, wire, totals, credit, settings,
    warnings hides remark);
debug!(Payment shows method, amount, due hides reference);
debug!(Credit shows original_reference, original_invoice_number, original_cu_invoice_number, reason, parts hides note);
debug!(StockMovementDraft shows kind, occurred_at, lines, original_number, operator hides remark);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_there_and_not_shown() {
        let text = br#"{ "reference": "CN-1", "kind": "credit_note", "issued_at": "2026-09-17T14:09:26+03:00",
            "payments": [{ "method": "mobile_money", "reference": "QFT1ABC2DE" }], "remark": "passport AK0412345",
            "messages": { "top": "Dear Zawadi" },
            "credit": { "original": { "reference": "INV-1" }, "reason": "06", "note": "Zawadi was overcharged" } }"#;
        let draft = InvoiceDraft::from_json(text, &mut crate::rules::Findings::default()).expect("JSON");
        let shown = format!("{draft:?}");
        for hidden in ["QFT1ABC2DE", "AK0412345", "Zawadi"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(shown.contains("CN-1") && shown.contains("remark: Some(***)"), "{shown}");
    }
}
