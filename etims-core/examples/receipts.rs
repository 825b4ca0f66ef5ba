//! Draws the same receipt again and again: the program whose instructions are counted for `docs/guide/receipts.md`.

use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::party::Seller;
use etims_core::receipt::{
    Columns, DeviceIdentity, ErrorCorrection, EscPos, HtmlPage, PdfPage, PrintOptions, ReceiptView, Symbol, TextQr,
};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, SignedReceipt};

const USAGE: &str = "usage: receipts DOCUMENT ANSWER SELLER text|html|escpos|pdf|qr-svg ROUNDS";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [document, answer, seller, format, rounds] = arguments.as_slice() else { panic!("{USAGE}") };
    let rounds: usize = rounds.parse().expect(USAGE);
    let read = |path: &str| std::fs::read_to_string(path).expect("a readable file");
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(read(document).as_bytes(), &mut findings).expect("JSON");
    let invoice = Invoice::check_with(&draft, &Settings::new(Dialect::Gateway), None, findings).expect("valid");
    let signed = SignedReceipt::from_json(&read(answer)).expect("an answer");
    let seller: Seller = serde_json::from_str(&read(seller)).expect("a seller");
    let (device, options) = (DeviceIdentity::default(), PrintOptions::default());
    let view = ReceiptView::new(&invoice, Some(&signed), &seller, &device, &options).expect("a receipt");
    let draw = || match format.as_str() {
        "text" => view.text(Columns::default(), TextQr::Mark).len(),
        "html" => view.html(HtmlPage::A4).len(),
        "escpos" => view.escpos(&EscPos::default()).len(),
        "pdf" => view.pdf(PdfPage::A4).len(),
        "qr-svg" => {
            let url = view.qr_url().expect("a signed receipt");
            Symbol::new(url, ErrorCorrection::Medium).expect("short enough").svg().len()
        }
        _ => panic!("{USAGE}"),
    };
    let bytes: usize = (0..rounds).map(|_| draw()).sum();
    println!("{bytes} bytes in {rounds} rounds");
}
