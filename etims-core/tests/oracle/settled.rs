//! What the oracle once found wrong, in its smallest form.

use etims_core::settings::DiscountWire;

use crate::case::{Case, CaseLine, Number};
use crate::compare::right;
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
