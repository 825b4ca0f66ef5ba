//! One line as KRA gets it, and how a line's money becomes such lines.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{gross_up, split_gross, tax_within};
use crate::codes::TaxType;
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::settings::{Convention, DiscountWire, FractionPolicy, Settings};

/// One line as KRA gets it. A caller's line becomes more than one where quantity × price must meet an amount that does
/// not divide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireLine {
    /// The caller's line, counted from 0.
    pub line: usize,
    /// eTIMS `qty`, at most two decimals.
    pub quantity: Quantity,
    /// eTIMS `prc`, with or without VAT as the convention says.
    pub unit_price: Amount,
    /// eTIMS `splyAmt`.
    pub supply_amount: Amount,
    /// eTIMS `dcRt`, whole percent.
    pub discount_rate: Percent,
    /// eTIMS `dcAmt`.
    pub discount_amount: Amount,
    /// eTIMS `taxTyCd`.
    pub tax_type: TaxType,
    /// eTIMS `taxblAmt`, net or gross as the convention says.
    pub taxable: Amount,
    /// eTIMS `taxAmt`.
    pub tax: Amount,
    /// eTIMS `totAmt`.
    pub total: Amount,
}

/// Makes the wire lines of one of the caller's lines, for sales and for what is credited of them.
pub(crate) struct WireMaker<'a> {
    /// The caller's line, counted from 0.
    pub(crate) line: usize,
    pub(crate) tax_type: TaxType,
    pub(crate) rate: Percent,
    pub(crate) settings: &'a Settings,
}

impl WireMaker<'_> {
    /// What a quantity costs at a wire price less a percent, VAT inside.
    pub(crate) fn total_at(&self, quantity: Quantity, price: Amount, percent: Percent) -> Amount {
        let before = quantity * UnitPrice::new(price.decimal());
        let after = before - percent.of(before);
        if self.is_exclusive() { gross_up(after, self.rate) } else { after }
    }

    /// One line of this total whose whole percent stands in `dcRt`: only where KRA, who computes `dcAmt` again from the
    /// amount before the discount, comes to the same.
    pub(crate) fn with_percent(
        &self,
        quantity: Quantity,
        price: Amount,
        before: Amount,
        percent: Percent,
        total: Amount,
    ) -> Option<WireLine> {
        let line = self.line_of(Part { quantity, price, amount: before }, total);
        let after = if self.is_exclusive() { line.taxable } else { total };
        let discount = percent.of(before);
        let is_after = self.settings.discount_wire == DiscountWire::RateAfter;
        (before - discount == after).then_some(WireLine {
            supply_amount: if is_after { after } else { before },
            discount_rate: percent,
            discount_amount: discount,
            ..line
        })
    }

    /// Lines that come to exactly this total with VAT, without a discount of their own: at the preferred price where it
    /// meets the total or where the quantity is too long to be checked, else at another price, else split.
    pub(crate) fn meeting(
        &self,
        quantity: Quantity,
        total: Amount,
        preferred: Option<Amount>,
        wire: &mut Vec<WireLine>,
    ) {
        let priced = if self.is_exclusive() { split_gross(total, self.rate).0 } else { total };
        let single_unit = [Some(Part { quantity: Quantity::ONE, price: priced, amount: priced }), None];
        let rounded = quantity.rounded();
        let parts = match self.settings.fraction_policy {
            FractionPolicy::SingleUnit if rounded != quantity => single_unit,
            _ if rounded == Quantity::default() => single_unit,
            FractionPolicy::RoundedQuantityExactAmount if rounded != quantity => {
                let price = preferred.unwrap_or_else(|| per_unit(priced, rounded));
                [Some(Part { quantity: rounded, price, amount: priced }), None]
            }
            // KRA does not check quantity × price in K3: never split.
            _ if self.is_exclusive() => {
                let meets = |price: &Amount| rounded * UnitPrice::new(price.decimal()) == priced;
                let price = preferred.filter(meets).unwrap_or_else(|| per_unit(priced, rounded));
                [Some(Part { quantity: rounded, price, amount: priced }), None]
            }
            _ => fit(rounded, total, preferred),
        };
        let total_of = |part: &Part| if self.is_exclusive() { total } else { part.amount };
        wire.extend(parts.into_iter().flatten().map(|part| self.line_of(part, total_of(&part))));
    }

    /// Whether prices on the wire exclude VAT.
    fn is_exclusive(&self) -> bool {
        self.settings.convention == Convention::ExclusiveNet
    }

    /// An undiscounted line of a total with VAT.
    fn line_of(&self, part: Part, total: Amount) -> WireLine {
        let (taxable, tax) = match self.settings.convention {
            Convention::InclusiveGross => (total, tax_within(total, self.rate)),
            Convention::InclusiveNet | Convention::ExclusiveNet => split_gross(total, self.rate),
        };
        WireLine {
            line: self.line,
            quantity: part.quantity,
            unit_price: part.price,
            supply_amount: part.amount,
            discount_rate: Percent::ZERO,
            discount_amount: Amount::ZERO,
            tax_type: self.tax_type,
            taxable,
            tax,
            total,
        }
    }
}

/// Money per unit, to the cent.
pub(super) fn per_unit(amount: Amount, quantity: Quantity) -> Amount {
    if quantity == Quantity::default() {
        return amount;
    }
    Amount::rounded(amount.decimal() / quantity.decimal())
}

/// A quantity at a price that meets an amount.
#[derive(Clone, Copy)]
struct Part {
    quantity: Quantity,
    price: Amount,
    amount: Amount,
}

impl Part {
    fn of(quantity: Decimal, price: Amount) -> Part {
        let quantity = Quantity::new(quantity);
        Part { quantity, price, amount: quantity * UnitPrice::new(price.decimal()) }
    }
}

/// Finds prices in cents whose products with the quantity make exactly the amount: the preferred price, else one price,
/// else two parts one cent apart (whole quantities: 1900.00 for 3 is 2 × 633.33 and 1 × 633.34) or one whole unit on
/// its own line (fractional quantities). Source: reference `compliance.md` §2.3.
fn fit(quantity: Quantity, amount: Amount, preferred: Option<Amount>) -> [Option<Part>; 2] {
    let count = quantity.decimal();
    let average = per_unit(amount, quantity);
    for price in preferred.into_iter().chain([average]) {
        let part = Part::of(count, price);
        if part.amount == amount {
            return [Some(part), None];
        }
    }
    let low = Amount::rounded((amount.decimal() / count).trunc_with_scale(2));
    if low.is_zero() {
        return [Some(Part { quantity: Quantity::ONE, price: amount, amount }), None];
    }
    if count.is_integer() {
        let dearer = (amount.decimal() - low.decimal() * count) * Decimal::ONE_HUNDRED;
        return [Some(Part::of(count - dearer, low)), Some(Part::of(dearer, low + Amount::CENT))];
    }
    // The unit on its own line pays what rounding leaves: at the average price that may be nothing for many units.
    let split = |price: Amount| {
        let most = Part::of(count - Decimal::ONE, price);
        (most, amount - most.amount)
    };
    let at_average = Some(split(average)).filter(|(_, rest)| *rest > Amount::ZERO);
    let (most, rest) = at_average.unwrap_or_else(|| split(low));
    [Some(most), Some(Part::of(Decimal::ONE, rest))]
}
