//! Credit notes from the sale they credit: whole, by line, by quantity or by amount, never more than is left.

use chrono::Months;
use rust_decimal::Decimal;

use super::amounts::{check_expected, payments};
use super::check::{header_of, same_buyer};
use super::draft::{CreditLineDraft, InvoiceDraft};
use super::invoice::{Credit, CreditedPart, Invoice, Line};
use super::{Kind, Prices};
use crate::codes::CreditReason;
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::party::Buyer;
use crate::rules::{Findings, catalogue as rule};
use crate::settings::{Convention, Settings};
use crate::time::{Timestamp, local_date};
use crate::totals::{LineTotals, Totals, WireLine, gross_up, split_gross};

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

impl Original<'_> {
    /// Checks identity and dates of a note against this sale.
    pub(super) fn check_against(&self, draft: &InvoiceDraft, findings: &mut Findings) {
        let Some(credit) = &draft.credit else { return };
        let named = &credit.original;
        let path = "credit.original";
        if self.invoice.kind != Kind::Sale {
            findings.add(&rule::CREDIT_UNEXPECTED, path, "is a credit note itself.");
        }
        let same_reference = named.reference.as_deref().is_none_or(|reference| reference == self.invoice.reference);
        let same_number = named.invoice_number.is_none_or(|number| number == self.invoice_number);
        let same_cu_number = named.cu_invoice_number.as_ref().is_none_or(|number| *number == self.cu_invoice_number);
        if !same_reference || !same_number || !same_cu_number {
            let message = format!("names another sale than {}.", self.invoice.reference);
            findings.add(&rule::CREDIT_ORIGINAL_UNKNOWN, path, message);
        }
        if draft.buyer.as_ref().is_some_and(|buyer| !same_buyer(buyer, &self.invoice.buyer)) {
            findings.add(&rule::CREDIT_BUYER, "buyer", "is not the original's.");
        }
        check_dates(draft.issued_at, self.invoice.issued_at, findings);
        if self.credited.len() >= 2 {
            let message = format!("is number {} for this sale.", self.credited.len() + 1);
            findings.add(&rule::CREDIT_THIRD, path, message);
        }
    }

    /// Takes the lines of a note from this sale.
    pub(super) fn credit(&self, draft: &InvoiceDraft, settings: &Settings, findings: &mut Findings) -> Option<Invoice> {
        self.check_against(draft, findings);
        let credit = draft.credit.as_ref()?;
        let whole: Vec<CreditLineDraft>;
        let wanted = match credit.lines.is_empty() {
            false => &credit.lines,
            true => {
                let lines = 1..=u32::try_from(self.invoice.lines.len()).expect("at most 999 lines");
                whole = lines.map(|line| CreditLineDraft { line, quantity: None, amount: None }).collect();
                &whole
            }
        };
        let mut note = Note { original: self, lines: Vec::new(), wire: Vec::new(), parts: Vec::new() };
        for (index, line) in wanted.iter().enumerate() {
            let path = format!("credit.lines[{index}]");
            let Some(position) = (line.line as usize).checked_sub(1).filter(|at| *at < self.invoice.lines.len()) else {
                findings.add(
                    &rule::CREDIT_LINE,
                    format!("{path}.line"),
                    format!("the original has no line {}.", line.line),
                );
                continue;
            };
            note.take(position, line, credit.lines.is_empty(), &path, findings);
        }
        if note.wire.is_empty() {
            if !findings.has_error_at("credit") {
                findings.add(&rule::CREDIT_NOTHING_LEFT, "credit", "finds nothing left of the original.");
            }
            return None;
        }
        let buyer = draft.buyer.clone().unwrap_or_else(|| self.invoice.buyer.clone());
        let buyer = Buyer { name: buyer.name.or_else(|| self.invoice.buyer.name.clone()), ..buyer };
        let mut invoice = header_of(draft, buyer, settings, findings);
        invoice.settings =
            Settings { walk_in_name: self.invoice.buyer_name().to_owned(), ..self.invoice.settings.clone() };
        invoice.prices = self.invoice.prices;
        invoice.totals = Totals::of(&note.wire);
        let total = invoice.totals.total();
        // A note in the original's currency is stated in shillings: the rate of the sale is already in its amounts.
        check_expected(draft, total, findings);
        invoice.payments = payments(draft, total, total, self.invoice.main_payment(), findings);
        invoice.credit = Some(Credit {
            original_reference: Some(self.invoice.reference.clone()),
            original_invoice_number: self.invoice_number,
            original_cu_invoice_number: self.cu_invoice_number.clone(),
            reason: credit.reason.unwrap_or(CreditReason::Refund),
            note: credit.note.clone(),
            parts: note.parts,
        });
        invoice.lines = note.lines;
        invoice.wire = note.wire;
        Some(invoice)
    }

    fn credited_parts(&self) -> impl Iterator<Item = &CreditedPart> {
        self.credited.iter().filter_map(Invoice::credit).flat_map(|credit| &credit.parts)
    }

    /// What is left of one line of the sale: quantity as the caller counts it, and money.
    pub fn left_of(&self, line: usize) -> (Quantity, Amount) {
        let of_line = || self.credited_parts().filter(move |part| part.line == line);
        let counted: Decimal = of_line().map(|part| part.counted.decimal()).sum();
        let money: Amount = of_line().map(|part| part.total).sum();
        let line = &self.invoice.lines[line];
        (Quantity::new(line.quantity.decimal() - counted), line.totals.total - money)
    }
}

