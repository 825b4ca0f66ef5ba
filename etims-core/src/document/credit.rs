//! Credit notes from the sale they credit: whole, by line, by quantity or by amount, never more than is left.

use chrono::Months;
use rust_decimal::Decimal;

use super::amounts::{check_expected, payments};
use super::check::header_of;
use super::draft::{CreditLineDraft, InvoiceDraft};
use super::invoice::{Credit, CreditedPart, Invoice, Line};
use super::{Insurance, Kind, Prices};
use crate::codes::CreditReason;
use crate::money::{Amount, Quantity, UnitPrice};
use crate::party::Buyer;
use crate::rules::{Findings, catalogue as rule};
use crate::settings::{Convention, Settings};
use crate::time::{Timestamp, local_date};
use crate::totals::{LineTotals, Totals, WireLine, WireMaker, gross_up, in_proportion, split_gross};
use crate::wire::limits;

/// Months in which a credit note may be issued without a second thought: VAT Act 2013 s. 16(2).
const CREDIT_MONTHS: u32 = 6;

/// A signed sale with the credit notes already made for it: the ledger of what may still be credited.
#[derive(Clone, Debug)]
pub struct Original<'a> {
    /// The sale.
    pub invoice: &'a Invoice,
    /// KRA's number of it.
    pub invoice_number: u64,
    /// The number printed on it: `{SCU id}/{receipt number}`.
    pub cu_invoice_number: String,
    /// Earlier credit notes for it, refused ones left out.
    pub credited: &'a [Invoice],
}

/// What is left of one line of a sale.
#[derive(Clone, Copy, Debug)]
struct Left {
    quantity: Decimal,
    money: Amount,
    /// Whether money was credited without goods: what is left no longer follows the price.
    lowered: bool,
}

/// Warns or refuses by the dates of a note and its original.
pub(super) fn check_dates(issued_at: Timestamp, original: Timestamp, findings: &mut Findings) {
    if issued_at < original {
        findings.add(&rule::CREDIT_DATE, "issued_at", format!("is before the original's {}.", original.to_rfc3339()));
    }
    let last_day = local_date(original).checked_add_months(Months::new(CREDIT_MONTHS));
    if last_day.is_some_and(|last_day| local_date(issued_at) > last_day) {
        let message = format!("is more than {CREDIT_MONTHS} months after the original.");
        findings.add(&rule::CREDIT_LATE, "issued_at", message);
    }
}

/// Whether two buyers are the same to KRA, who compares the PIN and the name as it was sent.
pub(super) fn same_buyer(one: &Buyer, other: &Buyer) -> bool {
    let name = |buyer: &Buyer| buyer.name.as_deref().map(|name| limits::cut(name, limits::BUYER_NAME).to_owned());
    one.pin == other.pin && name(one) == name(other)
}

