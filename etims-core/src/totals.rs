//! The arithmetic: from the caller's lines to the amounts KRA checks.
//!
//! Sources: reference `compliance.md` §2.2 (conventions K1, K2, K3) and §2.3 (discounts); every rounding is half up to
//! cents and happens in [`Amount::rounded`]. Header amounts are sums of rounded lines, never derived again.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::TaxType;
use crate::document::Prices;
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::settings::{Convention, DiscountWire, FractionPolicy, Settings};

/// The tax contained in a gross amount: `net = round2(gross / (1 + rate))`, tax is the rest, so that both always close.
pub fn split_gross(gross: Amount, rate: Percent) -> (Amount, Amount) {
    if rate == Percent::ZERO {
        return (gross, Amount::ZERO);
    }
    let net = Amount::rounded(gross.decimal() / rate.factor());
    (net, gross - net)
}

/// Adds tax to a net amount: `gross = net + round2(net × rate)`.
pub fn gross_up(net: Amount, rate: Percent) -> Amount {
    net + rate.of(net)
}

/// A discount as the caller gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A part of the amount, 0 to 100.
    Percent(Percent),
    /// Money, in the same price mode as the amount.
    Amount(Amount),
}

impl Discount {
    /// The money taken off an amount.
    pub fn off(&self, amount: Amount) -> Amount {
        match self {
            Discount::Percent(percent) => percent.of(amount),
            Discount::Amount(money) => *money,
        }
    }
}

/// What a line costs, in shillings and in the document's price mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// How many, above zero.
    pub quantity: Quantity,
    /// Price of one; without it `amount` is given.
    pub unit_price: Option<UnitPrice>,
    /// The line's money before discount; wins over quantity × price.
    pub amount: Option<Amount>,
    /// Discount on this line.
    pub discount: Option<Discount>,
    /// Tax band.
    pub tax: TaxType,
}

impl PricedLine {
    /// The line's money before any discount, in the document's price mode.
    pub fn before_discount(&self) -> Amount {
        match (self.amount, self.unit_price) {
            (Some(amount), _) => amount,
            (None, Some(price)) => self.quantity * price,
            (None, None) => Amount::ZERO,
        }
    }

    /// The line's own discount, in the document's price mode.
    pub fn discount_amount(&self) -> Amount {
        self.discount.map_or(Amount::ZERO, |discount| discount.off(self.before_discount()))
    }
}

/// A line's money as the customer knows it: VAT inside, whatever the price mode and whatever the wire needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTotals {
    /// Price of one with VAT; cents, or as given when the caller's price is longer.
    pub unit_price: UnitPrice,
    /// Money before any discount.
    pub before_discount: Amount,
    /// The line's own discount.
    pub discount: Amount,
    /// The line's share of the discount on the whole document.
    pub basket_discount: Amount,
    /// What the line costs.
    pub total: Amount,
    /// Tax in it: the sum over the line's wire lines.
    pub tax: Amount,
}

impl LineTotals {
    /// The total without its tax.
    pub fn net(&self) -> Amount {
        self.total - self.tax
    }
}

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

/// Sums over the wire lines. They can only be made from lines, so that a header never differs from its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    taxable: [Amount; 5],
    tax: [Amount; 5],
    gross: [Amount; 5],
}

impl Totals {
    /// Sums the lines by band.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a WireLine>) -> Totals {
        let mut totals = Totals::default();
        for line in lines {
            let band = line.tax_type.index();
            totals.taxable[band] += line.taxable;
            totals.tax[band] += line.tax;
            totals.gross[band] += line.total;
        }
        totals
    }

    /// eTIMS `taxblAmtA` … `taxblAmtE`: net or gross as the convention says.
    pub fn taxable(&self, band: TaxType) -> Amount {
        self.taxable[band.index()]
    }

    /// eTIMS `taxAmtA` … `taxAmtE`.
    pub fn tax(&self, band: TaxType) -> Amount {
        self.tax[band.index()]
    }

    /// Net amount of a band, for the tax table on paper.
    pub fn net(&self, band: TaxType) -> Amount {
        self.gross[band.index()] - self.tax[band.index()]
    }

    /// Amount of a band with its tax.
    pub fn gross(&self, band: TaxType) -> Amount {
        self.gross[band.index()]
    }

    /// eTIMS `totTaxblAmt`.
    pub fn total_taxable(&self) -> Amount {
        self.taxable.into_iter().sum()
    }

    /// eTIMS `totTaxAmt`.
    pub fn total_tax(&self) -> Amount {
        self.tax.into_iter().sum()
    }

    /// The document without its tax.
    pub fn total_net(&self) -> Amount {
        self.total() - self.total_tax()
    }

    /// eTIMS `totAmt`: what the buyer pays.
    pub fn total(&self) -> Amount {
        self.gross.into_iter().sum()
    }
}

