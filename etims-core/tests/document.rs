//! Drafts through the public API: every mistake at once, numbers exactly, splits visible, credits within bounds.

use etims_core::document::{Invoice, InvoiceDraft, Original};
use etims_core::money::Amount;
use etims_core::rules::{Findings, Invalid};
use etims_core::settings::{Convention, Settings};
use etims_core::wire::Dialect;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn amount(text: &str) -> Amount {
    Amount::exact(text.parse::<Decimal>().expect("a decimal")).expect("whole cents")
}

fn check_on(document: &Value, settings: &Settings, original: Option<&Original<'_>>) -> Result<Invoice, Invalid> {
    let mut findings = Findings::default();
    let text = document.to_string();
    let draft = InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("JSON");
    Invoice::check_with(&draft, settings, original, findings)
}

fn check(document: &Value) -> Result<Invoice, Invalid> {
    check_on(document, &Settings::new(Dialect::Gateway), None)
}

fn line(quantity: &str, unit_price: &str) -> Value {
    json!({ "item_code": "KE2NTNO0000001", "classification": "1010150000", "name": "Maize flour", "packaging": "NT",
            "unit": "NO", "quantity": quantity, "unit_price": unit_price, "tax": "B" })
}

fn sale(lines: Vec<Value>) -> Value {
    json!({ "reference": "INV-1", "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash",
            "buyer": { "name": "Buyer Ltd" }, "lines": lines })
}

fn codes_at(invalid: &Invalid) -> Vec<(&str, &str)> {
    invalid.violations.iter().map(|violation| (violation.code(), violation.path.as_str())).collect()
}

#[test]
fn every_mistake_is_reported_at_once() {
    let mut document = sale(vec![line("2", "580.00"), line("1", "-5")]);
    document["colour"] = json!("red");
    document["buyer"] = json!({ "pin": "P000070007R" });
    document["lines"][0]["unit"] = json!("EA");
    document["lines"][0]["discount"] = json!({ "percent": "101" });
    document["expected_total"] = json!("12");
    let invalid = check(&document).expect_err("a bad document");
    assert_eq!(
        codes_at(&invalid),
        [
            ("ETIMS-DOC-KEY-01", "colour"),
            ("ETIMS-BUYER-NAME-01", "buyer.name"),
            ("ETIMS-LINE-UNIT-02", "lines[0].unit"),
            ("ETIMS-LINE-DISCOUNT-02", "lines[0].discount.percent"),
            ("ETIMS-LINE-PRICE-02", "lines[1].unit_price"),
        ]
    );
}

#[test]
fn wrong_totals_are_reported_beside_other_mistakes() {
    let mut document = sale(vec![line("2", "580.00")]);
    document["buyer"] = json!({ "pin": "P00007", "name": "Buyer Ltd" });
    document["payment"] = Value::Null;
    document["payments"] = json!([{ "method": "cash", "amount": "1000" }, { "method": "card", "amount": "1" }]);
    document["expected_total"] = json!("1161.00");
    let invalid = check(&document).expect_err("a bad document");
    assert_eq!(
        codes_at(&invalid),
        [
            ("ETIMS-BUYER-PIN-01", "buyer.pin"),
            ("ETIMS-DOC-TOTAL-01", "expected_total"),
            ("ETIMS-PAYMENT-SUM-01", "payments")
        ]
    );
    assert!(!invalid.to_string().contains("P00007"), "a PIN is not repeated");
}

#[test]
fn a_thousand_lines_are_too_many_and_a_million_are_counted() {
    let invalid = check(&sale(vec![line("1", "1"); 1000])).expect_err("too many lines");
    assert_eq!(codes_at(&invalid), [("ETIMS-DOC-LINES-02", "lines")]);

    let text = format!(
        r#"{{"reference":"R","kind":"sale","issued_at":"2026-09-17T14:09:26+03:00","lines":[{}{{}}]}}"#,
        "{},".repeat(999_999)
    );
    let mut findings = Findings::default();
    InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("JSON");
    let invalid = findings.into_result().expect_err("too many lines");
    assert!(invalid.violations.iter().any(|violation| violation.message == "1000000 entries."));
}

