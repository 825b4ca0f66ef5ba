//! Money and measures as exact decimals. There is no float here and no conversion from one.
//!
//! Rounding is half up (away from zero) to cents, KRA's rule; it happens only in [`Amount::rounded`].

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One hundred, the denominator of a percentage.
const HUNDRED: Decimal = Decimal::ONE_HUNDRED;

/// The digits of a common decimal: not negative, and small enough for the short way. Documents are full of them.
pub(crate) struct Digits {
    bytes: [u8; Digits::LONGEST],
    from: usize,
}

impl Digits {
    /// The twenty digits that an integer may have, and a point.
    const LONGEST: usize = 21;

    /// Writes `units` with a point before the last `decimals` (at most nine) of its digits: 104400 and 2 make `1044.00`.
    pub(crate) fn new(mut units: u64, decimals: u32) -> Digits {
        let mut digits = Digits { bytes: [0; Digits::LONGEST], from: Digits::LONGEST };
        for place in 0.. {
            if place > decimals && units == 0 {
                break;
            }
            if place == decimals && decimals > 0 {
                digits.put(b'.');
            }
            digits.put(b'0' + (units % 10) as u8);
            units /= 10;
        }
        digits
    }

    /// The digits as they are; `None` for a value that has to take the long way.
    fn of(value: Decimal) -> Option<Digits> {
        let units = u64::try_from(value.mantissa()).ok()?;
        let is_plain = !value.is_sign_negative() && value.scale() <= 9;
        is_plain.then(|| Digits::new(units, value.scale()))
    }

    fn put(&mut self, byte: u8) {
        self.from -= 1;
        self.bytes[self.from] = byte;
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[self.from..]).expect("digits and a point")
    }
}

fn serialize_as_text<S: Serializer>(value: Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    match Digits::of(value) {
        Some(digits) => serializer.serialize_str(digits.as_str()),
        None => Serialize::serialize(&value, serializer),
    }
}

/// Money in Kenyan shillings with at most two decimals (eTIMS NUMBER 18,2).
///
/// ```
/// use etims_core::money::{Amount, Quantity, UnitPrice};
///
/// let litres = Quantity::new("15.456".parse()?);
/// assert_eq!((litres * UnitPrice::new("209.40".parse()?)).to_string(), "3236.49");
/// assert_eq!(Amount::rounded("-0.005".parse()?).to_string(), "-0.01");
/// assert_eq!(Amount::exact("0.001".parse()?), None);
/// # Ok::<(), rust_decimal::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(Decimal::ZERO);
    /// The smallest coin of the wire: 0.01.
    pub const CENT: Amount = Amount(Decimal::from_parts(1, 0, 0, false, 2));

    /// Rounds half up to cents: the one place where money is rounded.
    pub fn rounded(value: Decimal) -> Amount {
        Amount(value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    /// Takes a value that is already in whole cents; `None` if a third decimal would be lost.
    pub fn exact(value: Decimal) -> Option<Amount> {
        (value.round_dp(2) == value).then_some(Amount(value))
    }

    /// A whole number of cents.
    pub fn from_cents(cents: i64) -> Amount {
        Amount(Decimal::new(cents, 2))
    }

    /// The value as a decimal number of shillings.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether the value is exactly zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }
}

impl Add for Amount {
    type Output = Amount;
    fn add(self, other: Amount) -> Amount {
        Amount(self.0 + other.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.0 += other.0;
    }
}

impl Sub for Amount {
    type Output = Amount;
    fn sub(self, other: Amount) -> Amount {
        Amount(self.0 - other.0)
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        self.0 -= other.0;
    }
}

impl Neg for Amount {
    type Output = Amount;
    fn neg(self) -> Amount {
        Amount(-self.0)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::ZERO, Add::add)
    }
}

impl fmt::Display for Amount {
    /// Two decimals, no grouping: `1044.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0;
        value.rescale(2);
        fmt::Display::fmt(&value, f)
    }
}

impl Serialize for Amount {
    /// As a string, the form of our own documents; the wire prints numbers instead.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = self.0;
        value.rescale(2);
        serialize_as_text(value, serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let value = <Decimal as Deserialize>::deserialize(deserializer)?;
        Amount::exact(value).ok_or_else(|| serde::de::Error::custom("an amount has at most two decimals"))
    }
}

/// Declares a decimal newtype that is not rounded on its own.
macro_rules! decimal_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Decimal);

        impl Serialize for $name {
            /// As a string with the decimals it was given.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize_as_text(self.0, serializer)
            }
        }

        impl $name {
            /// Wraps a decimal as it is.
            pub const fn new(value: Decimal) -> Self {
                Self(value)
            }

            /// The value as a decimal.
            pub const fn decimal(self) -> Decimal {
                self.0
            }

            /// The number of decimals that matter: trailing zeros do not count.
            pub fn decimals(self) -> u32 {
                self.0.normalize().scale()
            }
        }

        impl fmt::Display for $name {
            /// Without trailing zeros.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.normalize(), f)
            }
        }
    };
}

decimal_newtype!(
    /// Price of one unit in shillings, any number of decimals (eTIMS `prc` carries two).
    UnitPrice
);
decimal_newtype!(
    /// How much of something, in its unit of measure (eTIMS `qty` and `pkg` carry two decimals).
    Quantity
);
decimal_newtype!(
    /// A percentage: 16 means 16 %.
    Percent
);

impl Quantity {
    /// One piece.
    pub const ONE: Quantity = Quantity(Decimal::ONE);

    /// Half up to the two decimals the wire carries.
    pub fn rounded(self) -> Quantity {
        Quantity(self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }
}

impl Percent {
    /// No percentage.
    pub const ZERO: Percent = Percent(Decimal::ZERO);

    /// A whole percentage.
    pub const fn whole(percent: u8) -> Percent {
        Percent(Decimal::from_parts(percent as u32, 0, 0, false, 0))
    }

    /// Whether there is no fraction of a percent: all that eTIMS `dcRt` can carry.
    pub fn is_whole(self) -> bool {
        self.0.is_integer()
    }

    /// This part of an amount, rounded to cents.
    pub fn of(self, amount: Amount) -> Amount {
        Amount::rounded(amount.0 * self.0 / HUNDRED)
    }

    /// `1 + rate`: what a net value is multiplied by to contain the tax.
    pub fn factor(self) -> Decimal {
        Decimal::ONE + self.0 / HUNDRED
    }
}

impl Mul<UnitPrice> for Quantity {
    type Output = Amount;

    /// Quantity times price, rounded to cents: the line's money (eTIMS `splyAmt`).
    fn mul(self, price: UnitPrice) -> Amount {
        Amount::rounded(self.0 * price.0)
    }
}
