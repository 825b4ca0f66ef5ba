//! Computes the same document again and again: the program whose instructions `make bench` counts.

use etims_core::codes::PaymentCodes;
use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::party::Seller;
use etims_core::pin::Pin;
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, sale_body};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: ten_lines DOCUMENT ROUNDS");
    let rounds: usize =
        arguments.next().and_then(|rounds| rounds.parse().ok()).expect("usage: ten_lines DOCUMENT ROUNDS");
    let text = std::fs::read(path).expect("a readable document");
    let settings = Settings::new(Dialect::Gateway);
    let seller = Seller::new(Pin::parse("P000000010C").expect("a synthetic PIN"));
    let codes = PaymentCodes::default();
    let mut bytes = 0;
    for _ in 0..rounds {
        let mut findings = Findings::default();
        let draft = InvoiceDraft::from_json(&text, &mut findings).expect("JSON");
        let invoice = Invoice::check_with(&draft, &settings, None, findings).expect("a valid document");
        bytes += sale_body(&invoice, &seller, &codes, 42).len();
    }
    println!("{bytes} bytes in {rounds} rounds");
}
