//! The library against KRA's own amounts and the rules' examples, through the door that callers use.

use etims_core::document::Invoice;
use etims_core::settings::DiscountWire;
use etims_core::totals::WireLine;
use serde_json::Value;

use crate::case::{Case, CaseLine, Number, Off, value};
use crate::compare::right;
use crate::exact::{Convention, Exact, exact, scaled};
use crate::vectors::{json, number, rows, step};

/// A decimal of a vector file.
fn decimal(value: &Value) -> Number {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (integer, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{integer}{fraction}").parse().expect("a decimal");
    Number::new(digits, u32::try_from(fraction.len()).expect("a short fraction"))
}

fn one() -> Number {
    Number::whole(1)
}

/// Taxable amount, tax and total of the only wire line.
fn only(invoice: &Invoice) -> (Exact, Exact, Exact) {
    let [line] = invoice.wire_lines() else { panic!("{} wire lines", invoice.wire_lines().len()) };
    (value(line.taxable.decimal()), value(line.tax.decimal()), value(line.total.decimal()))
}

#[test]
fn lines_accepted_by_the_gateway() {
    let file = json(include_str!("../data/vectors/amounts.json"));
    for row in rows(&file, "convention_inclusive_gateway") {
        let invoice =
            right(&Case::one(Convention::K1, true, CaseLine::new(decimal(&row["qty"]), decimal(&row["prc"]))));
        let expected = (number(&row["taxblAmt"]), number(&row["taxAmt"]), number(&row["totAmt"]));
        assert_eq!(only(&invoice), expected, "{row}");
        let sent = &invoice.wire_lines()[0];
        assert_eq!(value(sent.supply_amount.decimal()), number(&row["splyAmt"]), "{row}");
    }
}

#[test]
fn amounts_demanded_by_kras_servers() {
    let file = json(include_str!("../data/vectors/server_expected_values.json"));
    let mut checked = 0;
    for case in rows(&file, "cases").iter().filter(|case| case["expected"].get("taxblAmt").is_some()) {
        let invoice = right(&Case::one(Convention::K1, true, CaseLine::new(one(), decimal(&case["sent"]["splyAmt"]))));
        assert_eq!(only(&invoice).0, number(&case["expected"]["taxblAmt"]), "{case}");
        checked += 1;
    }
    assert_eq!(checked, 3);
}

#[test]
fn the_specifications_samples_with_their_exact_tax() {
    let file = json(include_str!("../data/vectors/S12.json"));
    for row in rows(&file, "lines") {
        let rated =
            Case { rates: (18, 8), ..Case::one(Convention::K2, true, CaseLine::new(one(), decimal(&row["splyAmt"]))) };
        let gross = number(&row["splyAmt"]);
        assert_eq!(only(&right(&rated)), (gross.clone(), number(&row["exactTax"]), gross), "{row}");
    }
    // Trap: the discount sample has the supply amount after the discount; the desktop client has it before.
    let discounted = CaseLine {
        discount: Some(Off::Percent(Number::new(10, 0))),
        band: 2,
        ..CaseLine::new(Number::whole(90), Number::whole(1000))
    };
    for (wire, supply) in
        [(DiscountWire::RateAfter, "81000"), (DiscountWire::RateBefore, "90000"), (DiscountWire::Price, "81000")]
    {
        let invoice = right(&Case { discount_wire: wire, ..Case::one(Convention::K2, true, discounted) });
        assert_eq!(value(invoice.wire_lines()[0].supply_amount.decimal()), exact(supply), "{wire:?}");
        assert_eq!(only(&invoice).2, exact("81000"));
    }
    // Trap: tax on top of an inclusive amount, and a total without it.
    let purchase =
        Case { rates: (18, 8), ..Case::one(Convention::K2, true, CaseLine::new(one(), Number::new(10_500, 0))) };
    assert_eq!(only(&right(&purchase)).1, exact("1601.69"));
}

#[test]
fn inclusive_lines_of_the_gateway_sdk() {
    let file = json(include_str!("../data/vectors/S13.json"));
    for row in rows(&file, "lines") {
        let band = if row["taxTyCd"] == "E" { 4 } else { 1 };
        let quantity = row.get("qty").map_or_else(one, decimal);
        let price = decimal(row.get("prc").unwrap_or(&row["inclusive"]));
        let discount = row.get("discount").map(|discount| Off::Amount(decimal(discount)));
        let invoice =
            right(&Case::one(Convention::K1, true, CaseLine { discount, band, ..CaseLine::new(quantity, price) }));
        assert_eq!(value(invoice.totals().total().decimal()), number(&row["inclusive"]), "{row}");
        if row.get("taxblAmt").is_some() {
            assert_eq!(
                only(&invoice),
                (number(&row["taxblAmt"]), number(&row["taxAmt"]), number(&row["inclusive"])),
                "{row}"
            );
        }
    }
}

/// Quantity and price of each wire line.
fn parts(invoice: &Invoice) -> Vec<(String, String)> {
    let part = |line: &WireLine| (line.quantity.to_string(), line.unit_price.to_string());
    invoice.wire_lines().iter().map(part).collect()
}

fn pairs(parts: &[(&str, &str)]) -> Vec<(String, String)> {
    parts.iter().map(|(quantity, price)| ((*quantity).to_owned(), (*price).to_owned())).collect()
}

#[test]
fn the_examples_of_the_rules_split_as_written() {
    let exclusive = right(&Case::one(Convention::K1, false, CaseLine::new(Number::new(3, 0), Number::new(3333, 2))));
    assert_eq!(parts(&exclusive), pairs(&[("2", "38.66"), ("1", "38.67")]));
    assert_eq!(value(exclusive.totals().total().decimal()), exact("115.99"));
    let off = |amount, quantity, price| CaseLine {
        discount: Some(Off::Amount(Number::new(amount, 0))),
        ..CaseLine::new(Number::new(quantity, 0), Number::new(price, 0))
    };
    let uneven = right(&Case::one(Convention::K1, true, off(50, 3, 650)));
    assert_eq!(parts(&uneven), pairs(&[("2", "633.33"), ("1", "633.34")]));
    let even = right(&Case::one(Convention::K1, true, off(50, 5, 650)));
    assert_eq!(parts(&even), pairs(&[("5", "640.00")]));
    // A tank at the pump: the money charged stands, whatever the rounded quantity makes of it.
    let fuel = CaseLine {
        amount: Some(Number::new(199_845, 2)),
        band: 4,
        ..CaseLine::new(Number::new(94_704, 4), Number::new(21_102, 2))
    };
    let fuel = right(&Case::one(Convention::K1, true, fuel));
    assert_eq!(value(fuel.totals().total().decimal()), exact("1998.45"));
}

#[test]
fn every_exclusive_net_to_three_thousand_comes_back_unsplit() {
    let cents: Vec<i64> = (1..=300_000).step_by(step()).collect();
    for band in [1, 4] {
        for chunk in cents.chunks(900) {
            let lines =
                chunk.iter().map(|cents| CaseLine { band, ..CaseLine::new(one(), Number::new(*cents, 2)) }).collect();
            let case = Case { lines, ..Case::one(Convention::K1, false, CaseLine::new(one(), one())) };
            let invoice = case.invoice().expect("a document in order");
            assert_eq!(invoice.wire_lines().len(), chunk.len(), "a line was split");
            for (sent, cents) in invoice.wire_lines().iter().zip(chunk) {
                assert_eq!(value(sent.taxable.decimal()), scaled((*cents).into(), 2));
            }
        }
    }
}
