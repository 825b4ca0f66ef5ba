//! No line is wider than the paper, and what must not be broken is not, whatever stands in a document.

use etims_core::document::Invoice;
use etims_core::party::Seller;
use etims_core::receipt::{Columns, DeviceIdentity, Print, PrintOptions, ReceiptView, TextQr};
use etims_core::wire::SignedReceipt;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use crate::cases::{CASES, answer, invoice, seller};

const WIDTHS: [usize; 5] = [32, 42, 44, 48, 120];

#[track_caller]
fn fits(text: &str, columns: usize) {
    for line in text.lines() {
        assert!(line.width() <= columns, "{} > {columns}: {line:?}", line.width());
    }
}

/// Each of these stands on one line, whole.
#[track_caller]
fn unbroken(text: &str, values: &[&str]) {
    for value in values {
        assert!(text.lines().any(|line| line.contains(value)), "{value} is broken in\n{text}");
    }
}

#[test]
fn golden_documents_fit_every_width() {
    for case in CASES {
        let view = case.view();
        for columns in 32..=120 {
            let qr = if WIDTHS.contains(&columns) { TextQr::Blocks } else { TextQr::Mark };
            let text = view.text(Columns::new(columns).expect("a width"), qr);
            fits(&text, columns);
            if !view.is_official() {
                unbroken(&text, &["THIS IS NOT AN OFFICIAL RECEIPT"]);
            }
        }
    }
}

#[test]
fn widths_without_room_are_refused() {
    for columns in [0, 31, 121, usize::MAX] {
        assert!(Columns::new(columns).is_err(), "{columns}");
    }
}

#[test]
fn a_code_wider_than_the_paper_gives_way_to_its_address() {
    for case in CASES {
        let view = case.view();
        let Some(url) = view.qr_url() else { continue };
        for columns in [32, 36, 40] {
            let text = view.text(Columns::new(columns).expect("a width"), TextQr::Blocks);
            let start = text.find("https://").expect("the address");
            let lines: Vec<&str> = text[start..].lines().take(url.len().div_ceil(columns)).collect();
            assert_eq!(lines.concat(), url);
            let whole = &lines[..lines.len() - 1];
            assert!(whole.iter().all(|line| line.len() == columns), "broken at {columns}: {lines:?}");
        }
    }
}

#[test]
fn values_too_wide_beside_their_label_get_their_own_line() {
    let view = crate::cases::Case::named("ns").view();
    let page = |columns| view.text(Columns::new(columns).expect("a width"), TextQr::Mark);
    assert!(page(48).contains("\nInternal Data: GWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ\n"));
    assert!(page(44).contains("\nInternal Data:\n            GWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ\n"));
    assert!(page(32).contains("\nInternal Data:\nGWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ\n"));
    assert!(page(32).contains("\nCU INVOICE NO.:\n              KRACU0400001214/10\n"));
    assert!(page(32).contains("\nReceipt Signature:\n             FIYM-CYL3-35SB-B4U3\n"));
}

/// Letters of many scripts, wide ones, combining ones: all that the rules let through.
fn words() -> impl Strategy<Value = String> {
    let characters = prop_oneof![
        4 => proptest::char::range(' ', '~'),
        1 => proptest::char::range('\u{a1}', '\u{24f}'),
        1 => Just('漢'), 1 => Just('\u{301}'), 1 => Just('👨'), 1 => Just('\u{200d}'), 1 => Just('\u{ad}'), 1 => Just('\u{fe0f}'),
        1 => Just('\u{644}'), 1 => Just('\u{627}'),
        1 => any::<char>().prop_filter("the rules refuse these", |c| {
            !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        }),
    ];
    proptest::collection::vec(characters, 1..80).prop_map(|characters| characters.into_iter().collect())
}

