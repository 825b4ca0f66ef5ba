//! From a draft to an invoice: every violation at once, or a document that cannot be wrong.

use std::borrow::Cow;

use super::amounts::{Amounts, check_expected, payments};
use super::credit::{Original, same_buyer};
use super::draft::{InvoiceDraft, LineDraft};
use super::invoice::{BasketDiscount, Credit, ForeignLine, Insurance, Invoice, Line};
use super::{Kind, OriginalDraft};
use crate::codes::{CreditReason, ItemCode, ItemType, PaymentMethod};
use crate::money::Amount;
use crate::party::Buyer;
use crate::rules::{self, Findings, Invalid, catalogue as rule};
use crate::settings::Settings;
use crate::totals::{LineTotals, Totals};
use crate::wire::limits;

impl Invoice {
    /// Checks and computes a draft: a sale, or a credit note that names its original whole.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check(draft: &InvoiceDraft, settings: &Settings) -> Result<Invoice, Invalid> {
        Invoice::check_with(draft, settings, None, Findings::default())
    }

    /// Checks and computes a credit note for a sale whose document is known.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check_credit(
        draft: &InvoiceDraft,
        settings: &Settings,
        original: &Original<'_>,
    ) -> Result<Invoice, Invalid> {
        Invoice::check_with(draft, settings, Some(original), Findings::default())
    }

    /// Checks and computes a draft, going on from what was found while it was read.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check_with(
        draft: &InvoiceDraft,
        settings: &Settings,
        original: Option<&Original<'_>>,
        mut findings: Findings,
    ) -> Result<Invoice, Invalid> {
        let original = original.filter(|_| draft.kind == Kind::CreditNote);
        // A note charges back what was charged: at the rates of its sale, as the device speaks to KRA today.
        let settings = original.map_or(Cow::Borrowed(settings), |original| Cow::Owned(original.settings(settings)));
        rules::draft::check(draft, &settings, &mut findings);
        let invoice = match original.filter(|_| draft.lines.is_empty()) {
            Some(original) => original.credit(draft, &settings, &mut findings),
            None => standalone(draft, &settings, original, &mut findings),
        };
        let warnings = findings.into_result()?;
        let mut invoice = invoice.expect("a draft without violations has computable amounts");
        invoice.warnings = warnings;
        Ok(invoice)
    }
}

/// A sale, or a credit note with lines of its own.
fn standalone(
    draft: &InvoiceDraft,
    settings: &Settings,
    original: Option<&Original<'_>>,
    findings: &mut Findings,
) -> Option<Invoice> {
    if draft.lines.is_empty() && draft.kind == Kind::Sale {
        findings.add(&rule::DOC_LINES, "lines", "are missing.");
    }
    let credit = match draft.kind {
        Kind::Sale => None,
        Kind::CreditNote => credit_of_named(draft, original, findings),
    };
    let buyer = original.map_or_else(|| buyer_of(draft, findings), |original| original.buyer(draft));
    let mut invoice = header_of(draft, buyer, settings, findings);
    let amounts = Amounts::of(draft, settings, findings)?;
    check_expected(draft, amounts.payable(), findings);
    let total = amounts.totals.total();
    invoice.payments = payments(draft, amounts.payable(), total, PaymentMethod::Cash, findings);
    if findings.has_errors() {
        return None;
    }
    let Amounts { computed, totals, foreign } = amounts;
    let (foreign, foreign_lines) = foreign.map_or((None, Vec::new()), |(totals, lines)| (Some(totals), lines));
    let with_totals = draft.lines.iter().zip(&computed.lines).enumerate();
    invoice.lines = with_totals
        .map(|(index, (line, totals))| line_of(line, *totals, foreign_lines.get(index).copied(), settings))
        .collect();
    invoice.foreign = foreign;
    invoice.basket = draft
        .discount
        .as_ref()
        .map(|discount| BasketDiscount { percent: discount.percent, reason: discount.reason.clone() });
    invoice.wire = computed.wire;
    invoice.totals = totals;
    invoice.credit = credit;
    if let (Some(original), Some(credit)) = (original, &mut invoice.credit) {
        credit.parts = original.parts_of(&invoice.lines, findings);
    }
    Some(invoice)
}

/// A document without its money.
pub(super) fn header_of(draft: &InvoiceDraft, buyer: Buyer, settings: &Settings, findings: &mut Findings) -> Invoice {
    let remark = remark_of(draft, &buyer, findings);
    Invoice {
        reference: draft.reference.clone(),
        kind: draft.kind,
        mode: draft.mode,
        issued_at: draft.issued_at,
        supply_date: draft.supply_date,
        prices: draft.prices,
        foreign: None,
        buyer,
        operator: draft.operator.clone().unwrap_or_default(),
        payments: Vec::new(),
        basket: None,
        lines: Vec::new(),
        wire: Vec::new(),
        totals: Totals::default(),
        credit: None,
        relates_to: draft.relates_to.clone(),
        messages: draft.messages.clone(),
        remark,
        settings: settings.clone(),
        warnings: Vec::new(),
    }
}

/// The sale's buyer, or that of a credit note whose original is named whole: it repeats the original's.
fn buyer_of(draft: &InvoiceDraft, findings: &mut Findings) -> Buyer {
    let original = draft.credit.as_ref().and_then(|credit| credit.original.buyer.as_ref());
    if let (Some(given), Some(original)) = (&draft.buyer, original)
        && !same_buyer(given, original)
    {
        findings.add(&rule::CREDIT_BUYER, "buyer", "is not the original's.");
    }
    let mut buyer = draft.buyer.as_ref().or(original).cloned().unwrap_or_default();
    buyer.name = buyer.name.filter(|name| !name.trim().is_empty());
    if buyer.name.is_none() && buyer.pin.is_none() {
        findings.add(&rule::BUYER_NAME_WALK_IN, "buyer.name", "is missing.");
    }
    buyer
}

