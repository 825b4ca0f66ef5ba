//! What makes a receipt, and what prevents one.

use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::receipt::qr::QrError;
use etims_core::receipt::{Columns, DeviceIdentity, Print, PrintOptions, ReceiptError, ReceiptView, TextQr};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, SignedReceipt};

use crate::cases::{Case, answer, document, seller};

fn try_view(invoice: &Invoice, signed: Option<&SignedReceipt>) -> Result<ReceiptView, ReceiptError> {
    ReceiptView::new(invoice, signed, &seller(), &DeviceIdentity::default(), &PrintOptions::default())
}

fn text(view: &ReceiptView) -> String {
    view.text(Columns::new(44).expect("a width"), TextQr::Mark)
}

#[test]
fn nothing_official_is_printed_before_kra_has_answered() {
    assert_eq!(try_view(&document("ns"), None), Err(ReceiptError::NotSigned));
    assert_eq!(try_view(&document("nc"), None), Err(ReceiptError::NotSigned));
    for unsigned in ["ts", "tc", "ps"] {
        assert_eq!(try_view(&document(unsigned), Some(&answer("sale"))), Err(ReceiptError::NotToBeSigned));
    }
}

#[test]
fn the_control_unit_comes_from_the_answer_or_the_device() {
    let invoice = document("ns");
    let unnamed = SignedReceipt { sdc_id: None, ..answer("sale") };
    assert_eq!(try_view(&invoice, Some(&unnamed)), Err(ReceiptError::NoControlUnit));
    let device = DeviceIdentity { sdc_id: Some("KRACU0400000001".into()), mrc_no: Some("WIS01006230".into()) };
    let options = PrintOptions { machine_number: true, item_codes: true, ..PrintOptions::default() };
    let print = |signed: &SignedReceipt| {
        text(&ReceiptView::new(&invoice, Some(signed), &seller(), &device, &options).expect("a receipt"))
    };
    assert!(print(&unnamed).contains("KRACU0400000001/10\n"));
    assert!(print(&answer("sale")).contains("KRACU0400001214/10\n"), "the unit that signed wins");
    assert!(print(&unnamed).contains("MRC:                             KRA00379741\n"));
    assert!(print(&unnamed).contains("\n  KE3NTNO0000001 9010150100 NO\n"));
    assert!(!text(&Case::named("ns").view()).contains("MRC"));
}

#[test]
fn counters_are_printed_as_answered() {
    let invoice = document("ns");
    let signed = SignedReceipt { receipt_number: 27, total_receipt_number: Some(32), ..answer("sale") };
    let page = text(&try_view(&invoice, Some(&signed)).expect("a receipt"));
    assert!(page.contains("27/32 NS\n") && page.contains("KRACU0400001214/27\n"), "{page}");
    let signed = SignedReceipt { total_receipt_number: None, ..signed };
    let page = text(&try_view(&invoice, Some(&signed)).expect("a receipt"));
    assert!(page.contains(" 27 NS\n") && !page.contains("27/27"), "{page}");
}

#[test]
fn a_signature_without_a_code_makes_no_receipt() {
    let signed = SignedReceipt { signature: "FIYM-CYL3-35SB-B4U3".into(), ..answer("sale") };
    let error = QrError::SignatureCharacter { found: '-' };
    assert_eq!(try_view(&document("ns"), Some(&signed)), Err(ReceiptError::Qr(error)));
}

#[test]
fn late_signing_is_told_to_the_program_and_changes_no_line() {
    let invoice = document("ns");
    let at = |clock: &str| {
        let signed = format!(
            r#"{{"curRcptNo":10,"totRcptNo":10,"intrlData":"GWG26V35FW2FKXUQ7TVVMXDGLQ","rcptSign":"FIYMCYL335SBB4U3","sdcDateTime":"{clock}","sdcId":"KRACU0400001214"}}"#
        );
        try_view(&invoice, Some(&SignedReceipt::from_json(&signed).expect("an answer"))).expect("a receipt")
    };
    assert_eq!(at("20260917140928").signed_late_by(), None);
    assert_eq!(at("20260917142426").signed_late_by(), None, "a quarter of an hour is nothing");
    let late = at("20260917180926");
    assert_eq!(late.signed_late_by().map(|gap| gap.num_hours()), Some(4));
    assert_eq!(at("20260917130926").signed_late_by().map(|gap| gap.num_minutes()), Some(-60));
    assert_eq!(text(&late).replace("18:09:26", "14:09:28"), text(&at("20260917140928")));
}

#[test]
fn the_rates_in_force_are_printed() {
    let json = std::fs::read_to_string(crate::cases::golden("nc/document.json")).expect("a document");
    let print = |rates: &str| {
        let mut findings = Findings::default();
        let draft = InvoiceDraft::from_json(json.as_bytes(), &mut findings).expect("JSON");
        let settings = Settings { rates: rates.parse().expect("rates"), ..Settings::new(Dialect::DirectOscu) };
        let invoice = Invoice::check_with(&draft, &settings, None, findings).expect("a valid document");
        text(&try_view(&invoice, Some(&answer("credit"))).expect("a receipt"))
    };
    let page = print("A=0,B=14,C=0,D=0,E=8");
    for row in [
        "\nB-14.00%",
        "\nE-8.00%",
        "\nC-0%",
        "\nA-EX",
        "\nD-NON VAT",
        "\nTOTAL B-14.00%",
        "\nTOTAL E-8.00%  ",
        "\nTOTAL TAX E  ",
    ] {
        assert!(page.contains(row), "{row}\n{page}");
    }
    // Should a band that has always been at zero ever get a rate, the paper says so.
    assert!(print("A=0,B=16,C=2.5,D=0,E=0").contains("\nC-2.50%"));
}

#[test]
fn a_copy_repeats_the_original_but_for_its_marks() {
    let original = text(&Case::named("ns").view());
    let copy = text(&Case::named("cs").view());
    let unmarked: Vec<&str> =
        copy.lines().filter(|line| !line.contains("COPY") && !line.contains("NOT AN OFFICIAL")).collect();
    let expected: Vec<String> = original
        .lines()
        .filter(|line| !line.starts_with("---"))
        .map(|line| line.replace("10/10 NS", "10/10 CS"))
        .collect();
    assert_eq!(unmarked, expected);
}

#[test]
fn a_reprinted_proforma_stays_one() {
    let options = PrintOptions { print: Print::Copy, ..PrintOptions::default() };
    let view = ReceiptView::new(&document("ps"), None, &seller(), &DeviceIdentity::default(), &options);
    assert_eq!(view.expect("a print"), Case::named("ps").view());
}

#[test]
fn discounts_add_up_as_the_customer_reads_them() {
    let page = text(&Case::named("discounts").view());
    for row in [
        "  580.00 x 2                       1,160.00B\n  Discount 10%: dented              (116.00)\n",
        "  650.00 x 3                       1,950.00B\n  Discount 2.56%                     (50.00)\n",
        "\nDiscount 5%: loyalty                (153.00)\n",
        "TOTAL BEFORE DISCOUNT               3,226.00\n",
        "TOTAL DISCOUNT AWARDED              (319.00)\n",
        "TOTAL                               2,907.00\n",
        "MOBILE MONEY                          900.00\n  Ref:                            QFT1AB2CD3\n",
        "CASH                                1,000.00\n",
        "CREDIT                              1,007.00\n  Due:                            17/10/2026\n",
    ] {
        assert!(page.contains(row), "{row}\n{page}");
    }
}
