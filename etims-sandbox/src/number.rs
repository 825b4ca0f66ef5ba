//! Exact decimals: read from the digits of the JSON text, computed in integers.

use std::fmt;

/// A decimal number exactly as it stood in the text: `digits` / 10^`scale`, without trailing zeros.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exact {
    digits: i128,
    scale: u32,
}

/// Longest mantissa that is read; KRA's widest field has 38 digits (`invcNo`), which no counter reaches.
const MAX_DIGITS: usize = 28;
const MAX_EXPONENT: i32 = 28;

impl Exact {
    /// Reads JSON number syntax. `None` for anything else and for numbers too long to be an amount.
    pub(crate) fn parse(text: &str) -> Option<Exact> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || exponent.abs() > MAX_EXPONENT {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > MAX_DIGITS {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes()).fold(0i128, |sum, byte| sum * 10 + i128::from(byte - b'0'));
        let digits = if negative { -digits } else { digits };
        let scale = i32::try_from(fraction.len()).ok()? - exponent;
        let value = if scale < 0 {
            let factor = 10i128.checked_pow(scale.unsigned_abs())?;
            Exact { digits: digits.checked_mul(factor)?, scale: 0 }
        } else {
            Exact { digits, scale: scale.unsigned_abs() }
        };
        Some(value.normal())
    }

    fn normal(mut self) -> Exact {
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }

    /// Digits after the point.
    pub(crate) fn decimals(self) -> u32 {
        self.scale
    }

    /// Digits before the point.
    pub(crate) fn whole_digits(self) -> usize {
        let whole = 10u128.checked_pow(self.scale).map_or(0, |unit| self.digits.unsigned_abs() / unit);
        whole.checked_ilog10().map_or(1, |log| log as usize + 1)
    }

    pub(crate) fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// The value in hundredths, half up, when it fits.
    pub(crate) fn hundredths(self) -> Option<Cents> {
        match self.scale.checked_sub(2) {
            Some(excess) => divide_half_up(self.digits, 10i128.checked_pow(excess)?),
            None => i64::try_from(self.digits.checked_mul(10i128.pow(2 - self.scale))?).ok().map(Cents),
        }
    }

    /// The value as a whole number that is not negative.
    pub(crate) fn whole(self) -> Option<u64> {
        if self.scale == 0 { u64::try_from(self.digits).ok() } else { None }
    }

    /// `self` × `other`, half up to cents.
    pub(crate) fn times(self, other: Exact) -> Option<Cents> {
        Exact { digits: self.digits.checked_mul(other.digits)?, scale: self.scale + other.scale }.hundredths()
    }
}

/// Hundredths: of a shilling for money, of a unit for quantities, of a percent for rates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Cents(pub(crate) i64);

impl Cents {
    /// Net of a tax-inclusive amount: self / (1 + rate), half up to cents. `rate` is in percent.
    pub(crate) fn net_of(self, rate: Cents) -> Option<Cents> {
        divide_half_up(i128::from(self.0) * 10_000, 10_000 + i128::from(rate.0))
    }

    /// `rate` percent of the amount, half up to cents.
    pub(crate) fn percent(self, rate: Cents) -> Option<Cents> {
        divide_half_up(i128::from(self.0) * i128::from(rate.0), 10_000)
    }

    pub(crate) fn plus(self, other: Cents) -> Cents {
        Cents(self.0.saturating_add(other.0))
    }

    pub(crate) fn minus(self, other: Cents) -> Cents {
        Cents(self.0.saturating_sub(other.0))
    }

    /// As Java prints a double: `0.0`, `150.0`, `12.5`.
    pub(crate) fn java(self) -> String {
        let text = self.to_string();
        match text.strip_suffix('0') {
            Some(short) => short.to_owned(),
            None => text,
        }
    }

    /// As a JSON number without needless zeros: `100`, `86.21`.
    pub(crate) fn plain(self) -> String {
        let text = self.to_string();
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", value / 100, value % 100)
    }
}

fn divide_half_up(dividend: i128, divisor: i128) -> Option<Cents> {
    if divisor <= 0 {
        return None;
    }
    let doubled = dividend.unsigned_abs().checked_mul(2)?.checked_add(divisor.unsigned_abs())?;
    let rounded = i64::try_from(doubled / (divisor.unsigned_abs() * 2)).ok()?;
    Some(Cents(if dividend < 0 { -rounded } else { rounded }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).expect("a number")
    }

    #[test]
    fn reads_digits_not_floats() {
        assert_eq!(exact("86.21").hundredths(), Some(Cents(8621)));
        assert_eq!(exact("100.00").hundredths(), Some(Cents(10_000)));
        assert_eq!(exact("1e2").hundredths(), Some(Cents(10_000)));
        assert_eq!(exact("-0.5").hundredths(), Some(Cents(-50)));
        assert_eq!(exact("0.005").hundredths(), Some(Cents(1)));
        assert_eq!(exact("1e20").hundredths(), None);
        assert_eq!(exact("9007199254740993").whole(), Some(9_007_199_254_740_993));
        for bad in ["", "-", ".5", "1.2.3", "1e", "1e999", "NaN", "0x1", "12345678901234567890123456789"] {
            assert_eq!(Exact::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn rounds_half_up_to_cents() {
        assert_eq!(exact("3").times(exact("33.335")), Some(Cents(10_001)));
        assert_eq!(exact("0.5").times(exact("0.01")), Some(Cents(1)));
        assert_eq!(Cents(10_000).net_of(Cents(1600)), Some(Cents(8621)));
        assert_eq!(Cents(130_207).net_of(Cents(1600)), Some(Cents(112_247)));
        assert_eq!(Cents(10_000).net_of(Cents(0)), Some(Cents(10_000)));
        assert_eq!(Cents(112_200).percent(Cents(1600)), Some(Cents(17_952)));
    }

    #[test]
    fn prints_like_the_server() {
        assert_eq!(Cents(8621).to_string(), "86.21");
        assert_eq!(Cents(0).java(), "0.0");
        assert_eq!(Cents(1250).java(), "12.5");
        assert_eq!(Cents(1255).java(), "12.55");
        assert_eq!(Cents(15_000).plain(), "150");
        assert_eq!(Cents(-5).to_string(), "-0.05");
    }
}