fn remark_of(draft: &InvoiceDraft, buyer: &Buyer, findings: &mut Findings) -> Option<String> {
    let parts = [
        draft.remark.clone().filter(|remark| !remark.is_empty()),
        draft.relates_to.as_ref().map(|reference| format!("Supplements {reference}")),
        buyer.id.as_ref().map(|id| format!("Buyer {} {}", id.kind, id.number)),
        buyer.exemption.as_ref().map(|number| format!("Exemption {number}")),
    ];
    let remark = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let length = remark.chars().count();
    if length > limits::REMARK {
        findings.add(&rule::DOC_REMARK, "remark", format!("comes to {length} characters."));
    }
    Some(remark).filter(|remark| !remark.is_empty())
}

fn line_of(line: &LineDraft, totals: LineTotals, foreign: Option<ForeignLine>, settings: &Settings) -> Line {
    let told = line.item_type.is_none() || line.origin.is_none();
    let code = told.then(|| ItemCode::parse(&line.item_code).ok()?.any_reading()).flatten();
    let origin = line.origin.as_deref().or_else(|| code.map(|parts| parts.origin.code()));
    let tax_type = line.tax.expect("a computed line has a band");
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let code_of = |text: &Option<String>| text.as_deref().unwrap_or_default().to_ascii_uppercase();
    Line {
        item_code: line.item_code.clone(),
        item_type: line.item_type.or_else(|| code.map(|parts| parts.item_type)).unwrap_or(ItemType::Goods),
        origin: origin.unwrap_or("KE").to_owned(),
        classification: given(&line.classification),
        name: given(&line.name),
        description: line.description.clone(),
        packaging: code_of(&line.packaging),
        unit: code_of(&line.unit),
        packages: line.packages.unwrap_or(settings.packages),
        quantity: line.quantity,
        tax_type,
        rate: settings.rates.rate(tax_type),
        discount_percent: line.discount.as_ref().and_then(|discount| discount.percent),
        discount_reason: line.discount.as_ref().and_then(|discount| discount.reason.clone()),
        barcode: line.barcode.clone(),
        insurance: line.insurance.as_ref().map(|insurance| Insurance {
            code: insurance.code.clone(),
            name: insurance.name.clone(),
            rate: insurance.rate,
            amount: insurance.amount.and_then(Amount::exact).unwrap_or_else(|| insurance.rate.of(totals.total)),
        }),
        totals,
        foreign,
    }
}

/// The credit of a note that brings its own lines: the original is named whole, or known.
fn credit_of_named(draft: &InvoiceDraft, original: Option<&Original<'_>>, findings: &mut Findings) -> Option<Credit> {
    let credit = draft.credit.as_ref()?;
    let named = &credit.original;
    if !credit.lines.is_empty() {
        let message = match draft.lines.is_empty() {
            true => "count lines of an original that is not known.",
            false => "stand beside lines of the note's own.",
        };
        findings.add(&rule::CREDIT_LINES_TWICE, "credit.lines", message);
    }
    if let Some(original) = original {
        original.check_against(draft, findings);
        return Some(original.credit_of(draft, Vec::new()));
    }
    let (number, cu_number) = named_whole(draft, named, findings)?;
    if draft.lines.is_empty() {
        findings.add(&rule::DOC_LINES, "lines", "are missing, and the original's are not known.");
    }
    Some(Credit {
        original_reference: named.reference.clone(),
        original_invoice_number: number,
        original_cu_invoice_number: cu_number,
        reason: credit.reason.unwrap_or(CreditReason::Refund),
        note: credit.note.clone(),
        parts: Vec::new(),
    })
}

fn named_whole(draft: &InvoiceDraft, named: &OriginalDraft, findings: &mut Findings) -> Option<(u64, String)> {
    let path = "credit.original";
    if *named == OriginalDraft::default() && findings.has_error_at(path) {
        return None;
    }
    let number = named.invoice_number.filter(|number| *number > 0);
    if named.reference.is_some() && number.is_none() {
        findings.add(&rule::CREDIT_ORIGINAL_UNKNOWN, format!("{path}.reference"), "is no sale known here.");
        return None;
    }
    let parts = [
        ("invoice_number", number.is_some()),
        ("cu_invoice_number", named.cu_invoice_number.is_some()),
        ("issued_at", named.issued_at.is_some()),
    ];
    for (key, _) in parts.iter().filter(|(_, is_given)| !is_given) {
        findings.add(&rule::CREDIT_ORIGINAL, format!("{path}.{key}"), "is missing.");
    }
    if let Some(cu_number) = named.cu_invoice_number.as_ref().filter(|number| !is_cu_invoice_number(number)) {
        findings.add(&rule::CREDIT_ORIGINAL_CU, format!("{path}.cu_invoice_number"), format!("{cu_number:?} is none."));
    }
    if let Some(issued_at) = named.issued_at {
        super::credit::check_dates(draft.issued_at, issued_at, findings);
    }
    if named.buyer.as_ref().is_some_and(|buyer| buyer.name.as_deref().is_none_or(|name| name.trim().is_empty())) {
        let message = "is missing: KRA cannot credit a sale that was sent without a name.";
        findings.add(&rule::CREDIT_BUYER, format!("{path}.buyer.name"), message);
    }
    Some((number?, named.cu_invoice_number.clone()?))
}

/// `{SCU id}/{receipt number}`: the id's class is not checked (reference `compliance.md` §1.7).
fn is_cu_invoice_number(text: &str) -> bool {
    text.split_once('/').is_some_and(|(scu, number)| {
        (1..=18).contains(&scu.len())
            && scu.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && (1..=10).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