impl Original<'_> {
    /// What is left of one line of the sale: quantity as the caller counts it, and money, VAT inside.
    ///
    /// # Panics
    /// When the sale has no such line, counted from 0.
    pub fn left_of(&self, line: usize) -> (Quantity, Amount) {
        let left = self.ledger()[line];
        (Quantity::new(left.quantity), left.money)
    }

    fn ledger(&self) -> Vec<Left> {
        let whole = |line: &Line| Left { quantity: line.quantity.decimal(), money: line.totals.total, lowered: false };
        let mut ledger: Vec<Left> = self.invoice.lines.iter().map(whole).collect();
        for part in self.credited.iter().filter_map(Invoice::credits).flat_map(|credit| &credit.parts) {
            if let Some(left) = ledger.get_mut(part.line) {
                left.quantity -= part.quantity.decimal();
                left.money -= part.total;
                left.lowered |= part.quantity == Quantity::default();
            }
        }
        ledger
    }

    /// The settings of a note for this sale: the device's, with the rates and the walk-in name of the sale.
    pub(super) fn settings(&self, device: &Settings) -> Settings {
        let of_sale = &self.invoice.settings;
        Settings { rates: of_sale.rates, walk_in_name: of_sale.walk_in_name.clone(), ..device.clone() }
    }

    /// Checks identity, dates and kind of a note against this sale.
    pub(super) fn check_against(&self, draft: &InvoiceDraft, findings: &mut Findings) {
        let Some(credit) = &draft.credit else { return };
        let (named, sale, path) = (&credit.original, self.invoice, "credit.original");
        if sale.kind != Kind::Sale {
            findings.add(&rule::CREDIT_UNEXPECTED, path, "is a credit note itself.");
        }
        let same_reference = named.reference.as_deref().is_none_or(|reference| reference == sale.reference);
        let same_number = named.invoice_number.is_none_or(|number| number == self.invoice_number);
        let same_cu_number = named.cu_invoice_number.as_ref().is_none_or(|number| *number == self.cu_invoice_number);
        if !same_reference || !same_number || !same_cu_number {
            findings.add(&rule::CREDIT_ORIGINAL_UNKNOWN, path, format!("names another sale than {}.", sale.reference));
        }
        if sale.mode != draft.mode {
            findings.add(&rule::CREDIT_ORIGINAL_UNKNOWN, path, "is of another mode than the note.");
        }
        let as_sent =
            |buyer: Buyer| Buyer { name: buyer.name.or_else(|| Some(sale.settings.walk_in_name.clone())), ..buyer };
        if !same_buyer(&as_sent(self.buyer(draft)), &as_sent(sale.buyer.clone())) {
            findings.add(&rule::CREDIT_BUYER, "buyer", "is not the original's.");
        }
        check_dates(draft.issued_at, sale.issued_at, findings);
        if self.credited.len() >= 2 {
            let message = format!("is number {} for this sale.", self.credited.len() + 1);
            findings.add(&rule::CREDIT_THIRD, path, message);
        }
    }

    /// The note's buyer: the original's, by name at least.
    pub(super) fn buyer(&self, draft: &InvoiceDraft) -> Buyer {
        let buyer = draft.buyer.as_ref().unwrap_or(&self.invoice.buyer).clone();
        let name = buyer.name.filter(|name| !name.trim().is_empty());
        Buyer { name: name.or_else(|| self.invoice.buyer.name.clone()), ..buyer }
    }

    /// Takes the lines of a note from this sale.
    pub(super) fn credit(&self, draft: &InvoiceDraft, settings: &Settings, findings: &mut Findings) -> Option<Invoice> {
        self.check_against(draft, findings);
        for (key, is_given) in [("discount", draft.discount.is_some()), ("currency", draft.currency.is_some())] {
            if is_given {
                findings.add(&rule::CREDIT_MONEY, key, "stands on a note that takes its lines from the original.");
            }
        }
        let credit = draft.credit.as_ref()?;
        let mut note = Note {
            original: self,
            settings,
            ledger: self.ledger(),
            lines: Vec::new(),
            wire: Vec::new(),
            parts: Vec::new(),
        };
        if credit.lines.is_empty() {
            (0..self.invoice.lines.len()).for_each(|line| note.take_rest(line));
        }
        for (index, wanted) in credit.lines.iter().enumerate() {
            note.take(wanted, &format!("credit.lines[{index}]"), findings);
        }
        if note.wire.is_empty() {
            if !findings.has_error_at("credit") {
                findings.add(&rule::CREDIT_NOTHING_LEFT, "credit", "finds nothing left of the original.");
            }
            return None;
        }
        if note.wire.len() > limits::LINES {
            let message = format!("{} lines on the wire after splitting.", note.wire.len());
            findings.add(&rule::DOC_LINES_MANY, "credit.lines", message);
        }
        let mut invoice = header_of(draft, self.buyer(draft), settings, findings);
        invoice.prices = self.invoice.prices;
        invoice.totals = Totals::of(&note.wire);
        let total = invoice.totals.total();
        // A note for a sale in a foreign currency is stated in shillings: the rate of the sale is in its amounts.
        check_expected(draft, total, findings);
        invoice.payments = payments(draft, total, total, self.invoice.main_payment(), findings);
        invoice.credit = Some(self.credit_of(draft, note.parts));
        invoice.lines = note.lines;
        invoice.wire = note.wire;
        Some(invoice)
    }

    /// What a note says of this sale.
    pub(super) fn credit_of(&self, draft: &InvoiceDraft, parts: Vec<CreditedPart>) -> Credit {
        let credit = draft.credit.as_ref();
        Credit {
            original_reference: Some(self.invoice.reference.clone()),
            original_invoice_number: self.invoice_number,
            original_cu_invoice_number: self.cu_invoice_number.clone(),
            reason: credit.and_then(|credit| credit.reason).unwrap_or(CreditReason::Refund),
            note: credit.and_then(|credit| credit.note.clone()),
            parts,
        }
    }

    /// What a note that brings its own lines takes from which line of this sale: the first of the same item and band
    /// that has as much left.
    pub(super) fn parts_of(&self, lines: &[Line], findings: &mut Findings) -> Vec<CreditedPart> {
        let mut ledger = self.ledger();
        let mut parts = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let (quantity, total) = (line.quantity, line.totals.total);
            let sold = self.invoice.lines.iter().enumerate();
            let same = sold.filter(|(_, sold)| sold.item_code == line.item_code && sold.tax_type == line.tax_type);
            let mut same = same.map(|(position, _)| position).peekable();
            if same.peek().is_none() {
                let message = format!("{:?} in band {} is not on the original.", line.item_code, line.tax_type);
                findings.add(&rule::CREDIT_LINE, format!("lines[{index}].item_code"), message);
                continue;
            }
            let enough = |at: &usize| quantity.decimal() <= ledger[*at].quantity && total <= ledger[*at].money;
            let Some(position) = same.find(enough) else {
                let message = format!("{quantity} for {total} are more than the original has left.");
                findings.add(&rule::CREDIT_TOO_MUCH, format!("lines[{index}].quantity"), message);
                continue;
            };
            ledger[position].quantity -= quantity.decimal();
            ledger[position].money -= total;
            parts.push(CreditedPart { line: position, quantity, total });
        }
        parts
    }
}

