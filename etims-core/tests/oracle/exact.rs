//! The oracle: amounts of an eTIMS document in exact fractions, written from the rules and not from the code under test.
//!
//! It knows two things: what the buyer owes for a document ([`Document::owed`]), and whether a wire line is right by itself
//! in one of the three conventions ([`WireLine::faults`]). How a line may be split is left open; that the parts of a split
//! are right, and add up to what is owed, is not.

use std::fmt;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// An exact number.
pub(crate) type Exact = BigRational;

/// A whole number.
pub(crate) fn whole(value: i64) -> Exact {
    Exact::from_integer(BigInt::from(value))
}

/// `value / 10^decimals`.
pub(crate) fn scaled(value: i128, decimals: u32) -> Exact {
    Exact::new(BigInt::from(value), BigInt::from(10).pow(decimals))
}

/// Reads `12`, `12.5` or `-0.05`. Panics on anything else: the oracle reads what tests and our own printing write.
pub(crate) fn exact(text: &str) -> Exact {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{integer}{fraction}").parse().unwrap_or_else(|_| panic!("not a decimal: {text}"));
    Exact::new(digits, BigInt::from(10).pow(u32::try_from(fraction.len()).expect("a short fraction")))
}

/// Half up, away from zero, to cents.
pub(crate) fn round2(value: &Exact) -> Exact {
    let hundred = whole(100);
    let cents = (value.abs() * &hundred + Exact::new(BigInt::one(), BigInt::from(2))).floor() / hundred;
    if value.is_negative() { -cents } else { cents }
}

/// Whether the value is a whole number of cents.
pub(crate) fn is_cents(value: &Exact) -> bool {
    (value * whole(100)).is_integer()
}

/// A part of a hundred.
fn percent_of(percent: &Exact, value: &Exact) -> Exact {
    value * percent / whole(100)
}

/// Tax-inclusive to net, not rounded: `gross / (1 + r)`.
fn net_of(gross: &Exact, rate: &Exact) -> Exact {
    gross / (Exact::one() + rate / whole(100))
}

/// What a discount is given as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Discount {
    /// Percent of the line or the basket.
    Percent(Exact),
    /// Money, in the prices of the document.
    Amount(Exact),
}

impl Discount {
    /// The money taken off, in cents; percentages are rounded half up.
    pub(crate) fn of(&self, value: &Exact) -> Exact {
        match self {
            Discount::Percent(percent) => round2(&percent_of(percent, value)),
            Discount::Amount(amount) => amount.clone(),
        }
    }
}

/// One line as the caller wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// How much.
    pub(crate) quantity: Exact,
    /// Price of one, with or without tax as the document says.
    pub(crate) price: Exact,
    /// The line's money before discount, where the caller gives it: it comes before quantity × price.
    pub(crate) amount: Option<Exact>,
    /// Discount of the line.
    pub(crate) discount: Option<Discount>,
    /// Tax band, 0 for A to 4 for E.
    pub(crate) band: usize,
}

/// One document as the caller wrote it, with the rates in force.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Whether prices, amounts and discounts contain tax.
    pub(crate) inclusive: bool,
    /// Percent of each band.
    pub(crate) rates: [Exact; 5],
    /// The lines.
    pub(crate) lines: Vec<Line>,
    /// Discount on the whole.
    pub(crate) basket: Option<Discount>,
}

/// What is owed for one line before any basket discount, in the document's prices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LineMoney {
    /// Before discount.
    pub(crate) before: Exact,
    /// Discount.
    pub(crate) discount: Exact,
    /// After discount.
    pub(crate) after: Exact,
}

impl Line {
    /// What is owed for the line in the document's prices.
    pub(crate) fn money(&self) -> LineMoney {
        let before = self.amount.clone().unwrap_or_else(|| round2(&(&self.quantity * &self.price)));
        let discount = self.discount.as_ref().map_or_else(Exact::zero, |discount| discount.of(&before));
        LineMoney { after: &before - &discount, before, discount }
    }
}

impl Document {
    /// Net of a line plus the tax on it, for exclusive prices; the value itself for inclusive ones.
    pub(crate) fn with_tax(&self, value: &Exact, band: usize) -> Exact {
        if self.inclusive { value.clone() } else { value + round2(&percent_of(&self.rates[band], value)) }
    }

    /// The basket discount in the document's prices.
    pub(crate) fn basket_money(&self) -> Exact {
        let after: Exact = self.lines.iter().map(|line| line.money().after).sum();
        self.basket.as_ref().map_or_else(Exact::zero, |discount| discount.of(&after))
    }

    /// The exact share of the basket discount that falls on each line, in proportion to its money, not rounded.
    pub(crate) fn basket_shares(&self) -> Vec<Exact> {
        let money: Vec<Exact> = self.lines.iter().map(|line| line.money().after).collect();
        let whole: Exact = money.iter().sum();
        let basket = self.basket_money();
        money.iter().map(|part| if whole.is_zero() { Exact::zero() } else { &basket * part / &whole }).collect()
    }

    /// What the buyer owes for each line where there is no basket discount, tax included.
    pub(crate) fn owed_by_line(&self) -> Vec<Exact> {
        self.lines.iter().map(|line| self.with_tax(&line.money().after, line.band)).collect()
    }

    /// What the buyer owes. `None` when the answer hangs on how the cents of a basket discount on exclusive prices are
    /// spread, since tax is rounded line by line.
    pub(crate) fn owed(&self) -> Option<Exact> {
        let lines: Exact = self.owed_by_line().iter().sum();
        match (self.basket_money(), self.inclusive) {
            (basket, true) => Some(lines - basket),
            (basket, false) if basket.is_zero() => Some(lines),
            _ => None,
        }
    }
}