fn any_document() -> impl Strategy<Value = Invoice> {
    let line = (words(), 1_u64..10_000_000_000, 1_u32..9999, 0..5_usize, any::<bool>(), 0..99_u8);
    let lines = proptest::collection::vec(line, 1..6);
    (lines, words(), words(), any::<bool>()).prop_map(|(lines, buyer, message, credit)| {
        let text = |text: &str| serde_json::to_string(text).expect("a string");
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(name, cents, quantity, band, service, percent)| {
                let name = if name.trim().is_empty() { "x".to_owned() } else { name };
                format!(
                    r#"{{"item_code":"KE{}NTNO0000001","classification":"1010150000","name":{},"packaging":"NT","unit":"NO",
                        "tax":"{}","quantity":"{quantity}","unit_price":"{}.{:02}","discount":{{"percent":"{percent}","reason":{}}}}}"#,
                    if service { 3 } else { 2 }, text(&name), ["A", "B", "C", "D", "B"][band], cents / 100, cents % 100, text(&name)
                )
            })
            .collect();
        let kind = match credit {
            true => r#""kind":"credit_note","credit":{"original":{"invoice_number":10,"cu_invoice_number":"KRACU0400001214/4294967295","issued_at":"2026-09-01T00:00:00+03:00"},"reason":"06"}"#,
            false => r#""kind":"sale""#,
        };
        invoice(&format!(
            r#"{{"reference":"INV-0123456789-0123456789-0123456789-0123456789-01",{kind},"issued_at":"2026-09-17T14:09:26+03:00",
                "payment":"cash","buyer":{{"pin":"P000070007R","name":{},"address":{}}},"messages":{{"top":{},"bottom":{}}},"lines":[{}]}}"#,
            text(&format!("B{buyer}")), text(&buyer), text(&message), text(&message), lines.join(",")
        ))
    })
}

/// The seller comes from settings, where no rule has looked: control characters included.
fn print(invoice: &Invoice, print: Print) -> ReceiptView {
    let seller = Seller {
        trade_name: Some("Kilimani\n\u{1b}@Stores \u{202e}and more, and more, and more of everything".into()),
        bottom_message: Some("\u{9b}31mThank\tyou\r\n".into()),
        ..seller()
    };
    let signed =
        SignedReceipt { receipt_number: 4_294_967_295, total_receipt_number: Some(4_294_967_295), ..answer("sale") };
    let options = PrintOptions { print, item_codes: true, machine_number: true, ..PrintOptions::default() };
    ReceiptView::new(invoice, Some(&signed), &seller, &DeviceIdentity::default(), &options).expect("a receipt")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_document_fits(document in any_document(), copy in any::<bool>()) {
        let view = print(&document, if copy { Print::Copy } else { Print::Original });
        let number = if document.credits().is_some() { format!("KRACU0400001214/4294967295 {}", view.label()) } else { "KRACU0400001214/4294967295".into() };
        for columns in WIDTHS {
            let text = view.text(Columns::new(columns).expect("a width"), TextQr::Mark);
            fits(&text, columns);
            prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
            unbroken(&text, &[&number, "GWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ", "FIYM-CYL3-35SB-B4U3"]);
            if copy {
                unbroken(&text, &["THIS IS NOT AN OFFICIAL RECEIPT"]);
            }
        }
    }

    #[test]
    #[cfg(feature = "escpos")]
    fn any_document_prints(document in any_document(), latin in any::<bool>()) {
        use etims_core::receipt::{CodePage, EscPos};
        let view = print(&document, Print::Copy);
        for columns in [32, 48] {
            let code_page = if latin { CodePage::Windows1252 } else { CodePage::Ascii };
            let printer = EscPos { columns: Columns::new(columns).expect("a width"), code_page, ..EscPos::default() };
            let paper = crate::escpos::Paper::print(&view.escpos(&printer));
            paper.lines().for_each(|line| assert!(line.chars().count() <= columns, "{line:?}"));
            unbroken(&paper.text(), &["THIS IS NOT AN OFFICIAL RECEIPT", "GWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ"]);
        }
    }

    #[test]
    #[cfg(feature = "pdf")]
    fn any_document_is_a_pdf(document in any_document()) {
        let view = print(&document, Print::Copy);
        for page in [etims_core::receipt::PdfPage::A4, etims_core::receipt::PdfPage::Roll80] {
            let pages = crate::pdf::Pages::read(&view.pdf(page));
            pages.assert_inside();
            prop_assert!(pages.text().contains("GWG2-6V35-FW2F-KXUQ-7TVV-MXDG-LQ"));
        }
    }
}
