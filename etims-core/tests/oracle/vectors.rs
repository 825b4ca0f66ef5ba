//! The oracle against amounts that KRA's servers accepted or demanded, and against the theorems the rules rest on.

use num_traits::Zero;
use serde_json::Value;

use crate::exact::{
    Convention, Discount, Document, Exact, Line, Plain, Supply, WireLine, exact, k1_split, k2_tax, round2, scaled,
    whole,
};

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a vector file is JSON")
}

/// A number or a decimal string.
pub(crate) fn number(value: &Value) -> Exact {
    match value {
        Value::String(text) => exact(text),
        Value::Number(number) => exact(&number.to_string()),
        other => panic!("not a number: {other}"),
    }
}

pub(crate) fn rows<'a>(file: &'a Value, key: &str) -> &'a Vec<Value> {
    file[key].as_array().unwrap_or_else(|| panic!("no list {key}"))
}

#[test]
fn lines_accepted_by_the_gateway_are_right_in_k1_and_in_no_other_convention() {
    let file = json(include_str!("../data/vectors/amounts.json"));
    let lines = rows(&file, "convention_inclusive_gateway");
    assert_eq!(lines.len(), 4);
    for row in lines {
        let line = WireLine {
            quantity: number(&row["qty"]),
            price: number(&row["prc"]),
            supply: number(&row["splyAmt"]),
            discount_rate: Exact::zero(),
            discount: number(&row["dcAmt"]),
            band: 1,
            taxable: number(&row["taxblAmt"]),
            tax: number(&row["taxAmt"]),
            total: number(&row["totAmt"]),
        };
        let rate = number(&row["rate"]);
        assert_eq!(line.faults(Convention::K1, Supply::STRICT, &rate, false), Vec::<String>::new());
        assert!(!line.faults(Convention::K2, Supply::STRICT, &rate, false).is_empty());
        assert!(!line.faults(Convention::K3, Supply::STRICT, &rate, false).is_empty());
    }
}

#[test]
fn amounts_demanded_by_kras_servers_are_the_oracles() {
    let file = json(include_str!("../data/vectors/server_expected_values.json"));
    let mut checked = 0;
    for case in rows(&file, "cases") {
        if case["expected"].get("taxblAmt").is_some() {
            let (net, _) = k1_split(&number(&case["sent"]["splyAmt"]), &whole(16));
            assert_eq!(net, number(&case["expected"]["taxblAmt"]), "{case}");
            checked += 1;
        }
        if case["expected"].get("splyAmt").is_some() {
            assert_eq!(
                number(&case["sent"]["totAmt"]),
                number(&case["expected"]["splyAmt"]),
                "K1 supply is gross: {case}"
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 4);
}

#[test]
fn exact_taxes_of_the_specifications_samples() {
    let file = json(include_str!("../data/vectors/S12.json"));
    for row in rows(&file, "lines") {
        let (gross, rate) = (number(&row["splyAmt"]), number(&row["rate"]));
        assert_eq!(k2_tax(&gross, &rate), number(&row["exactTax"]));
        assert_ne!(
            k2_tax(&gross, &rate),
            number(&row["taxAmt"]),
            "the printed tax is a whole number, copied from Rwanda"
        );
    }
    // The traps of the file: tax on top of an inclusive amount, and a total that leaves the tax out.
    assert_eq!(k2_tax(&whole(10_500), &whole(18)), exact("1601.69"));
    let trap = Line {
        quantity: whole(90),
        price: whole(1000),
        amount: None,
        discount: Some(Discount::Percent(whole(10))),
        band: 2,
    };
    let money = trap.money();
    assert_eq!((money.before, money.discount, money.after), (whole(90_000), whole(9_000), whole(81_000)));
}

#[test]
fn inclusive_lines_of_the_gateway_sdk() {
    let file = json(include_str!("../data/vectors/S13.json"));
    let lines = rows(&file, "lines");
    assert_eq!(lines.len(), 7);
    for row in lines {
        let rate = row.get("rate").map_or_else(|| whole(16), number);
        let gross = number(&row["inclusive"]);
        if row.get("qty").is_some() {
            let discount = row.get("discount").map(|discount| Discount::Amount(number(discount)));
            let line =
                Line { quantity: number(&row["qty"]), price: number(&row["prc"]), amount: None, discount, band: 1 };
            assert_eq!(line.money().after, gross, "{row}");
        }
        if row.get("taxblAmt").is_some() {
            assert_eq!(k1_split(&gross, &rate), (number(&row["taxblAmt"]), number(&row["taxAmt"])), "{row}");
        }
    }
    // The trap: splitting the unit price instead of the line.
    let unit = k1_split(&whole(100), &whole(16)).0;
    assert_eq!(unit * whole(10), exact("862.10"));
}

#[test]
fn the_examples_of_the_rules() {
    let document =
        |inclusive, line| Document { inclusive, rates: [0, 16, 0, 0, 8].map(whole), lines: vec![line], basket: None };
    let three = Line { quantity: whole(3), price: exact("33.33"), amount: None, discount: None, band: 1 };
    assert_eq!(document(false, three).owed(), Some(exact("115.99")));
    let fifty_off = Line {
        quantity: whole(3),
        price: whole(650),
        amount: None,
        discount: Some(Discount::Amount(whole(50))),
        band: 1,
    };
    assert_eq!(document(true, fifty_off).owed(), Some(whole(1900)));
    assert_eq!(k1_split(&exact("1302.07"), &whole(16)).0, exact("1122.47"));
}

/// Each cent in release builds; in debug builds a prime step that meets every residue of 27 and 29.
pub(crate) fn step() -> usize {
    if cfg!(debug_assertions) { 211 } else { 1 }
}

#[test]
fn the_split_never_ends_on_half_a_cent_and_k1_tax_is_k2_tax() {
    for rate in [8, 14, 16, 18] {
        let rate = whole(rate);
        for cents in (0..=200_000).step_by(step()) {
            let gross = scaled(cents, 2);
            let twice = &gross / (whole(1) + &rate / whole(100)) * whole(200);
            assert!(!twice.is_integer() || (&twice / whole(2)).is_integer(), "a tie at {}", Plain(&gross));
            assert_eq!(k1_split(&gross, &rate).1, k2_tax(&gross, &rate), "{} at {} %", Plain(&gross), Plain(&rate));
        }
    }
}

#[test]
fn an_exclusive_net_comes_back_from_its_gross() {
    for rate in [8, 16] {
        let rate = whole(rate);
        for cents in (0..=300_000).step_by(step()) {
            let net = scaled(cents, 2);
            let gross = &net + round2(&(&net * &rate / whole(100)));
            assert_eq!(k1_split(&gross, &rate).0, net, "{} at {} %", Plain(&net), Plain(&rate));
        }
    }
}

#[test]
fn numbers_are_read_rounded_and_printed_exactly() {
    assert_eq!(round2(&exact("0.005")), exact("0.01"));
    assert_eq!(round2(&exact("-0.005")), exact("-0.01"));
    assert_eq!(round2(&exact("0.00499999")), Exact::zero());
    for text in ["0", "-12.05", "999999999999999999.99", "0.001"] {
        assert_eq!(Plain(&exact(text)).to_string(), text);
    }
    assert_eq!(exact("-0.05"), scaled(-5, 2));
}