/// Meaning of the amounts on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    /// Prices with tax, taxable amount net.
    K1,
    /// Prices with tax, taxable amount still gross.
    K2,
    /// Prices without tax, taxable amount net.
    K3,
}

/// How price, supply amount and discount of a wire line belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Supply {
    /// Quantity × price is the supply before discount, to the cent. Otherwise the money need not be: a quantity rounded
    /// for the wire, K3 from inclusive prices.
    pub(crate) multiplied: bool,
    /// `splyAmt` is what is left after the discount of `dcRt`.
    pub(crate) after_discount: bool,
}

impl Supply {
    /// Quantity × price, discount not yet taken off: what the gateway checks.
    pub(crate) const STRICT: Supply = Supply { multiplied: true, after_discount: false };
}

/// One line of the wire, any dialect.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WireLine {
    /// `qty`
    pub(crate) quantity: Exact,
    /// `prc`
    pub(crate) price: Exact,
    /// `splyAmt`
    pub(crate) supply: Exact,
    /// `dcRt`
    pub(crate) discount_rate: Exact,
    /// `dcAmt`
    pub(crate) discount: Exact,
    /// `taxTyCd`, 0 for A
    pub(crate) band: usize,
    /// `taxblAmt`
    pub(crate) taxable: Exact,
    /// `taxAmt`
    pub(crate) tax: Exact,
    /// `totAmt`
    pub(crate) total: Exact,
}

/// The split of a tax-inclusive amount by the validator of the gateway: net rounded, tax the rest.
pub(crate) fn k1_split(gross: &Exact, rate: &Exact) -> (Exact, Exact) {
    let net = round2(&net_of(gross, rate));
    let tax = gross - &net;
    (net, tax)
}

/// The tax contained in an inclusive amount by the desktop client.
pub(crate) fn k2_tax(gross: &Exact, rate: &Exact) -> Exact {
    round2(&(net_of(gross, rate) * rate / whole(100)))
}

impl WireLine {
    /// What is wrong with the line by itself. `from_inclusive` says that a K3 line comes from prices with tax.
    pub(crate) fn faults(
        &self,
        convention: Convention,
        supply: Supply,
        rate: &Exact,
        from_inclusive: bool,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |name: &str, found: &Exact, expected: &Exact| {
            if found != expected {
                faults.push(format!("{name} is {}, expected {}", Plain(found), Plain(expected)));
            }
        };
        let (before, after) = match supply.after_discount {
            true => (&self.supply + &self.discount, self.supply.clone()),
            false => (self.supply.clone(), &self.supply - &self.discount),
        };
        if supply.multiplied {
            expect("splyAmt before discount", &before, &round2(&(&self.quantity * &self.price)));
        }
        if self.discount_rate.is_zero() {
            expect("dcAmt without dcRt", &self.discount, &Exact::zero());
        } else {
            expect("dcRt (whole)", &self.discount_rate, &self.discount_rate.floor());
            expect("dcAmt", &self.discount, &round2(&percent_of(&self.discount_rate, &before)));
        }
        match convention {
            Convention::K1 => {
                let (net, tax) = k1_split(&after, rate);
                expect("taxblAmt", &self.taxable, &net);
                expect("taxAmt", &self.tax, &tax);
                expect("totAmt", &self.total, &after);
            }
            Convention::K2 => {
                expect("taxblAmt", &self.taxable, &after);
                expect("taxAmt", &self.tax, &k2_tax(&after, rate));
                expect("totAmt", &self.total, &after);
            }
            Convention::K3 => {
                expect("taxblAmt", &self.taxable, &after);
                expect("totAmt", &self.total, &(&self.taxable + &self.tax));
                if from_inclusive {
                    let (net, tax) = k1_split(&self.total, rate);
                    expect("taxblAmt of the inclusive total", &self.taxable, &net);
                    expect("taxAmt of the inclusive total", &self.tax, &tax);
                } else {
                    expect("taxAmt", &self.tax, &round2(&percent_of(rate, &self.taxable)));
                }
            }
        }
        for (name, value) in [
            ("splyAmt", &self.supply),
            ("dcAmt", &self.discount),
            ("taxblAmt", &self.taxable),
            ("taxAmt", &self.tax),
            ("totAmt", &self.total),
            ("prc", &self.price),
            ("qty", &self.quantity),
        ] {
            if !is_cents(value) {
                faults.push(format!("{name} has more than two decimals: {}", Plain(value)));
            }
            if value.is_negative() {
                faults.push(format!("{name} is negative: {}", Plain(value)));
            }
        }
        faults
    }
}

/// Prints an exact number as a decimal where it is one.
pub(crate) struct Plain<'a>(pub(crate) &'a Exact);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for decimals in 0..12_u32 {
            let shifted = self.0 * Exact::from_integer(BigInt::from(10).pow(decimals));
            if shifted.is_integer() {
                let digits = format!("{:0width$}", shifted.to_integer().abs(), width = decimals as usize + 1);
                let (integer, fraction) = digits.split_at(digits.len() - decimals as usize);
                let sign = if self.0.is_negative() { "-" } else { "" };
                return write!(f, "{sign}{integer}{}{fraction}", if decimals > 0 { "." } else { "" });
            }
        }
        write!(f, "{}", self.0)
    }
}
