//! Random documents in each convention, through the door that callers use.

use etims_core::settings::{DiscountWire, FractionPolicy};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::case::{Case, CaseLine, Number, Off};
use crate::compare::disagreements;
use crate::exact::{Convention, Plain, round2};

/// Documents per convention: a hundred thousand in a release run, fewer in a debug run; `ORACLE_CASES` sets another number.
fn cases() -> u32 {
    let wanted = std::env::var("ORACLE_CASES").ok().map(|text| text.parse().expect("ORACLE_CASES is a number"));
    wanted.unwrap_or(if cfg!(debug_assertions) { 400 } else { 100_000 })
}

fn number(digits: impl Strategy<Value = i64>, most_decimals: u32) -> impl Strategy<Value = Number> {
    (digits, 0..=most_decimals).prop_map(|(digits, decimals)| Number::new(digits, decimals))
}

/// Mostly what shops sell, sometimes the very small and the very large.
fn price() -> impl Strategy<Value = Number> {
    prop_oneof![
        6 => number(1_i64..200_000, 2),
        2 => number(1_i64..10_000_000, 5),
        1 => number(1_i64..100, 2),
        1 => number(1_i64..100_000_000_000, 2),
    ]
}

fn quantity() -> impl Strategy<Value = Number> {
    prop_oneof![
        5 => number(1_i64..100, 0),
        3 => number(1_i64..5_000, 2),
        2 => (1_000_i64..10_000_000, 3_u32..=5).prop_map(|(digits, decimals)| Number::new(digits, decimals)),
    ]
}

fn percent() -> impl Strategy<Value = Number> {
    prop_oneof![3 => number(1_i64..100, 0), 1 => number(1_i64..10_000, 2).prop_map(|n| Number::new(n.digits, 2))]
}

/// A discount by percent, or by a part of the money so that it fits.
fn off(money: i64) -> BoxedStrategy<Off> {
    if money < 2 {
        return percent().prop_map(Off::Percent).boxed();
    }
    prop_oneof![
        percent().prop_map(Off::Percent),
        (1..money).prop_map(|cents| Off::Amount(Number::new(cents, 2))),
        (1..(money / 100).max(2)).prop_map(|cents| Off::Amount(Number::new(cents, 2))),
    ]
    .boxed()
}

/// Money of a line or a basket in cents, as the oracle computes it.
fn cents(value: &crate::exact::Exact) -> i64 {
    let cents = round2(value) * crate::exact::whole(100);
    Plain(&cents).to_string().parse().expect("a number of cents that fits")
}

fn line() -> impl Strategy<Value = CaseLine> {
    let money = prop_oneof![4 => Just(None), 1 => (1_i64..5_000_000).prop_map(|cents| Some(Number::new(cents, 2)))];
    (quantity(), price(), money, 0_usize..5, any::<bool>()).prop_flat_map(
        |(quantity, price, amount, band, discounted)| {
            let plain = CaseLine { quantity, price, amount, discount: None, band };
            let money = amount.map_or_else(|| quantity.exact() * price.exact(), Number::exact);
            let discount = if discounted { off(cents(&money)).prop_map(Some).boxed() } else { Just(None).boxed() };
            discount.prop_map(move |discount| CaseLine { discount, ..plain })
        },
    )
}

fn case(convention: Convention) -> impl Strategy<Value = Case> {
    let lines = prop_oneof![20 => prop::collection::vec(line(), 1..6), 1 => prop::collection::vec(line(), 6..40)];
    let wire = prop_oneof![Just(DiscountWire::Price), Just(DiscountWire::RateBefore), Just(DiscountWire::RateAfter)];
    let policy = prop_oneof![
        Just(FractionPolicy::RoundedQuantityExactAmount),
        Just(FractionPolicy::SingleUnit),
        Just(FractionPolicy::AdjustPrice)
    ];
    let rates = (prop_oneof![3 => Just(16_u8), 1 => Just(14), 1 => Just(18)], prop_oneof![Just(0_u8), Just(8)]);
    (lines, wire, policy, rates, any::<bool>(), prop::bool::weighted(0.3)).prop_flat_map(
        move |(lines, discount_wire, fraction_policy, rates, inclusive, discounted)| {
            let plain = Case { convention, inclusive, discount_wire, fraction_policy, rates, lines, basket: None };
            let money = plain.document().lines.iter().map(|line| line.money().after).sum();
            let basket = if discounted { off(cents(&money)).prop_map(Some).boxed() } else { Just(None).boxed() };
            basket.prop_map(move |basket| Case { basket, ..plain.clone() })
        },
    )
}

/// Runs the documents of one convention; a document may only be refused for coming to nothing.
fn run(convention: Convention) {
    let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let refused = std::cell::Cell::new(0_u32);
    let result = TestRunner::new(config).run(&case(convention), |case| {
        match case.invoice() {
            Ok(invoice) => {
                let found = disagreements(&case, &invoice);
                prop_assert!(found.is_empty(), "{}", found.join("\n"));
            }
            Err(invalid) => {
                refused.set(refused.get() + 1);
                let codes: Vec<_> = invalid.violations.iter().map(|violation| violation.code()).collect();
                prop_assert!(codes.iter().all(|code| REFUSALS.contains(code)), "{invalid}");
            }
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    assert!(refused.get() < cases() / 5, "{} of {} documents were refused", refused.get(), cases());
}

/// Reasons to refuse a document whose numbers are each in order.
const REFUSALS: [&str; 0] = [];

#[test]
fn random_documents_in_k1() {
    run(Convention::K1);
}

#[test]
fn random_documents_in_k2() {
    run(Convention::K2);
}

#[test]
fn random_documents_in_k3() {
    run(Convention::K3);
}
