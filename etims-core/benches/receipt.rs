//! How long a receipt takes. Text and HTML are measured on a print without a QR code, the code on its own.
//!
//! Budgets: text 50 µs, HTML 150 µs, QR symbol with SVG 1 ms.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, criterion_group, criterion_main};
use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::party::Seller;
use etims_core::receipt::{
    Columns, DeviceIdentity, ErrorCorrection, HtmlPage, PrintOptions, ReceiptView, Symbol, TextQr,
};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, SignedReceipt};

const ANSWER: &str = r#"{"curRcptNo":10,"totRcptNo":10,"intrlData":"GWG26V35FW2FKXUQ7TVVMXDGLQ",
    "rcptSign":"FIYMCYL335SBB4U3","sdcDateTime":"20260917140928","sdcId":"KRACU0400001214"}"#;

/// The ten-line bill of the examples, as a sale or as an offer.
fn bill(mode: &str) -> Invoice {
    let json = include_str!("../../examples/invoices/06-ten-lines.json");
    let json = json.replacen('{', &format!("{{\"mode\":\"{mode}\","), 1);
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(json.as_bytes(), &mut findings).expect("JSON");
    Invoice::check_with(&draft, &Settings::new(Dialect::Gateway), None, findings).expect("a valid document")
}

fn receipts(criterion: &mut Criterion) {
    let signed = SignedReceipt::from_json(ANSWER).expect("an answer");
    let mut seller = Seller::new("P600004555A".parse().expect("a PIN"));
    seller.trade_name = Some("Kilimani Stores".into());
    seller.address = Some("Moi Avenue".into());
    seller.city = Some("Nairobi".into());
    let (device, options) = (DeviceIdentity::default(), PrintOptions::default());
    let (sale, offer) = (bill("normal"), bill("proforma"));
    let view = |invoice, signed| ReceiptView::new(invoice, signed, &seller, &device, &options).expect("a receipt");
    let (signed_view, plain_view) = (view(&sale, Some(&signed)), view(&offer, None));
    let url = signed_view.qr_url().expect("a signed receipt has a code");
    let symbol = || Symbol::new(url, ErrorCorrection::Medium).expect("short enough");
    let columns = Columns::default();

    criterion.bench_function("receipt view", |bench| bench.iter(|| view(&sale, Some(&signed))));
    criterion.bench_function("receipt text", |bench| bench.iter(|| signed_view.text(columns, TextQr::Mark)));
    criterion
        .bench_function("receipt text with code", |bench| bench.iter(|| signed_view.text(columns, TextQr::Blocks)));
    criterion.bench_function("receipt html", |bench| bench.iter(|| plain_view.html(HtmlPage::A4)));
    criterion.bench_function("receipt html with code", |bench| bench.iter(|| signed_view.html(HtmlPage::A4)));
    criterion.bench_function("qr symbol and svg", |bench| bench.iter(|| symbol().svg()));
    #[cfg(feature = "png")]
    criterion.bench_function("qr symbol and png", |bench| bench.iter(|| symbol().png(8)));
    #[cfg(feature = "escpos")]
    criterion.bench_function("receipt escpos", |bench| {
        bench.iter(|| signed_view.escpos(&etims_core::receipt::EscPos::default()));
    });
    #[cfg(feature = "pdf")]
    criterion.bench_function("receipt pdf", |bench| bench.iter(|| signed_view.pdf(etims_core::receipt::PdfPage::A4)));
}

criterion_group!(benches, receipts);
criterion_main!(benches);