#[test]
fn numbers_are_read_exactly_in_either_form() {
    for quantity in [json!("0.1"), json!(0.1)] {
        let mut document = sale(vec![line("1", "3.30")]);
        document["lines"][0]["quantity"] = quantity;
        assert_eq!(check(&document).expect("valid").totals().total(), amount("0.33"));
    }
    for number in ["1e400", "\"NaN\"", "\"1,000\"", "\" 1\"", "12345678901234567890123456789012345678901", "true"] {
        let text = sale(vec![line("1", "3.30")]).to_string().replace("\"3.30\"", number);
        let mut findings = Findings::default();
        InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("JSON");
        let invalid = findings.into_result().expect_err(number);
        assert_eq!(codes_at(&invalid), [("ETIMS-DOC-NUMBER-01", "lines[0].unit_price")], "{number}");
    }
}

#[test]
fn text_that_is_no_json_has_a_position() {
    let broken: [(&[u8], usize, usize); 4] =
        [(b"{\n  \"reference\" 1}", 2, 15), (b"", 1, 0), (b"{\"reference\":\"\xff\"}", 1, 15), (b"{} x", 1, 4)];
    for (text, line, column) in broken {
        let unreadable = InvoiceDraft::from_json(text, &mut Findings::default()).expect_err("no JSON");
        assert_eq!((unreadable.line, unreadable.column), (line, column), "{unreadable}");
    }
    let deep = "[".repeat(100_000);
    assert!(InvoiceDraft::from_json(deep.as_bytes(), &mut Findings::default()).is_err());
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let text = sale(vec![line("1", "1")]).to_string().replacen('{', "{\"reference\":\"A\",", 1);
    let mut findings = Findings::default();
    InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("JSON");
    assert_eq!(codes_at(&findings.into_result().expect_err("twice")), [("ETIMS-DOC-KEY-02", "reference")]);
}

#[test]
fn a_line_break_cannot_forge_a_line_on_paper() {
    let mut document = sale(vec![line("1", "1")]);
    document["lines"][0]["name"] = json!("Bread\nTOTAL 0.00");
    assert_eq!(codes_at(&check(&document).expect_err("bad text")), [("ETIMS-DOC-TEXT-01", "lines[0].name")]);
}

#[test]
fn a_discount_that_does_not_divide_splits_the_wire_and_not_the_receipt() {
    let mut document = sale(vec![line("3", "650")]);
    document["lines"][0]["discount"] = json!({ "amount": "50" });
    let invoice = check(&document).expect("valid");
    let wire: Vec<_> = invoice.wire_lines().iter().map(|wire| (wire.quantity.to_string(), wire.unit_price)).collect();
    assert_eq!(wire, [("2".to_owned(), amount("633.33")), ("1".to_owned(), amount("633.34"))]);
    assert_eq!((invoice.lines().len(), invoice.splits().len()), (1, 1));
    assert_eq!(invoice.lines()[0].totals.discount, amount("50.00"));
    assert_eq!(invoice.totals().total(), amount("1900.00"));
}

#[test]
fn exclusive_prices_meet_their_gross_to_the_cent() {
    let mut document = sale(vec![line("3", "33.33")]);
    document["prices"] = json!("tax_exclusive");
    let invoice = check(&document).expect("valid");
    let wire: Vec<_> = invoice.wire_lines().iter().map(|wire| (wire.quantity.to_string(), wire.unit_price)).collect();
    assert_eq!(wire, [("2".to_owned(), amount("38.66")), ("1".to_owned(), amount("38.67"))]);
    assert_eq!(invoice.totals().total(), amount("115.99"));
}

fn original(invoice: &Invoice) -> Original<'_> {
    Original { invoice, invoice_number: 7, cu_invoice_number: "KRACU0400000001/7".to_owned(), credited: &[] }
}

fn note(credit: Value) -> Value {
    json!({ "reference": "CN-1", "kind": "credit_note", "issued_at": "2026-09-18T09:00:00+03:00", "credit": credit })
}

