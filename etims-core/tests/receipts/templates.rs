//! The order of KRA's page 8 and page 10, in every rendering.

use etims_core::receipt::{Columns, HtmlPage, ReceiptView, TextQr};

use crate::cases::{CASES, Case};
use crate::html::visible;

/// What page 8 shows, in order, for the document of `golden/ns`.
const PAGE_8: [&str; 48] = [
    "[KRA LOGO]",
    "Kilimani Stores",
    "Moi Avenue, Nairobi",
    "PIN P600004555A",
    "TAX INVOICE",
    "Welcome to our shop",
    "Buyer PIN: P000070007R",
    "Conference Hall Hire (Full Day)",
    "(service)",
    "29,000.00 x 1",
    "29,000.00B",
    "Grilled Goat Ribs (per kg)",
    "1,392.00 x 8",
    "11,136.00B",
    "Banquet Service Charge",
    "(service)",
    "500.00 x 1",
    "500.00D",
    "TOTAL BEFORE DISCOUNT 40,636.00",
    "TOTAL DISCOUNT AWARDED (0.00)",
    "TOTAL TAX EXEMPTED AMOUNT 0.00",
    "SUB TOTAL 35,100.00",
    "VAT 5,536.00",
    "TOTAL 40,636.00",
    "BANK CHEQUE 40,636.00",
    "ITEMS NUMBER 3",
    "RATE TAXABLE AMOUNT TAX",
    "A-EX 0.00 0.00",
    "B-16.00% 34,600.00 5,536.00",
    "C-0% 0.00 0.00",
    "D-NON VAT 500.00 0.00",
    "E-0.00% 0.00 0.00",
    "SCU INFORMATION",
    "Date: 17/09/2026",
    "Time: 14:09:28",
    "SCU ID: KRACU0400001214",
    "CU INVOICE NO.: KRACU0400001214/10",
    "Receipt number: 10/10 NS",
    "Internal Data:",
    "GWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ",
    "Receipt Signature:",
    "FIYM-CYL3-35SB-B4U3",
    "TIS INFORMATION",
    "RECEIPT NUMBER:",
    "INV-260917-10",
    "Date: 17/09/2026",
    "Time: 14:09:26",
    "Thank you",
];

/// What page 10 shows, in order, for the document of `golden/nc`.
const PAGE_10: [&str; 39] = [
    "[KRA LOGO]",
    "Kilimani Stores",
    "Moi Avenue, Nairobi",
    "PIN P600004555A",
    "CREDIT NOTE",
    "ORIGINAL CU INVOICE NO.#",
    "KRACU0400001214/10",
    "CREDIT NOTE IS APPROVED ONLY FOR ORIGINAL SALES RECEIPT",
    "Buyer PIN: P000070007R",
    "Grilled Goat Ribs (per kg)",
    "-1,392.00 x 2",
    "-2,784.00B",
    "Banquet Service Charge",
    "(service)",
    "-500.00 x 1",
    "-500.00D",
    "TOTAL B-16.00% -2,400.00",
    "TOTAL TAX B -384.00",
    "TOTAL D-NON VAT -500.00",
    "TOTAL TAX -384.00",
    "TOTAL -3,284.00",
    "CASH -3,284.00",
    "ITEMS NUMBER 2",
    "A-EX 0.00 0.00",
    "B-16.00% -2,400.00 -384.00",
    "C-0% 0.00 0.00",
    "D-NON VAT -500.00 0.00",
    "E-0.00% 0.00 0.00",
    "SCU INFORMATION",
    "Date: 18/09/2026",
    "Time: 09:30:05",
    "SCU ID: KRACU0400001214",
    "CU INVOICE NO.: KRACU0400001214/15 NC",
    "Receipt number: 15/16 NC",
    "EAHS-AV6E-CUUX-SY6P-CCJY-AUP6-MI",
    "TMK7-7POI-TAOD-2FJF",
    "TIS INFORMATION",
    "CN-260918-1",
    "Thank you",
];

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn in_order(rendering: &str, text: &str, parts: &[&str]) {
    let text = squeezed(text);
    let mut rest = text.as_str();
    for part in parts {
        let Some(position) = rest.find(part) else {
            panic!("{rendering}: {part:?} is missing or out of order in\n{rest}")
        };
        rest = &rest[position + part.len()..];
    }
}

