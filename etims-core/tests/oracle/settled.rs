//! What the oracle once found wrong, in its smallest form.

use etims_core::settings::DiscountWire;

use crate::case::{Case, CaseLine, Number, Off};
use crate::compare::{disagreements, right};
use crate::credits::{Piece, credited_whole};
use crate::exact::Convention;

#[test]
fn a_line_beyond_the_largest_amount_is_refused() {
    let line = CaseLine::new(Number::whole(2), Number::whole(9_000_000_000_000_000));
    let invalid =
        Case::one(Convention::K1, true, line).invoice().expect_err("eighteen quadrillion shillings do not fit");
    assert!(!invalid.violations.is_empty());
}

#[test]
fn a_fractional_quantity_is_kept_when_its_price_is_lowered() {
    let discounted = CaseLine::new(Number::new(3005, 1), Number::whole(1)).cents_off(120);
    right(&Case::one(Convention::K1, true, discounted));
    let without_tax = CaseLine::new(Number::cents(95_644), Number::cents(68));
    right(&Case { rates: (14, 8), ..Case::one(Convention::K1, false, without_tax) });
}

#[test]
fn k3_discounts_from_inclusive_prices_are_what_the_rate_makes() {
    let discounted = CaseLine::new(Number::whole(36), Number::cents(62_061)).percent_off(96);
    let case =
        Case { discount_wire: DiscountWire::RateBefore, rates: (18, 8), ..Case::one(Convention::K3, true, discounted) };
    right(&case);
}

#[test]
fn k3_price_follows_a_given_amount() {
    let line = CaseLine { amount: Some(Number::whole(15)), ..CaseLine::new(Number::whole(2), Number::whole(10)) };
    right(&Case::one(Convention::K3, false, line));
}

/// Credits a part of the only line, in percent of its quantity, then the rest.
fn credited(case: &Case, percent: u8) {
    let result = credited_whole(case, &[Piece { line: 0, by_money: false, percent }]);
    if let Err(fault) = result {
        panic!("{fault}");
    }
}

#[test]
fn large_amounts_are_spread_or_refused() {
    let (large, larger) = (
        CaseLine::new(Number::whole(1), Number::whole(800_000_000_000_000)),
        CaseLine::new(Number::whole(1), Number::whole(900_000_000_000_000)),
    );
    let basket = Case {
        lines: vec![large, larger],
        basket: Some(Off::Percent(Number::whole(50))),
        ..Case::one(Convention::K1, true, large)
    };
    if let Ok(invoice) = basket.invoice() {
        assert_eq!(disagreements(&basket, &invoice), Vec::<String>::new());
    }
    let discounted = CaseLine { discount: Some(Off::Amount(Number::whole(400_000_000_000_000))), ..larger };
    let sale = Case::one(Convention::K1, true, discounted);
    assert!(sale.invoice().is_err() || credited_whole(&sale, &[]).is_ok());
}

#[test]
fn the_rest_of_a_credited_line_is_quantity_times_price() {
    credited(&Case::one(Convention::K1, true, CaseLine::new(Number::whole(1), Number::cents(105))), 50);
}

#[test]
fn credited_discounts_are_what_the_rate_makes() {
    let sale = Case::one(Convention::K1, true, CaseLine::new(Number::whole(10), Number::whole(1)).percent_off(10));
    for discount_wire in [DiscountWire::RateAfter, DiscountWire::RateBefore] {
        credited(&Case { discount_wire, ..sale.clone() }, 80);
    }
    let rest = Case::one(Convention::K1, true, CaseLine::new(Number::cents(4_902), Number::cents(73)).percent_off(16));
    credited(&Case { discount_wire: DiscountWire::RateBefore, ..rest }, 5);
}

#[test]
fn k3_pieces_come_to_the_sale() {
    credited(&Case::one(Convention::K3, true, CaseLine::new(Number::whole(1), Number::whole(1))), 33);
    credited(&Case::one(Convention::K3, true, CaseLine::new(Number::whole(1), Number::cents(950))), 79);
}

#[test]
fn k3_money_credited_carries_the_tax_of_its_net() {
    credited(&Case::one(Convention::K3, false, CaseLine::new(Number::new(568_881, 3), Number::cents(13_433))), 10);
}

#[test]
fn k2_tax_is_rounded_by_itself_at_rates_that_tie() {
    let line = CaseLine::new(Number::whole(1), Number::cents(13));
    right(&Case { rates: (4, 8), ..Case::one(Convention::K2, true, line) });
}
