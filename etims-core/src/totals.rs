//! The arithmetic: from the caller's lines to the amounts KRA checks.
//!
//! Sources: reference `compliance.md` §2.2 (conventions K1, K2, K3) and §2.3 (discounts); every rounding is half up to
//! cents and happens in [`Amount::rounded`]. Header amounts are sums of rounded lines, never derived again.

mod wire_line;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::TaxType;
use crate::document::Prices;
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::settings::{Convention, DiscountWire, Settings};

pub use wire_line::WireLine;
pub(crate) use wire_line::WireMaker;
use wire_line::per_unit;

/// The tax contained in a gross amount: `net = round2(gross / (1 + rate))`, tax is the rest, so that both always close.
pub fn split_gross(gross: Amount, rate: Percent) -> (Amount, Amount) {
    if rate == Percent::ZERO {
        return (gross, Amount::ZERO);
    }
    let net = Amount::rounded(gross.decimal() / rate.factor());
    (net, gross - net)
}

/// The tax within a gross amount as K2 rounds it: by itself. At Kenya's rates it is that of [`split_gross`].
fn tax_within(gross: Amount, rate: Percent) -> Amount {
    Amount::rounded(gross.decimal() * rate.decimal() / (Decimal::ONE_HUNDRED + rate.decimal()))
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
        discounted.wire_lines(&totals, prices, settings, &mut computed.wire);
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
    let whole: i128 = weights.iter().map(|weight| cents(*weight)).sum();
    if whole == 0 {
        return vec![Amount::ZERO; weights.len()];
    }
    let to_share = cents(money);
    let exact: Vec<i128> = weights.iter().map(|weight| to_share * cents(*weight)).collect();
    let mut shares: Vec<i128> = exact.iter().map(|product| product.div_euclid(whole)).collect();
    let left: i128 = to_share - shares.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(exact[*index].rem_euclid(whole)), *index));
    let left = usize::try_from(left).expect("fewer cents are left over than there are shares");
    order.iter().take(left).for_each(|index| shares[*index] += 1);
    shares.into_iter().map(|share| Amount::rounded(Decimal::from_i128_with_scale(share, 2))).collect()
}

/// The part of an amount that `part` is of `whole`, rounded half up to cents; nothing where the whole is nothing. Exact:
/// amounts are below 10¹⁸ cents and measures below 10¹⁹ steps, so that no product overflows.
pub(crate) fn in_proportion(amount: Amount, part: Decimal, whole: Decimal) -> Amount {
    let (part, whole) = (part.normalize(), whole.normalize());
    let scale = part.scale().max(whole.scale());
    let steps = |mut value: Decimal| {
        value.rescale(scale);
        value.mantissa()
    };
    let (part, whole) = (steps(part), steps(whole));
    if whole == 0 {
        return Amount::ZERO;
    }
    let cents = (2 * cents(amount) * part + whole).div_euclid(2 * whole);
    Amount::rounded(Decimal::from_i128_with_scale(cents, 2))
}

fn cents(amount: Amount) -> i128 {
    (amount.decimal() * Decimal::ONE_HUNDRED).trunc().mantissa()
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

    fn wire_lines(&self, totals: &LineTotals, prices: Prices, settings: &Settings, wire: &mut Vec<WireLine>) {
        let maker = WireMaker { line: self.index, tax_type: self.line.tax, rate: self.rate, settings };
        let price = self.wire_price(totals, prices, settings.convention);
        let percent = self.wire_percent(settings);
        let line = percent.and_then(|percent| self.percent_line(&maker, totals, price, prices, percent));
        match line {
            Some(line) => wire.push(line),
            None => {
                let undiscounted = totals.total == totals.before_discount;
                maker.meeting(self.line.quantity, totals.total, price.filter(|_| undiscounted), wire);
            }
        }
    }

    /// The unit price in the price mode of the wire; none where the caller's is in the other one.
    fn wire_price(&self, totals: &LineTotals, prices: Prices, convention: Convention) -> Option<Amount> {
        let price = match (convention, prices) {
            (Convention::InclusiveNet | Convention::InclusiveGross, _) => Some(totals.unit_price),
            (Convention::ExclusiveNet, Prices::TaxExclusive) => self.line.unit_price,
            (Convention::ExclusiveNet, Prices::TaxInclusive) => None,
        };
        price.map(|price| Amount::rounded(price.decimal()))
    }

    /// The whole percent that may travel in `dcRt`.
    fn wire_percent(&self, settings: &Settings) -> Option<Percent> {
        let Some(Discount::Percent(percent)) = self.line.discount else { return None };
        let travels = settings.discount_wire != DiscountWire::Price
            && percent.is_whole()
            && percent > Percent::ZERO
            && self.share.is_zero()
            && self.line.quantity.rounded() == self.line.quantity;
        travels.then_some(percent)
    }

    fn percent_line(
        &self,
        maker: &WireMaker<'_>,
        totals: &LineTotals,
        price: Option<Amount>,
        prices: Prices,
        percent: Percent,
    ) -> Option<WireLine> {
        let quantity = self.line.quantity;
        let meets = |price: &Amount, before| quantity * UnitPrice::new(price.decimal()) == before;
        let (price, before) = match (maker.settings.convention, prices) {
            // KRA checks quantity × price here.
            (Convention::InclusiveNet | Convention::InclusiveGross, _) => {
                (price.filter(|price| meets(price, totals.before_discount))?, totals.before_discount)
            }
            (Convention::ExclusiveNet, Prices::TaxExclusive) => {
                let before = self.line.before_discount();
                (price.filter(|price| meets(price, before)).unwrap_or_else(|| per_unit(before, quantity)), before)
            }
            (Convention::ExclusiveNet, Prices::TaxInclusive) => {
                let before = self.net_before(percent, totals);
                (per_unit(before, quantity), before)
            }
        };
        maker.with_percent(quantity, price, before, percent, totals.total)
    }

    /// The net amount that comes to the line's net total after a percent of it is taken off.
    fn net_before(&self, percent: Percent, totals: &LineTotals) -> Amount {
        let left = Decimal::ONE - percent.decimal() / Decimal::ONE_HUNDRED;
        match left.is_zero() {
            true => split_gross(totals.before_discount, self.rate).0,
            false => Amount::rounded(split_gross(totals.total, self.rate).0.decimal() / left),
        }
    }
}
