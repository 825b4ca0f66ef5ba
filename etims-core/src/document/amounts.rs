//! From a draft's numbers to its money, with the checks that need arithmetic.

use rust_decimal::Decimal;

use super::draft::{DiscountDraft, InvoiceDraft, LineDraft};
use super::invoice::{ForeignLine, ForeignTotals, Payment};
use crate::codes::PaymentMethod;
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::rules::{Findings, catalogue as rule};
use crate::settings::{FractionPolicy, Settings};
use crate::totals::{Computed, Discount, PricedLine, Totals, allocate, compute};
use crate::wire::limits;

/// The money of a draft in shillings, and in its own currency where that is another.
pub(super) struct Amounts {
    pub(super) computed: Computed,
    pub(super) totals: Totals,
    pub(super) foreign: Option<(ForeignTotals, Vec<ForeignLine>)>,
}

impl Amounts {
    /// Computes a draft's money; `None` where a number is missing or out of range, which the rules report.
    pub(super) fn of(draft: &InvoiceDraft, settings: &Settings, findings: &mut Findings) -> Option<Amounts> {
        let rate = draft.currency.as_ref().map_or(Decimal::ONE, |currency| currency.rate);
        let own = priced(draft, Decimal::ONE);
        let shillings = match draft.currency {
            Some(_) => {
                priced(draft, rate).filter(|_| rate > Decimal::ZERO && rate <= Decimal::from(limits::EXCHANGE_RATE))
            }
            None => own.clone(),
        };
        let (Some(own), Some(shillings)) = (own, shillings.filter(Priced::fits)) else {
            // The rules report what is missing or out of range by itself: what is left are products and sums.
            if !findings.has_errors() {
                findings.add(&rule::DOC_TOTAL_SIZE, "lines", "come to more than KRA's fields hold.");
            }
            return None;
        };
        if !discounts_fit(&own, findings) || !discounts_fit(&shillings, findings) {
            return None;
        }
        check_line_amounts(draft, &own, findings);
        let computed = shillings.compute(draft, settings);
        check_quantities(draft, &computed, settings, findings);
        let totals = Totals::of(&computed.wire);
        if computed.wire.len() > limits::LINES {
            let message = format!("{} lines on the wire after splitting.", computed.wire.len());
            findings.add(&rule::DOC_LINES_MANY, "lines", message);
        }
        let foreign = draft.currency.as_ref().map(|currency| {
            let computed = own.compute(draft, settings);
            let total = computed.lines.iter().map(|line| line.total).sum();
            let lines =
                computed.lines.iter().map(|line| ForeignLine { unit_price: line.unit_price, total: line.total });
            (ForeignTotals { currency: currency.clone(), total }, lines.collect())
        });
        Some(Amounts { computed, totals, foreign })
    }

    /// What the buyer pays, in the document's currency.
    pub(super) fn payable(&self) -> Amount {
        self.foreign.as_ref().map_or(self.totals.total(), |(foreign, _)| foreign.total)
    }
}

/// Refuses a draft that computes to another total than the caller expects.
pub(super) fn check_expected(draft: &InvoiceDraft, payable: Amount, findings: &mut Findings) {
    if let Some(expected) = draft.expected_total
        && expected != payable.decimal()
    {
        findings.add(&rule::DOC_TOTAL, "expected_total", format!("is {expected}, the lines come to {payable}."));
    }
    if payable.is_zero() && !draft.lines.is_empty() {
        findings.add(&rule::DOC_TOTAL_ZERO, "lines", "come to 0.00.");
    }
}

/// The tenders in shillings. They must add up to what the buyer pays.
pub(super) fn payments(
    draft: &InvoiceDraft,
    payable: Amount,
    total: Amount,
    default: PaymentMethod,
    findings: &mut Findings,
) -> Vec<Payment> {
    if draft.payments.is_empty() {
        return vec![Payment { method: default, amount: total, reference: None, due: None }];
    }
    let given: Option<Vec<Amount>> = draft.payments.iter().map(|payment| exact(payment.amount)).collect();
    let Some(given) = given else { return Vec::new() };
    let single = draft.payments.len() == 1 && draft.payments[0].amount.is_none();
    let given = if single { vec![payable] } else { given };
    let sum: Amount = given.iter().copied().sum();
    if sum != payable {
        findings.add(&rule::PAYMENT_SUM, "payments", format!("add up to {sum}, the total is {payable}."));
    }
    let shillings = if draft.currency.is_some() { allocate(total, &given) } else { given };
    let with_amounts = draft.payments.iter().zip(shillings);
    with_amounts
        .map(|(payment, amount)| Payment {
            method: payment.method,
            amount,
            reference: payment.reference.clone(),
            due: payment.due,
        })
        .collect()
}

/// An amount in whole cents; a missing one counts as nothing.
fn exact(amount: Option<Decimal>) -> Option<Amount> {
    Amount::exact(amount.unwrap_or_default()).filter(|amount| amount.decimal() < limits::amount_bound())
}

#[derive(Clone)]
struct Priced {
    lines: Vec<PricedLine>,
    basket: Option<Discount>,
}

impl Priced {
    fn before_basket(&self) -> Amount {
        self.lines.iter().map(|line| line.before_discount() - line.discount_amount()).sum()
    }