/// What is left of one wire line.
struct Rest {
    quantity: Decimal,
    supply_amount: Amount,
    discount_amount: Amount,
    total: Amount,
}

/// A credit note while its lines are taken from the original.
struct Note<'o> {
    original: &'o Original<'o>,
    lines: Vec<Line>,
    wire: Vec<WireLine>,
    parts: Vec<CreditedPart>,
}

impl Note<'_> {
    fn take(&mut self, line: usize, wanted: &CreditLineDraft, whole: bool, path: &str, findings: &mut Findings) {
        let (left, money_left) = self.original.left_of(line);
        let by_amount = wanted.amount.and_then(Amount::exact);
        let quantity = wanted.quantity.unwrap_or(left);
        if money_left.is_zero() && left.decimal().is_zero() || whole && money_left.is_zero() && self.lines_paid() {
            if !whole {
                findings.add(&rule::CREDIT_TOO_MUCH, path, "nothing of this line is left.");
            }
            return;
        }
        if let Some(amount) = by_amount {
            let amount = self.with_tax(line, amount);
            if amount > money_left {
                let message = format!("{amount} is more than the {money_left} left.");
                return findings.add(&rule::CREDIT_TOO_MUCH, format!("{path}.amount"), message);
            }
            let part = self.lump(line, amount, Quantity::default());
            return self.push_line(line, Quantity::ONE, vec![part]);
        }
        if quantity > left {
            let message = format!("{quantity} is more than the {left} left.");
            return findings.add(&rule::CREDIT_TOO_MUCH, format!("{path}.quantity"), message);
        }
        let parts = if quantity == left { self.rest(line, left, money_left) } else { self.some(line, quantity) };
        let money: Amount = parts.iter().map(|(part, _)| part.total).sum();
        if money > money_left {
            let message = format!("{quantity} cost {money}, {money_left} is left.");
            return findings.add(&rule::CREDIT_TOO_MUCH, format!("{path}.quantity"), message);
        }
        self.push_line(line, quantity, parts);
    }

    /// Whether the sale was worth anything at all: lines given away are credited with the goods they are.
    fn lines_paid(&self) -> bool {
        !self.original.invoice.totals.total().is_zero()
    }

    fn with_tax(&self, line: usize, amount: Amount) -> Amount {
        match self.original.invoice.prices {
            Prices::TaxInclusive => amount,
            Prices::TaxExclusive => gross_up(amount, self.original.invoice.lines[line].rate),
        }
    }

    fn wire_of(&self, line: usize) -> impl Iterator<Item = (usize, &WireLine)> {
        self.original.invoice.wire.iter().enumerate().filter(move |(_, wire)| wire.line == line)
    }

    fn rest_of(&self, index: usize, wire: &WireLine) -> Rest {
        let mut rest = Rest {
            quantity: wire.quantity.decimal(),
            supply_amount: wire.supply_amount,
            discount_amount: wire.discount_amount,
            total: wire.total,
        };
        for part in self.original.credited_parts().filter(|part| part.wire == Some(index)) {
            rest.quantity -= part.quantity.decimal();
            rest.supply_amount -= part.supply_amount;
            rest.discount_amount -= part.discount_amount;
            rest.total -= part.total;
        }
        rest
    }

    /// Everything that is left of a line: what is left of each wire line, or one sum where money was credited before.
    fn rest(&self, line: usize, left: Quantity, money_left: Amount) -> Vec<(CreditedPart, WireLine)> {
        let by_amount = self.original.credited_parts().any(|part| part.line == line && part.wire.is_none());
        if by_amount {
            return vec![self.lump(line, money_left, left)];
        }
        let mut counted = left;
        let pieces = self.wire_of(line).filter_map(|(index, wire)| {
            let rest = self.rest_of(index, wire);
            (rest.quantity > Decimal::ZERO).then(|| {
                let part = CreditedPart {
                    line,
                    wire: Some(index),
                    quantity: Quantity::new(rest.quantity),
                    counted: std::mem::take(&mut counted),
                    supply_amount: rest.supply_amount,
                    discount_amount: rest.discount_amount,
                    total: rest.total,
                };
                self.piece(part, wire)
            })
        });
        pieces.collect()
    }

    /// Some of a line: from its wire lines in order while the wire counts as the caller does, else a share of the money.
    fn some(&self, line: usize, quantity: Quantity) -> Vec<(CreditedPart, WireLine)> {
        let original = &self.original.invoice.lines[line];
        let on_wire: Decimal = self.wire_of(line).map(|(_, wire)| wire.quantity.decimal()).sum();
        let by_amount = self.original.credited_parts().any(|part| part.line == line && part.wire.is_none());
        if on_wire != original.quantity.decimal() || quantity.decimals() > 2 || by_amount {
            let share = original.totals.total.decimal() * quantity.decimal() / original.quantity.decimal();
            return vec![self.lump(line, Amount::rounded(share), quantity)];
        }
        let mut wanted = quantity.decimal();
        let mut pieces = Vec::new();
        for (index, wire) in self.wire_of(line) {
            let rest = self.rest_of(index, wire);
            let taken = wanted.min(rest.quantity);
            if taken <= Decimal::ZERO {
                continue;
            }
            wanted -= taken;
            let share = |amount: Amount| Amount::rounded(amount.decimal() * taken / wire.quantity.decimal());
            let all = taken == rest.quantity;
            let supply_amount = if all { rest.supply_amount } else { share(wire.supply_amount) };
            let discount_amount = if all { rest.discount_amount } else { wire.discount_rate.of(supply_amount) };
            let total = if all { rest.total } else { share(wire.total) };
            let quantity = Quantity::new(taken);
            let part = CreditedPart {
                line,
                wire: Some(index),
                quantity,
                counted: quantity,
                supply_amount,
                discount_amount,
                total,
            };
            pieces.push(self.piece(part, wire));
        }
        pieces
    }

    /// Part of a wire line at its own price.
    fn piece(&self, mut part: CreditedPart, wire: &WireLine) -> (CreditedPart, WireLine) {
        let rate = self.original.invoice.lines[part.line].rate;
        let convention = self.original.invoice.settings.convention;
        if convention != Convention::ExclusiveNet && wire.discount_rate > Percent::ZERO {
            let before =
                if wire.supply_amount == wire.total { part.total } else { part.supply_amount - part.discount_amount };
            part.total = before;
        }
        let (taxable, tax, total) = match convention {
            Convention::InclusiveNet => with_total(split_gross(part.total, rate), part.total),
            Convention::InclusiveGross => (part.total, split_gross(part.total, rate).1, part.total),
            Convention::ExclusiveNet => {
                let taxable = if wire.supply_amount == wire.taxable {
                    part.supply_amount
                } else {
                    part.supply_amount - part.discount_amount
                };
                let tax = if part.total == wire.total { wire.tax } else { rate.of(taxable) };
                (taxable, tax, taxable + tax)
            }
        };
        part.total = total;
        let wire = WireLine {
            line: self.lines.len(),
            quantity: part.quantity,
            supply_amount: part.supply_amount,
            discount_amount: part.discount_amount,
            taxable,
            tax,
            total,
            ..*wire
        };
        (part, wire)
    }

    /// Money without goods, or a share that has no wire line of its own: quantity 1 at the amount.
    fn lump(&self, line: usize, total: Amount, counted: Quantity) -> (CreditedPart, WireLine) {
        let original = &self.original.invoice.lines[line];
        let convention = self.original.invoice.settings.convention;
        let (net, tax) = split_gross(total, original.rate);
        let priced = if convention == Convention::ExclusiveNet { net } else { total };
        let taxable = if convention == Convention::InclusiveGross { total } else { net };
        let wire = WireLine {
            line: self.lines.len(),
            quantity: Quantity::ONE,
            unit_price: priced,
            supply_amount: priced,
            discount_rate: Percent::ZERO,
            discount_amount: Amount::ZERO,
            tax_type: original.tax_type,
            taxable,
            tax,
            total,
        };
        let part = CreditedPart {
            line,
            wire: None,
            quantity: Quantity::ONE,
            counted,
            supply_amount: priced,
            discount_amount: Amount::ZERO,
            total,
        };
        (part, wire)
    }

    fn push_line(&mut self, line: usize, quantity: Quantity, pieces: Vec<(CreditedPart, WireLine)>) {
        let original = &self.original.invoice.lines[line];
        let total: Amount = pieces.iter().map(|(_, wire)| wire.total).sum();
        let tax = pieces.iter().map(|(_, wire)| wire.tax).sum();
        let in_proportion = |amount: Amount| {
            if original.totals.total.is_zero() {
                return amount;
            }
            Amount::rounded(amount.decimal() * total.decimal() / original.totals.total.decimal())
        };
        let discount = in_proportion(original.totals.discount);
        let basket_discount = in_proportion(original.totals.basket_discount);
        let before_discount = total + discount + basket_discount;
        let is_lump = pieces.iter().all(|(part, _)| part.wire.is_none() && part.counted == Quantity::default());
        let unit_price = if is_lump { UnitPrice::new(before_discount.decimal()) } else { original.totals.unit_price };
        self.lines.push(Line {
            quantity,
            totals: LineTotals { unit_price, before_discount, discount, basket_discount, total, tax },
            foreign: None,
            insurance: original
                .insurance
                .as_ref()
                .map(|insurance| super::Insurance { amount: in_proportion(insurance.amount), ..insurance.clone() }),
            ..original.clone()
        });
        for (part, wire) in pieces {
            self.parts.push(part);
            self.wire.push(wire);
        }
    }
}

fn with_total((taxable, tax): (Amount, Amount), total: Amount) -> (Amount, Amount, Amount) {
    (taxable, tax, total)
}