#[test]
fn a_split_line_is_credited_piece_by_piece_to_the_last_cent() {
    let mut document = sale(vec![line("3", "650"), line("2", "100")]);
    document["lines"][0]["discount"] = json!({ "amount": "50" });
    let sale = check(&document).expect("valid");
    let settings = Settings::new(Dialect::Gateway);
    let one = note(json!({ "original": { "reference": "INV-1" }, "reason": "06", "note": "returned",
                           "lines": [{ "line": 1, "quantity": "1" }] }));
    let first = check_on(&one, &settings, Some(&original(&sale))).expect("valid");
    assert_eq!(first.totals().total(), amount("633.33"));
    let earlier = [first];
    let rest = note(json!({ "original": { "reference": "INV-1" }, "reason": "06", "note": "returned" }));
    let second = check_on(&rest, &settings, Some(&Original { credited: &earlier, ..original(&sale) })).expect("valid");
    assert_eq!(second.totals().total(), amount("1466.67"));
    let both = [earlier[0].clone(), second];
    let third = check_on(&one, &settings, Some(&Original { credited: &both, ..original(&sale) }));
    assert_eq!(codes_at(&third.expect_err("nothing left"))[0], ("ETIMS-CREDIT-LINE-03", "credit.lines[0]"));
}

#[test]
fn a_credit_note_repeats_its_buyer_and_is_not_earlier_than_its_sale() {
    let sale = check(&sale(vec![line("3", "650")])).expect("valid");
    let settings = Settings::new(Dialect::Gateway);
    let mut bad = note(json!({ "original": { "reference": "INV-1" }, "reason": "06", "note": "returned" }));
    bad["buyer"] = json!({ "name": "Somebody else" });
    bad["issued_at"] = json!("2026-09-17T14:09:25+03:00");
    let invalid = check_on(&bad, &settings, Some(&original(&sale))).expect_err("a bad note");
    assert_eq!(codes_at(&invalid), [("ETIMS-CREDIT-BUYER-01", "buyer"), ("ETIMS-CREDIT-DATE-01", "issued_at")]);
}

#[test]
fn a_credit_by_amount_is_one_unit_at_that_amount() {
    let sale = check(&sale(vec![line("3", "650")])).expect("valid");
    let settings = Settings::new(Dialect::Gateway);
    let partial = note(json!({ "original": { "reference": "INV-1" }, "reason": "09", "note": "price",
                               "lines": [{ "line": 1, "amount": "116" }] }));
    let invoice = check_on(&partial, &settings, Some(&original(&sale))).expect("valid");
    let wire = invoice.wire_lines()[0];
    assert_eq!((wire.quantity.to_string().as_str(), wire.total, wire.tax), ("1", amount("116"), amount("16")));
    let too_much = note(json!({ "original": { "reference": "INV-1" }, "reason": "09", "note": "price",
                                "lines": [{ "line": 1, "amount": "1950.01" }] }));
    let invalid = check_on(&too_much, &settings, Some(&original(&sale))).expect_err("too much");
    assert_eq!(codes_at(&invalid), [("ETIMS-CREDIT-LINE-03", "credit.lines[0].amount")]);
}

#[test]
fn an_invoice_survives_its_store() {
    let invoice = check(&sale(vec![line("3", "650"), line("15.456", "209.40")])).expect("valid");
    let stored = serde_json::to_vec(&invoice).expect("written");
    assert_eq!(serde_json::from_slice::<Invoice>(&stored).expect("read"), invoice);
}

/// So that a later optional field changes neither the digest of a draft nor what an older version has stored.
#[test]
fn what_was_not_given_is_not_written() {
    let document = sale(vec![line("1", "100")]);
    let draft = InvoiceDraft::from_json(document.to_string().as_bytes(), &mut Findings::default()).expect("JSON");
    assert!(!serde_json::to_string(&draft).expect("a draft is JSON").contains("null"));
    let invoice = check(&document).expect("a valid sale");
    let mut stored = serde_json::to_value(&invoice).expect("an invoice is JSON");
    assert!(!stored.to_string().contains("null"), "{stored}");
    stored["remark"] = Value::Null;
    stored["lines"][0]["barcode"] = Value::Null;
    assert_eq!(serde_json::from_value::<Invoice>(stored).expect("an older version's"), invoice);
}

#[test]
fn a_line_that_is_too_large_is_refused() {
    let invalid = check(&sale(vec![line("2", "9000000000000000")])).expect_err("too large");
    assert_eq!(codes_at(&invalid), [("ETIMS-DOC-TOTAL-02", "lines")]);
}

