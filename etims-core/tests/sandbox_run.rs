//! KRA's sandbox run of 20 August 2026 (sample S3): the documents it signed, rebuilt, and what it demanded instead of
//! the requests it refused.

use etims_core::codes::TaxType;
use etims_core::document::{Invoice, InvoiceDraft, LineDraft, Original};
use etims_core::money::Amount;
use etims_core::settings::Settings;
use etims_core::wire::Dialect;
use rust_decimal::Decimal;
use serde_json::Value;

fn sample() -> Value {
    serde_json::from_str(include_str!("samples/receipts/S3.json")).expect("a sample is JSON")
}

fn amount(value: &Value) -> Amount {
    let text = value.as_str().expect("amounts are strings in the sample");
    Amount::exact(text.parse::<Decimal>().expect("a decimal")).expect("whole cents")
}

fn sale(price: &str) -> Invoice {
    let line = LineDraft::new("KE2NTNO0000001", "1", price).expect("decimals");
    let line = line.item("Test Item", "1010150000", "NT", "NO", TaxType::B);
    let draft = InvoiceDraft::sale("S-1", "2026-08-20T13:00:30+03:00".parse().expect("a moment")).line(line);
    Invoice::check(&draft, &Settings::new(Dialect::Gateway)).expect("a valid sale")
}

#[test]
fn the_signed_sale_and_its_credit_note_come_to_the_same_amounts() {
    let sample = sample();
    let [signed, credited] = [&sample["documents"][0], &sample["documents"][1]];
    let line = &signed["lines"][0];
    let sale = sale(line["prc"].as_str().expect("a price"));
    let wire = sale.wire_lines()[0];
    assert_eq!(
        [wire.supply_amount, wire.discount_amount, wire.taxable, wire.tax, wire.total],
        ["splyAmt", "dcAmt", "taxblAmt", "taxAmt", "totAmt"].map(|field| amount(&line[field]))
    );

    let draft = InvoiceDraft::credit_note("C-1", "2026-08-20T13:10:00+03:00".parse().expect("a moment"), "S-1");
    let original = Original {
        invoice: &sale,
        invoice_number: credited["orgInvcNo"].as_u64().expect("a number"),
        cu_invoice_number: format!("{}/1", sample["seller"]["sdcId"].as_str().expect("a control unit")),
        credited: &[],
    };
    let note = Invoice::check_credit(&draft, &Settings::new(Dialect::Gateway), &original).expect("a valid note");
    for (document, kra) in [(&sale, signed), (&note, credited)] {
        let totals = document.totals();
        assert_eq!(
            [totals.total_taxable(), totals.total_tax(), totals.total()],
            ["totTaxblAmt", "totTaxAmt", "totAmt"].map(|field| amount(&kra[field]))
        );
    }
}

#[test]
fn what_the_validator_demanded_is_what_is_computed() {
    let sample = sample();
    let rejections = sample["rejections"].as_array().expect("a list");
    assert!(rejections[0]["message"].as_str().expect("a text").contains("Expected: 86.21, But Found: 100.00"));
    assert_eq!(sale("100.00").wire_lines()[0].taxable, amount(&Value::from("86.21")));
    let last = &rejections[3];
    let wire = sale(last["sent"]["splyAmt"].as_str().expect("an amount")).wire_lines()[0];
    assert_eq!([wire.taxable, wire.tax], ["taxblAmt", "taxAmt"].map(|field| amount(&last["expected"][field])));

    let settings = Settings::new(Dialect::Gateway);
    assert_eq!(settings.rates.rate(TaxType::E).decimal(), Decimal::ZERO, "taxRtE 8 was refused");
    assert_eq!(sale("100.00").lines()[0].packages.decimal(), Decimal::ONE, "pkg 0 was refused");
}
