//! Money and measures as text.

use etims_core::money::{Amount, Percent, Quantity, UnitPrice};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("JSON").as_str().expect("a text").to_owned()
}

fn decimals() -> impl Strategy<Value = Decimal> {
    let mantissa = prop_oneof![-200..=200_i128, any::<i64>().prop_map(i128::from), -(1_i128 << 95)..=(1_i128 << 95)];
    (mantissa, 0..=12_u32).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

proptest! {
    #[test]
    fn a_document_holds_a_decimal_as_it_prints(value in decimals()) {
        prop_assert_eq!(text(&Quantity::new(value)), value.to_string());
        prop_assert_eq!(text(&UnitPrice::new(value)), value.to_string());
        prop_assert_eq!(text(&Percent::new(value)), value.to_string());
        let amount = Amount::rounded(value);
        prop_assert_eq!(text(&amount), amount.to_string());
    }
}

#[test]
fn the_ends_of_the_short_way() {
    let cases = [
        ("0", "0"),
        ("0.00", "0.00"),
        ("-0.05", "-0.05"),
        ("0.000000009", "0.000000009"),
        ("0.0000000090", "0.0000000090"),
        ("18446744073709551615", "18446744073709551615"),
        ("184467440737.09551615", "184467440737.09551615"),
        ("18446744073709551616", "18446744073709551616"),
    ];
    for (given, expected) in cases {
        assert_eq!(text(&Quantity::new(given.parse().expect("a decimal"))), expected);
    }
    let mut minus_nothing = Decimal::ZERO;
    minus_nothing.set_sign_negative(true);
    assert_eq!(text(&Quantity::new(minus_nothing)), minus_nothing.to_string());
}
