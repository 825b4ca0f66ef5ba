//! Random documents in each convention, through the door that callers use.

use etims_core::settings::{DiscountWire, FractionPolicy};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::case::{Case, CaseLine, Number, Off};
use crate::compare::disagreements;
use crate::exact::{Convention, Plain, round2};

/// Documents per convention: a hundred thousand in a release run, fewer in a debug run; `ORACLE_CASES` sets another number.
pub(crate) fn cases() -> u32 {
    let wanted = std::env::var("ORACLE_CASES").ok().map(|text| text.parse().expect("ORACLE_CASES is a number"));
    wanted.unwrap_or(if cfg!(debug_assertions) { 100 } else { 100_000 })
}

pub(crate) fn number(digits: impl Strategy<Value = i64>, most_decimals: u32) -> impl Strategy<Value = Number> {
    (digits, 0..=most_decimals).prop_map(|(digits, decimals)| Number::new(digits, decimals))
}

/// Mostly what shops sell, sometimes the very small and the very large.
fn price() -> impl Strategy<Value = Number> {
    prop_oneof![
        6 => number(1_i64..200_000, 2),
        2 => number(1_i64..1_000_000, 5),
        1 => number(1_i64..100, 2),
        1 => (1_i64..100_000_000_000).prop_map(|digits| Number::new(digits, 2)),
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

pub(crate) fn case(convention: Convention) -> impl Strategy<Value = Case> {
    let lines = prop_oneof![20 => prop::collection::vec(line(), 1..6), 1 => prop::collection::vec(line(), 6..40)];
    let wire = prop_oneof![Just(DiscountWire::Price), Just(DiscountWire::RateBefore), Just(DiscountWire::RateAfter)];
    let policy = prop_oneof![
        Just(FractionPolicy::RoundedQuantityExactAmount),
        Just(FractionPolicy::SingleUnit),
        Just(FractionPolicy::AdjustPrice)
    ];
    let rates = (prop_oneof![3 => Just(16_u8), 1 => Just(14), 1 => Just(18)], prop_oneof![Just(0_u8), Just(8)]);
    let exchange =
        prop_oneof![4 => Just(None), 1 => (1_i64..1_500_000).prop_map(|digits| Some(Number::new(digits, 4)))];
    (lines, wire, policy, rates, exchange, any::<bool>(), prop::bool::weighted(0.3)).prop_flat_map(
        move |(lines, discount_wire, fraction_policy, rates, exchange, inclusive, discounted)| {
            let settings = Case::one(convention, inclusive, lines[0]);
            let plain = Case { discount_wire, fraction_policy, rates, exchange, lines, ..settings };
            let money = plain.own_currency().lines.iter().map(|line| line.money().after).sum();
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
                prop_assert!(found.is_empty(), "{}\n{case:?}\n{}", found.join("\n"), sent(&invoice));
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

/// The wire lines, for reading.
fn sent(invoice: &etims_core::document::Invoice) -> String {
    let line = |line: &etims_core::totals::WireLine| {
        format!(
            "{}: {} x {} = {}, {} % {}, {} + {} = {}",
            line.line + 1,
            line.quantity,
            line.unit_price,
            line.supply_amount,
            line.discount_rate,
            line.discount_amount,
            line.taxable,
            line.tax,
            line.total
        )
    };
    invoice.wire_lines().iter().map(line).collect::<Vec<_>>().join("\n")
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

/// The theorem of the rules: whatever the document, K1 and K2 declare the same tax, line by line.
#[test]
fn k1_and_k2_declare_the_same_tax() {
    let config = Config { cases: cases() / 4, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let result = TestRunner::new(config).run(&case(Convention::K1), |net| {
        let gross = Case { convention: Convention::K2, ..net.clone() };
        let (net, gross) = (net.invoice().expect("in order"), gross.invoice().expect("in order"));
        prop_assert_eq!(net.wire_lines().len(), gross.wire_lines().len());
        for (net, gross) in net.wire_lines().iter().zip(gross.wire_lines()) {
            prop_assert_eq!(
                (net.quantity, net.unit_price, net.supply_amount),
                (gross.quantity, gross.unit_price, gross.supply_amount)
            );
            prop_assert_eq!((net.tax, net.total), (gross.tax, gross.total));
        }
        prop_assert_eq!(net.totals().total_tax(), gross.totals().total_tax());
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