    fn fits(&self) -> bool {
        let total: Amount = self.lines.iter().map(PricedLine::before_discount).sum();
        total.decimal() < limits::amount_bound() / Decimal::TWO
    }

    fn compute(&self, draft: &InvoiceDraft, settings: &Settings) -> Computed {
        compute(&self.lines, self.basket.as_ref(), draft.prices, settings)
    }
}

/// The draft's numbers times an exchange rate; no rounding before the line's money.
fn priced(draft: &InvoiceDraft, rate: Decimal) -> Option<Priced> {
    if draft.lines.is_empty() {
        return None;
    }
    let lines = draft.lines.iter().map(|line| priced_line(line, rate)).collect::<Option<Vec<_>>>()?;
    let basket = match &draft.discount {
        Some(discount) => Some(discount_of(discount, rate)?),
        None => None,
    };
    Some(Priced { lines, basket })
}

fn priced_line(line: &LineDraft, rate: Decimal) -> Option<PricedLine> {
    let quantity = line.quantity.decimal();
    let in_range = |value: &Decimal, bound: Decimal| *value >= Decimal::ZERO && *value < bound;
    if quantity <= Decimal::ZERO
        || quantity >= limits::quantity_bound()
        || line.quantity.decimals() > limits::LONG_DECIMALS
    {
        return None;
    }
    let convert = |value: Decimal| value.checked_mul(rate).filter(|value| in_range(value, limits::amount_bound()));
    let unit_price = match line.unit_price {
        Some(price) => Some(convert(price.decimal())?),
        None => None,
    };
    let amount = match line.amount {
        Some(amount) => Some(Amount::rounded(convert(amount)?)),
        None => None,
    };
    if unit_price.is_none() && amount.is_none() {
        return None;
    }
    if let Some(price) = unit_price {
        quantity.checked_mul(price).filter(|product| in_range(product, limits::amount_bound()))?;
    }
    let discount = match &line.discount {
        Some(discount) => Some(discount_of(discount, rate)?),
        None => None,
    };
    let unit_price = unit_price.map(UnitPrice::new);
    Some(PricedLine { quantity: line.quantity, unit_price, amount, discount, tax: line.tax? })
}

fn discount_of(discount: &DiscountDraft, rate: Decimal) -> Option<Discount> {
    match (discount.percent, discount.amount) {
        (Some(percent), None) => {
            (percent >= Percent::ZERO && percent <= Percent::whole(100)).then_some(Discount::Percent(percent))
        }
        (None, Some(amount)) => {
            let money = amount.checked_mul(rate)?;
            (money >= Decimal::ZERO && money < limits::amount_bound()).then(|| Discount::Amount(Amount::rounded(money)))
        }
        _ => None,
    }
}

fn discounts_fit(priced: &Priced, findings: &mut Findings) -> bool {
    let mut fit = true;
    for (index, line) in priced.lines.iter().enumerate() {
        let (discount, before) = (line.discount_amount(), line.before_discount());
        if discount > before {
            fit = false;
            let message = format!("{discount} is more than the line's {before}.");
            findings.add(&rule::LINE_DISCOUNT_RANGE, format!("lines[{index}].discount.amount"), message);
        }
    }
    let before = priced.before_basket();
    if let Some(discount) = priced.basket.map(|basket| basket.off(before)).filter(|discount| fit && *discount > before)
    {
        fit = false;
        let message = format!("{discount} is more than the lines' {before}.");
        findings.add(&rule::DOC_DISCOUNT_RANGE, "discount.amount", message);
    }
    fit
}

/// Warns where one unit stands for a quantity that cannot be sent, unless the device's policy asks for that.
fn check_quantities(draft: &InvoiceDraft, computed: &Computed, settings: &Settings, findings: &mut Findings) {
    for wire in computed.wire.iter().filter(|wire| wire.quantity == Quantity::ONE) {
        let quantity = draft.lines[wire.line].quantity;
        let rounded = quantity.rounded();
        let is_policy = settings.fraction_policy == FractionPolicy::SingleUnit && rounded != quantity;
        let is_whole = wire.total == computed.lines[wire.line].total && rounded != Quantity::ONE;
        if is_whole && !is_policy {
            let message = format!("{quantity} is sent as 1.");
            findings.add(&rule::LINE_QTY_ONE, format!("lines[{}].quantity", wire.line), message);
        }
    }
}

fn check_line_amounts(draft: &InvoiceDraft, priced: &Priced, findings: &mut Findings) {
    for (index, (line, priced)) in draft.lines.iter().zip(&priced.lines).enumerate() {
        let before = priced.before_discount();
        if let (Some(_), Some(price)) = (priced.amount, priced.unit_price) {
            let product = priced.quantity * price;
            if product != before {
                let message = format!("{before} is not {} × {price} = {product}.", priced.quantity);
                findings.add(&rule::LINE_AMOUNT_WINS, format!("lines[{index}].amount"), message);
            }
        }
        if before.is_zero() {
            findings.add(&rule::LINE_PRICE_ZERO, format!("lines[{index}].unit_price"), "comes to 0.00.");
        }
        if let Some(amount) = line.insurance.as_ref().and_then(|insurance| insurance.amount)
            && amount > before.decimal()
        {
            let message = format!("{amount} is more than the line's {before}.");
            findings.add(&rule::LINE_INSURANCE_AMOUNT, format!("lines[{index}].insurance.amount"), message);
        }
    }
}