/// A credit note while its lines are taken from the original.
struct Note<'o> {
    original: &'o Original<'o>,
    settings: &'o Settings,
    ledger: Vec<Left>,
    lines: Vec<Line>,
    wire: Vec<WireLine>,
    parts: Vec<CreditedPart>,
}

impl Note<'_> {
    /// Whether nothing of a line can be credited any more. A line that was given away has only its goods.
    fn is_exhausted(&self, line: usize) -> bool {
        let left = self.ledger[line];
        if self.original.invoice.lines[line].totals.total.is_zero() {
            left.quantity.is_zero()
        } else {
            left.money.is_zero()
        }
    }

    fn take_rest(&mut self, line: usize) {
        if !self.is_exhausted(line) {
            let left = self.ledger[line];
            self.push(line, Quantity::new(left.quantity), left.money);
        }
    }

    fn take(&mut self, wanted: &CreditLineDraft, path: &str, findings: &mut Findings) {
        let Some(line) = (wanted.line as usize).checked_sub(1).filter(|line| *line < self.ledger.len()) else {
            let message = format!("the original has no line {}.", wanted.line);
            return findings.add(&rule::CREDIT_LINE, format!("{path}.line"), message);
        };
        if self.is_exhausted(line) {
            return findings.add(&rule::CREDIT_TOO_MUCH, path, "nothing of this line is left.");
        }
        if findings.has_error_at(path) {
            return;
        }
        let left = self.ledger[line];
        match (wanted.amount.and_then(Amount::exact), wanted.quantity) {
            (Some(amount), _) => {
                let amount = self.with_tax(line, amount);
                if amount > left.money {
                    let message = format!("{amount} is more than the {} left.", left.money);
                    return findings.add(&rule::CREDIT_TOO_MUCH, format!("{path}.amount"), message);
                }
                self.push(line, Quantity::default(), amount);
            }
            (None, Some(quantity)) if quantity.decimal() > left.quantity => {
                let message = format!("{quantity} is more than the {} left.", Quantity::new(left.quantity));
                findings.add(&rule::CREDIT_TOO_MUCH, format!("{path}.quantity"), message);
            }
            (None, Some(quantity)) if quantity.decimal() < left.quantity => {
                let money = self.price_of(line, quantity);
                self.push(line, quantity, money);
            }
            (None, _) => self.take_rest(line),
        }
    }

    fn with_tax(&self, line: usize, amount: Amount) -> Amount {
        match self.original.invoice.prices {
            Prices::TaxInclusive => amount,
            Prices::TaxExclusive => gross_up(amount, self.original.invoice.lines[line].rate),
        }
    }

    /// What some of a line is worth: quantity × price where the sale's line has one price and no money of it was credited
    /// by itself, else its share of what is left.
    fn price_of(&self, line: usize, quantity: Quantity) -> Amount {
        let (sold, left) = (&self.original.invoice.lines[line], self.ledger[line]);
        let share = in_proportion(left.money, quantity.decimal(), left.quantity);
        let is_exclusive = self.settings.convention == Convention::ExclusiveNet;
        let money = match (is_exclusive, self.original.invoice.prices) {
            // The net price of the wire is not the price the customer knows.
            (true, Prices::TaxInclusive) => share,
            _ => match self.one_price(line).filter(|_| !left.lowered) {
                Some(wire) => self.maker(line).total_at(quantity, wire.unit_price, wire.discount_rate),
                // A K3 line from net prices is a net amount with its tax.
                None if is_exclusive => gross_up(split_gross(share, sold.rate).0, sold.rate),
                None => share,
            },
        };
        if money <= left.money { money } else { share }
    }

    /// What KRA got for a line; nothing where the device speaks to KRA in other amounts now.
    fn sold_as(&self, line: usize) -> &[WireLine] {
        let (then, now) = (&self.original.invoice.settings, self.settings);
        let alike = then.convention == now.convention && then.discount_wire == now.discount_wire;
        if alike { self.original.invoice.wire_of(line) } else { &[] }
    }

    /// The wire line of a line that has one price: what any quantity costs follows from it.
    fn one_price(&self, line: usize) -> Option<WireLine> {
        let [wire] = self.sold_as(line) else { return None };
        let same_measure = wire.quantity == self.original.invoice.lines[line].quantity;
        let total = self.maker(line).total_at(wire.quantity, wire.unit_price, wire.discount_rate);
        (same_measure && total == wire.total).then_some(*wire)
    }

    fn maker(&self, line: usize) -> WireMaker<'_> {
        let sold = &self.original.invoice.lines[line];
        WireMaker { line: self.lines.len(), tax_type: sold.tax_type, rate: sold.rate, settings: self.settings }
    }

    /// Credits some of a line for this money; quantity 0 is money without goods, which the wire shows as one unit.
    fn push(&mut self, line: usize, quantity: Quantity, total: Amount) {
        let wire = self.wire_lines(line, quantity, total);
        let tax = wire.iter().map(|wire| wire.tax).sum();
        self.lines.push(self.line_of(line, quantity, total, tax));
        self.wire.extend(wire);
        self.parts.push(CreditedPart { line, quantity, total });
        self.ledger[line].quantity -= quantity.decimal();
        self.ledger[line].money -= total;
    }

    fn wire_lines(&self, line: usize, quantity: Quantity, total: Amount) -> Vec<WireLine> {
        let (sold, sold_as) = (&self.original.invoice.lines[line], self.sold_as(line));
        if quantity == sold.quantity && total == sold.totals.total && !sold_as.is_empty() {
            return sold_as.iter().map(|wire| WireLine { line: self.lines.len(), ..*wire }).collect();
        }
        let maker = self.maker(line);
        let mut lines = Vec::with_capacity(2);
        if quantity == Quantity::default() {
            maker.meeting(Quantity::ONE, total, None, &mut lines);
            return lines;
        }
        let at_price = self.one_price(line).filter(|_| quantity.rounded() == quantity).and_then(|wire| {
            let before = quantity * UnitPrice::new(wire.unit_price.decimal());
            maker.with_percent(quantity, wire.unit_price, before, wire.discount_rate, total)
        });
        match at_price {
            Some(wire) => lines.push(wire),
            None => maker.meeting(quantity, total, None, &mut lines),
        }
        lines
    }

    /// The line as the customer knows it. Its discounts follow the goods, the insurer's share the money; the last note
    /// gets what rounding left.
    fn line_of(&self, line: usize, quantity: Quantity, total: Amount, tax: Amount) -> Line {
        let (sold, left) = (&self.original.invoice.lines[line], self.ledger[line]);
        let rest = |taken: Decimal, left: Decimal, whole: Decimal| {
            move |amount: Amount| in_proportion(amount, left, whole) - in_proportion(amount, left - taken, whole)
        };
        let with_goods = rest(quantity.decimal(), left.quantity, sold.quantity.decimal());
        let with_money = rest(total.decimal(), left.money.decimal(), sold.totals.total.decimal());
        let (discount, basket_discount) = (with_goods(sold.totals.discount), with_goods(sold.totals.basket_discount));
        let before_discount = total + discount + basket_discount;
        let quantity = if quantity == Quantity::default() { Quantity::ONE } else { quantity };
        let stands = quantity * sold.totals.unit_price == before_discount;
        let per_unit = || UnitPrice::new(Amount::rounded(before_discount.decimal() / quantity.decimal()).decimal());
        let unit_price = if stands { sold.totals.unit_price } else { per_unit() };
        Line {
            quantity,
            totals: LineTotals { unit_price, before_discount, discount, basket_discount, total, tax },
            foreign: None,
            insurance: sold
                .insurance
                .as_ref()
                .map(|insurance| Insurance { amount: with_money(insurance.amount), ..insurance.clone() }),
            ..sold.clone()
        }
    }
}