/// The money of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    /// One entry for each of the caller's lines.
    pub lines: Vec<LineTotals>,
    /// What KRA gets, in order; several entries share a line where it had to be split.
    pub wire: Vec<WireLine>,
}

/// Computes a document's money. Discounts must not exceed what they are taken from; the rules see to that first.
pub fn compute(lines: &[PricedLine], basket: Option<&Discount>, prices: Prices, settings: &Settings) -> Computed {
    let after: Vec<Amount> = lines.iter().map(|line| line.before_discount() - line.discount_amount()).collect();
    let shares = basket.map(|discount| basket_shares(discount, lines, &after));
    let mut computed =
        Computed { lines: Vec::with_capacity(lines.len()), wire: Vec::with_capacity(lines.len() + lines.len() / 4) };
    for (index, line) in lines.iter().enumerate() {
        let share = shares.as_ref().map_or(Amount::ZERO, |shares| shares[index]);
        let discounted = Discounted { index, line, after: after[index], share, rate: settings.rates.rate(line.tax) };
        let first = computed.wire.len();
        let mut totals = discounted.as_customer_knows_it(prices);
        match settings.convention {
            Convention::ExclusiveNet => computed.wire.push(discounted.exclusive_line(&totals, prices, settings)),
            Convention::InclusiveNet | Convention::InclusiveGross => {
                discounted.inclusive_lines(&totals, settings, &mut computed.wire);
            }
        }
        totals.tax = computed.wire[first..].iter().map(|wire| wire.tax).sum();
        computed.lines.push(totals);
    }
    computed
}

/// Spreads a discount on the whole document: first over the bands, then within each band, in proportion.
fn basket_shares(discount: &Discount, lines: &[PricedLine], after: &[Amount]) -> Vec<Amount> {
    let money = discount.off(after.iter().copied().sum());
    let in_band = |band: TaxType| {
        let members = lines.iter().enumerate().filter(move |(_, line)| line.tax == band);
        members.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let bands: Vec<Vec<usize>> = TaxType::ALL.iter().map(|band| in_band(*band)).collect();
    let weights: Vec<Amount> = bands.iter().map(|members| members.iter().map(|index| after[*index]).sum()).collect();
    let mut shares = vec![Amount::ZERO; lines.len()];
    for (members, band_share) in bands.iter().zip(allocate(money, &weights)) {
        let weights: Vec<Amount> = members.iter().map(|index| after[*index]).collect();
        for (index, share) in members.iter().zip(allocate(band_share, &weights)) {
            shares[*index] = share;
        }
    }
    shares
}

/// Divides money in proportion to weights, to the cent: every share is rounded down, the cents left over go to the
/// largest remainders, the first of equals first. The shares always add up to the money.
pub fn allocate(money: Amount, weights: &[Amount]) -> Vec<Amount> {
    let cents = |amount: &Amount| (amount.decimal() * Decimal::ONE_HUNDRED).trunc().mantissa();
    let whole: i128 = weights.iter().map(cents).sum();
    if whole == 0 {
        return vec![Amount::ZERO; weights.len()];
    }
    let to_share = cents(&money);
    let exact: Vec<i128> = weights.iter().map(|weight| to_share * cents(weight)).collect();
    let mut shares: Vec<i128> = exact.iter().map(|product| product.div_euclid(whole)).collect();
    let left: i128 = to_share - shares.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(exact[*index].rem_euclid(whole)), *index));
    let left = usize::try_from(left).expect("fewer cents are left over than there are shares");
    order.iter().take(left).for_each(|index| shares[*index] += 1);
    shares.into_iter().map(|share| Amount::rounded(Decimal::from_i128_with_scale(share, 2))).collect()
}

