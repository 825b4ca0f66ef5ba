//! Any bytes are a document, or a list of mistakes, or text that is no JSON. What is accepted adds up, becomes wire bodies in
//! every dialect, and is read back as it was.
#![no_main]

use etims_core::codes::PaymentCodes;
use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::money::Amount;
use etims_core::party::Seller;
use etims_core::pin::Pin;
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::totals::Totals;
use etims_core::wire::{Dialect, sale_body};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for dialect in Dialect::ALL {
        let settings = Settings::new(dialect);
        let mut findings = Findings::default();
        let draft = match InvoiceDraft::from_json(text, &mut findings) {
            Ok(draft) => draft,
            Err(unreadable) => {
                assert!(unreadable.line <= text.len() + 1 && unreadable.column <= text.len() + 1);
                return;
            }
        };
        match Invoice::check_with(&draft, &settings, None, findings) {
            Ok(invoice) => accepted(&draft, &invoice),
            Err(invalid) => {
                assert!(!invalid.violations.is_empty());
                assert!(invalid.violations.iter().all(|violation| !violation.to_string().is_empty()));
            }
        }
    }
});

fn accepted(draft: &InvoiceDraft, invoice: &Invoice) {
    let sum: Amount = invoice.wire_lines().iter().map(|line| line.total).sum();
    assert_eq!(sum, invoice.totals().total());
    assert_eq!(&Totals::of(invoice.wire_lines()), invoice.totals());
    let of_lines: Amount = invoice.lines().iter().map(|line| line.totals.total).sum();
    assert_eq!(of_lines, sum);
    let paid: Amount = invoice.payments().iter().map(|payment| payment.amount).sum();
    assert_eq!(paid, sum);

    let seller = Seller::new(Pin::parse("P000070007R").expect("a synthetic PIN"));
    let body = sale_body(invoice, &seller, &PaymentCodes::default(), 7);
    let body: serde_json::Value = serde_json::from_slice(&body).expect("a body is JSON");
    assert_eq!(body["itemList"].as_array().map(Vec::len), Some(invoice.wire_lines().len()));
    assert_eq!(body["totItemCnt"], invoice.wire_lines().len());

    // Written and read again, a draft is the same draft: the idempotency digest rests on it.
    let written = serde_json::to_vec(draft).expect("a draft is JSON");
    let mut findings = Findings::default();
    let again = InvoiceDraft::from_json(&written, &mut findings).expect("reads its own output");
    assert_eq!(again.digest(), draft.digest());
    let stored = serde_json::to_vec(invoice).expect("an invoice is JSON");
    let restored: Invoice = serde_json::from_slice(&stored).expect("reads its own output");
    assert_eq!(restored.totals(), invoice.totals());
    assert_eq!(restored.wire_lines(), invoice.wire_lines());
}
