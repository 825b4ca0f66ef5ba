//! Totals against the exact oracle of etims-core's tests, on documents made of arbitrary numbers.
#![no_main]
#![allow(dead_code)]

#[path = "../../etims-core/tests/oracle/case.rs"]
mod case;
#[path = "../../etims-core/tests/oracle/compare.rs"]
mod compare;
#[path = "../../etims-core/tests/oracle/exact.rs"]
mod exact;

use arbitrary::Arbitrary;
use case::{Case, CaseLine, Number, Off};
use etims_core::settings::{DiscountWire, FractionPolicy};
use exact::Convention;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    convention: u8,
    inclusive: bool,
    discount_wire: u8,
    fraction_policy: u8,
    rates: (u8, u8),
    lines: Vec<InputLine>,
    basket: Option<InputOff>,
    exchange: Option<u32>,
}

#[derive(Arbitrary, Debug)]
struct InputLine {
    quantity: (u32, u8),
    price: (u64, u8),
    amount: Option<u64>,
    discount: Option<InputOff>,
    band: u8,
}

#[derive(Arbitrary, Debug)]
enum InputOff {
    Percent(u16, u8),
    Amount(u64),
}

/// Keeps the money of a line below the size of KRA's fields: larger ones are refused, which is another target's business.
const PRICE: u64 = 1_000_000_000_000;

fn off(input: &InputOff) -> Off {
    match input {
        InputOff::Percent(digits, decimals) => {
            let decimals = u32::from(decimals % 3);
            Off::Percent(Number::new(i64::from(*digits) % (100 * 10_i64.pow(decimals) + 1), decimals))
        }
        InputOff::Amount(cents) => Off::Amount(money(*cents)),
    }
}

fn money(cents: u64) -> Number {
    Number::new(i64::try_from(cents % PRICE).expect("below the bound"), 2)
}

fn line(input: &InputLine) -> CaseLine {
    let (digits, decimals) = input.price;
    CaseLine {
        quantity: Number::new(i64::from(input.quantity.0.max(1)), u32::from(input.quantity.1 % 7)),
        price: Number::new(i64::try_from(digits % PRICE).expect("below the bound"), u32::from(decimals % 6)),
        amount: input.amount.map(money),
        discount: input.discount.as_ref().map(off),
        band: usize::from(input.band % 5),
    }
}

fuzz_target!(|input: Input| {
    if input.lines.is_empty() || input.lines.len() > 40 {
        return;
    }
    let case = Case {
        convention: [Convention::K1, Convention::K2, Convention::K3][usize::from(input.convention % 3)],
        inclusive: input.inclusive,
        discount_wire: [DiscountWire::Price, DiscountWire::RateBefore, DiscountWire::RateAfter]
            [usize::from(input.discount_wire % 3)],
        fraction_policy: [
            FractionPolicy::RoundedQuantityExactAmount,
            FractionPolicy::SingleUnit,
            FractionPolicy::AdjustPrice,
        ][usize::from(input.fraction_policy % 3)],
        // Any whole rate, Kenya's or not.
        rates: (input.rates.0 % 31, input.rates.1 % 31),
        lines: input.lines.iter().map(line).collect(),
        basket: input.basket.as_ref().map(off),
        exchange: input.exchange.map(|digits| Number::new(i64::from(digits % 10_000_000) + 1, 4)),
    };
    let Ok(invoice) = case.invoice() else { return };
    let found = compare::disagreements(&case, &invoice);
    assert!(found.is_empty(), "{}\n{case:?}\n{:?}", found.join("\n"), invoice.wire_lines());
});