#[test]
fn a_fractional_quantity_keeps_its_measure_when_a_discount_lowers_its_price() {
    let mut document = sale(vec![line("300.5", "1")]);
    document["lines"][0]["discount"] = json!({ "amount": "1.20" });
    let invoice = check(&document).expect("valid");
    let quantity: Decimal = invoice.wire_lines().iter().map(|wire| wire.quantity.decimal()).sum();
    assert_eq!((quantity.to_string().as_str(), invoice.totals().total()), ("300.5", amount("299.30")));
    for wire in invoice.wire_lines() {
        assert_eq!(Amount::rounded(wire.quantity.decimal() * wire.unit_price.decimal()), wire.supply_amount);
    }
}

#[test]
fn a_rate_on_the_wire_makes_its_discount_in_k3_too() {
    let mut document = sale(vec![line("36", "620.61")]);
    document["lines"][0]["discount"] = json!({ "percent": "96" });
    let mut settings = Settings::new(Dialect::DirectOscu);
    settings.convention = Convention::ExclusiveNet;
    let invoice = check_on(&document, &settings, None).expect("valid");
    let wire = invoice.wire_lines()[0];
    // 22341.96 less 96 % is 893.68, of which 770.41 is net: 19260.25 less 18489.84.
    assert_eq!((wire.taxable, wire.tax, wire.total), (amount("770.41"), amount("123.27"), amount("893.68")));
    assert_eq!((wire.supply_amount, wire.discount_amount), (amount("19260.25"), amount("18489.84")));
    assert_eq!(wire.discount_rate.of(wire.supply_amount), wire.discount_amount);
}

#[test]
fn rubbish_by_the_ton_is_neither_slow_nor_endless() {
    let keys: String = (0..300_000).map(|key| format!("\"key{key}\":{key},")).collect();
    let text = format!("{{{keys}\"reference\":\"INV-1\"}}");
    let mut findings = Findings::default();
    let start = std::time::Instant::now();
    InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("JSON");
    let invalid = findings.into_result().expect_err("nothing but rubbish");
    assert_eq!(invalid.violations.len(), 5_000);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn a_note_speaks_to_kra_as_the_device_does_today() {
    let mut document = sale(vec![line("3", "650")]);
    document["lines"][0]["tax"] = json!("E");
    let mut then = Settings::new(Dialect::DirectOscu);
    then.convention = Convention::ExclusiveNet;
    let sale = check_on(&document, &then, None).expect("valid");
    let now = Settings::new(Dialect::Vscu);
    let rest = note(json!({ "original": { "reference": "INV-1" }, "reason": "06", "note": "returned" }));
    let credit = check_on(&rest, &now, Some(&original(&sale))).expect("valid");
    let wire = credit.wire_lines()[0];
    // K3 sold 3 × 601.85 net; K1 credits 3 × 650.00, at the rate of the sale.
    assert_eq!((wire.unit_price, wire.taxable, wire.total), (amount("650"), amount("1805.56"), amount("1950")));
    assert_eq!((credit.settings().dialect, credit.settings().rates), (Dialect::Vscu, then.rates));
}

#[test]
fn a_sale_is_not_touched_by_an_original() {
    let earlier = check(&sale(vec![line("3", "650")])).expect("valid");
    let mut document = sale(vec![line("1", "100")]);
    document["buyer"] = json!({ "name": "Somebody else" });
    let settings = Settings::new(Dialect::Gateway);
    let later = check_on(&document, &settings, Some(&original(&earlier))).expect("valid");
    assert_eq!((later.buyer_name(), later.credits()), ("Somebody else", None));
}

#[test]
fn a_note_that_splits_into_too_many_lines_is_refused() {
    let lines: Vec<Value> = (0..999).map(|_| line("3", "10")).collect();
    let sale = check(&sale(lines)).expect("valid");
    let settings = Settings::new(Dialect::Gateway);
    let lower = |amount: &str| {
        let lines: Vec<Value> = (1..=999).map(|line| json!({ "line": line, "amount": amount })).collect();
        note(json!({ "original": { "reference": "INV-1" }, "reason": "09", "note": "price", "lines": lines }))
    };
    let first = check_on(&lower("0.01"), &settings, Some(&original(&sale))).expect("valid");
    let earlier = [first];
    let rest = note(json!({ "original": { "reference": "INV-1" }, "reason": "06", "note": "returned" }));
    let invalid = check_on(&rest, &settings, Some(&Original { credited: &earlier, ..original(&sale) }));
    assert_eq!(codes_at(&invalid.expect_err("1998 lines")), [("ETIMS-DOC-LINES-02", "credit.lines")]);
}