/// A line after its own discount, with its share of the document's.
struct Discounted<'a> {
    index: usize,
    line: &'a PricedLine,
    after: Amount,
    share: Amount,
    rate: Percent,
}

impl Discounted<'_> {
    /// What the line costs in the document's price mode.
    fn price(&self) -> Amount {
        self.after - self.share
    }

    /// Every amount of the line with VAT inside.
    fn as_customer_knows_it(&self, prices: Prices) -> LineTotals {
        let with_tax = |amount| match prices {
            Prices::TaxInclusive => amount,
            Prices::TaxExclusive => gross_up(amount, self.rate),
        };
        let before_discount = with_tax(self.line.before_discount());
        let after = with_tax(self.after);
        let total = with_tax(self.price());
        LineTotals {
            unit_price: self.unit_price_with_tax(prices, before_discount),
            before_discount,
            discount: before_discount - after,
            basket_discount: after - total,
            total,
            tax: Amount::ZERO,
        }
    }

    fn unit_price_with_tax(&self, prices: Prices, before_discount: Amount) -> UnitPrice {
        match (self.line.unit_price, prices) {
            (Some(price), Prices::TaxInclusive) => price,
            (Some(price), Prices::TaxExclusive) => {
                UnitPrice::new(Amount::rounded(price.decimal() * self.rate.factor()).decimal())
            }
            (None, _) => UnitPrice::new(per_unit(before_discount, self.line.quantity).decimal()),
        }
    }

    /// The whole percent that may travel in `dcRt`: KRA computes `dcAmt` again from it, so it must come out the same.
    fn wire_rate(
        &self,
        settings: &Settings,
        quantity: Quantity,
        price: Amount,
        totals: &LineTotals,
    ) -> Option<Percent> {
        let Some(Discount::Percent(percent)) = self.line.discount else { return None };
        let travels = settings.discount_wire != DiscountWire::Price
            && percent.is_whole()
            && percent > Percent::ZERO
            && self.share.is_zero()
            && quantity * UnitPrice::new(price.decimal()) == totals.before_discount
            && percent.of(totals.before_discount) == totals.discount;
        travels.then_some(percent)
    }

    /// Wire lines of K1 and K2, where prices contain VAT.
    fn inclusive_lines(&self, totals: &LineTotals, settings: &Settings, wire: &mut Vec<WireLine>) {
        let undiscounted = totals.total == totals.before_discount;
        let price = Amount::rounded(totals.unit_price.decimal());
        let quantity = self.line.quantity.rounded();
        let is_long = quantity != self.line.quantity;
        if let Some(percent) = self.wire_rate(settings, self.line.quantity, price, totals).filter(|_| !is_long) {
            let supply_amount = match settings.discount_wire {
                DiscountWire::RateAfter => totals.total,
                DiscountWire::RateBefore | DiscountWire::Price => totals.before_discount,
            };
            let mut line = self.inclusive_line(Part { quantity, price, amount: totals.total }, settings.convention);
            line.supply_amount = supply_amount;
            line.discount_rate = percent;
            line.discount_amount = totals.discount;
            wire.push(line);
            return;
        }
        let single_unit = Part { quantity: Quantity::ONE, price: totals.total, amount: totals.total };
        let parts = match settings.fraction_policy {
            _ if !is_long => fit(quantity, totals.total, price),
            FractionPolicy::SingleUnit => [Some(single_unit), None],
            _ if quantity == Quantity::default() => [Some(single_unit), None],
            FractionPolicy::AdjustPrice => fit(quantity, totals.total, price),
            FractionPolicy::RoundedQuantityExactAmount => {
                let price = if undiscounted { price } else { per_unit(totals.total, quantity) };
                [Some(Part { quantity, price, amount: totals.total }), None]
            }
        };
        wire.extend(parts.into_iter().flatten().map(|part| self.inclusive_line(part, settings.convention)));
    }

    fn inclusive_line(&self, part: Part, convention: Convention) -> WireLine {
        let (net, tax) = split_gross(part.amount, self.rate);
        WireLine {
            line: self.index,
            quantity: part.quantity,
            unit_price: part.price,
            supply_amount: part.amount,
            discount_rate: Percent::ZERO,
            discount_amount: Amount::ZERO,
            tax_type: self.line.tax,
            taxable: if convention == Convention::InclusiveGross { part.amount } else { net },
            tax,
            total: part.amount,
        }
    }

    /// The wire line of K3, where prices exclude VAT and KRA does not check `qty × prc`: never split.
    fn exclusive_line(&self, totals: &LineTotals, prices: Prices, settings: &Settings) -> WireLine {
        let (taxable, tax) = match prices {
            Prices::TaxInclusive => split_gross(totals.total, self.rate),
            Prices::TaxExclusive => (self.price(), self.rate.of(self.price())),
        };
        let net_discount = match prices {
            Prices::TaxInclusive => split_gross(totals.discount, self.rate).0,
            Prices::TaxExclusive => self.line.discount_amount(),
        };
        let rate = match self.line.discount {
            Some(Discount::Percent(percent)) if percent.is_whole() && self.share.is_zero() => Some(percent),
            _ => None,
        };
        let rate = rate.filter(|percent| settings.discount_wire != DiscountWire::Price && *percent > Percent::ZERO);
        let (discount_rate, discount_amount) = rate.map_or((Percent::ZERO, Amount::ZERO), |rate| (rate, net_discount));
        let before_discount = taxable + discount_amount;
        let supply_amount = if settings.discount_wire == DiscountWire::RateAfter { taxable } else { before_discount };
        let rounded = self.line.quantity.rounded();
        let keeps_quantity = rounded == self.line.quantity
            || settings.fraction_policy != FractionPolicy::SingleUnit && rounded != Quantity::default();
        let quantity = if keeps_quantity { rounded } else { Quantity::ONE };
        WireLine {
            line: self.index,
            quantity,
            unit_price: self.exclusive_price(prices, quantity, before_discount),
            supply_amount,
            discount_rate,
            discount_amount,
            tax_type: self.line.tax,
            taxable,
            tax,
            total: taxable + tax,
        }
    }

    /// The caller's own net price where it stands for the amount, else the amount per unit.
    fn exclusive_price(&self, prices: Prices, quantity: Quantity, before_discount: Amount) -> Amount {
        let own = match prices {
            Prices::TaxExclusive => self.line.unit_price.map(|price| Amount::rounded(price.decimal())),
            Prices::TaxInclusive => None,
        };
        own.filter(|_| before_discount == self.line.before_discount() && quantity == self.line.quantity.rounded())
            .unwrap_or_else(|| per_unit(before_discount, quantity))
    }
}

/// Money per unit, to the cent.
fn per_unit(amount: Amount, quantity: Quantity) -> Amount {
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
fn fit(quantity: Quantity, amount: Amount, preferred: Amount) -> [Option<Part>; 2] {
    let count = quantity.decimal();
    let average = per_unit(amount, quantity);
    for price in [preferred, average] {
        let part = Part::of(count, price);
        if part.amount == amount {
            return [Some(part), None];
        }
    }
    let single_unit = [Some(Part { quantity: Quantity::ONE, price: amount, amount }), None];
    if count.is_integer() {
        let low = Amount::rounded((amount.decimal() / count).trunc_with_scale(2));
        if low.is_zero() {
            return single_unit;
        }
        let dearer = (amount.decimal() - low.decimal() * count) * Decimal::ONE_HUNDRED;
        return [Some(Part::of(count - dearer, low)), Some(Part::of(dearer, low + Amount::CENT))];
    }
    let most = Part::of(count - Decimal::ONE, average);
    let rest = amount - most.amount;
    if count < Decimal::ONE || rest <= Amount::ZERO || most.amount.is_zero() {
        return single_unit;
    }
    [Some(most), Some(Part::of(Decimal::ONE, rest))]
}