/// Every rendering of a view as plain text, in the order it is read.
fn renderings(view: &ReceiptView) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = [32, 42, 44, 48, 120]
        .map(|n| (format!("text {n}"), view.text(Columns::new(n).expect("a width"), TextQr::Blocks)))
        .into();
    all.push(("html roll".into(), visible(&view.html(HtmlPage::Roll80))));
    all.push(("html a4".into(), visible(&view.html(HtmlPage::A4))));
    #[cfg(feature = "escpos")]
    for columns in [32, 42, 48] {
        let printer =
            etims_core::receipt::EscPos { columns: Columns::new(columns).expect("a width"), ..Default::default() };
        let paper = crate::escpos::Paper::print(&view.escpos(&printer));
        all.push((format!("escpos {columns}"), paper.text()));
    }
    #[cfg(feature = "pdf")]
    for page in [etims_core::receipt::PdfPage::A4, etims_core::receipt::PdfPage::Roll80] {
        all.push((format!("pdf {page:?}"), crate::pdf::Pages::read(&view.pdf(page)).text()));
    }
    all
}

#[test]
fn page_8_in_every_rendering() {
    for (rendering, text) in renderings(&Case::named("ns").view()) {
        in_order(&rendering, &text, &PAGE_8);
    }
}

#[test]
fn page_10_in_every_rendering() {
    for (rendering, text) in renderings(&Case::named("nc").view()) {
        in_order(&rendering, &text, &PAGE_10);
    }
}

#[test]
fn prints_that_are_not_official_say_so_above_the_items() {
    for (name, designation, label) in [
        ("cs", "COPY", "10/10 CS"),
        ("cc", "COPY", "15/16 CC"),
        ("ts", "TRAINING MODE", "RECEIPT TYPE: TS"),
        ("tc", "TRAINING MODE", "RECEIPT TYPE: TC"),
        ("ps", "PROFORMA", "RECEIPT TYPE: PS"),
    ] {
        let view = Case::named(name).view();
        assert!(!view.is_official());
        let first_item = if name.ends_with('c') { "Grilled Goat Ribs" } else { "Conference Hall Hire" };
        for (rendering, text) in renderings(&view) {
            let parts = ["Buyer PIN", designation, "THIS IS NOT AN OFFICIAL RECEIPT", first_item, label];
            in_order(&format!("{name} {rendering}"), &text, &parts);
        }
    }
    for name in ["ns", "nc"] {
        for (rendering, text) in renderings(&Case::named(name).view()) {
            assert!(!squeezed(&text).contains("OFFICIAL"), "{name} {rendering}");
        }
    }
}

#[test]
fn unsigned_prints_show_nothing_of_a_control_unit() {
    for name in ["ts", "tc", "ps"] {
        for (rendering, text) in renderings(&Case::named(name).view()) {
            let text = text.replace("ORIGINAL CU INVOICE NO.#", "");
            for word in ["SCU", "CU INVOICE NO.:", "Signature", "Internal Data", "etims"] {
                assert!(!text.contains(word), "{name} {rendering}: {word}");
            }
        }
    }
}

#[test]
fn all_five_bands_stand_on_every_print() {
    for case in CASES {
        for (rendering, text) in renderings(&case.view()) {
            let bands = ["A-EX", "B-16.00%", "C-0%", "D-NON VAT", "E-0.00%"];
            let table = squeezed(&text).rsplit_once("A-EX").map(|(_, rest)| format!("A-EX{rest}")).expect("a table");
            in_order(&format!("{} {rendering}", case.name), &table, &bands);
        }
    }
}
