//! The checks of an invoice that need no arithmetic: presence, form, lengths, dates.

use chrono::{Datelike as _, Months, NaiveDate};
use rust_decimal::Decimal;

use super::line::{self, DiscountRules, is_cents};
use super::place::Place;
use super::{Findings, catalogue as rule, text};
use crate::document::{CreditDraft, CreditLineDraft, Currency, InvoiceDraft, Kind, Mode};
use crate::money::Quantity;
use crate::party::Buyer;
use crate::settings::Settings;
use crate::tax::{TaxRates, schedule};
use crate::time;
use crate::wire::{Dialect, limits};

/// Legal Notice 189 of 2020: the first electronic tax invoice regulations.
const ETIMS_BEGAN: NaiveDate = NaiveDate::from_ymd_opt(2020, 9, 25).expect("a calendar date");

/// Months between two dates of a document that need no second look.
const NEAR: Months = Months::new(6);

/// Checks everything but the amounts.
pub(crate) fn check(draft: &InvoiceDraft, settings: &Settings, findings: &mut Findings) {
    check_settings(settings, findings);
    check_header(draft, findings);
    check_dates(draft, findings);
    if let Some(buyer) = &draft.buyer {
        check_buyer(buyer, Place::Object("buyer"), findings);
    }
    text::check_operator(draft.operator.as_ref(), findings);
    check_payments(draft, findings);
    if let Some(discount) = &draft.discount {
        let rules = DiscountRules {
            presence: &rule::DOC_DISCOUNT,
            either: &rule::DOC_DISCOUNT_EITHER,
            range: &rule::DOC_DISCOUNT_RANGE,
        };
        line::check_discount(discount, Place::Object("discount"), &rules, findings);
    }
    for (index, draft) in draft.lines.iter().enumerate() {
        line::check(draft, index, settings, findings);
    }
    check_rates(draft, settings, findings);
    check_credit(draft, findings);
}

fn check_settings(settings: &Settings, findings: &mut Findings) {
    if !settings.convention.allowed_on(settings.dialect) {
        let message = format!("{} is not taken on {}.", settings.convention.name(), settings.dialect);
        findings.add(&rule::DOC_CONVENTION, "settings.convention", message);
    }
    if settings.dialect == Dialect::Gateway && settings.rates != TaxRates::for_dialect(Dialect::Gateway) {
        findings.add(&rule::RATES_GATEWAY, "settings.rates", format!("are {}.", settings.rates));
    }
}

fn check_header(draft: &InvoiceDraft, findings: &mut Findings) {
    if text::is_blank(&draft.reference) {
        findings.add(&rule::DOC_REFERENCE, "reference", "is empty.");
    } else if text::is_longer(&draft.reference, limits::TRADER_INVOICE_NUMBER) {
        findings.add(&rule::DOC_REFERENCE_LENGTH, "reference", "is longer.");
    }
    if draft.kind == Kind::CreditNote && draft.mode == Mode::Proforma {
        findings.add(&rule::DOC_MODE, "mode", "is proforma.");
    }
    if draft.lines.len() > limits::LINES {
        findings.add(&rule::DOC_LINES_MANY, "lines", format!("{} lines.", draft.lines.len()));
    }
    if let Some(currency) = &draft.currency {
        check_currency(currency, findings);
    }
    for (path, text) in [("messages.top", &draft.messages.top), ("messages.bottom", &draft.messages.bottom)] {
        if let Some(text) = text {
            text::check(text, limits::MESSAGE, || path.to_owned(), findings);
        }
    }
    let texts = [
        ("reference", Some(&draft.reference)),
        ("remark", draft.remark.as_ref()),
        ("relates_to", draft.relates_to.as_ref()),
    ];
    for (path, text) in texts {
        text::check_whole(text.map(String::as_str), || path.to_owned(), findings);
    }
}

fn check_currency(currency: &Currency, findings: &mut Findings) {
    let code = &currency.code;
    if text::is_blank(code) {
        findings.add(&rule::DOC_CURRENCY, "currency.code", "is missing.");
    } else if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        findings.add(&rule::DOC_CURRENCY_CODE, "currency.code", format!("{code:?} is no currency code."));
    }
    let is_rate = currency.rate > Decimal::ZERO && currency.rate <= Decimal::from(limits::EXCHANGE_RATE);
    if !is_rate || code == "KES" && currency.rate != Decimal::ONE {
        findings.add(&rule::DOC_CURRENCY_RATE, "currency.rate", format!("{} is no rate.", currency.rate));
    }
    text::check_whole(currency.source.as_deref(), || "currency.source".to_owned(), findings);
}

fn check_dates(draft: &InvoiceDraft, findings: &mut Findings) {
    if findings.has_error_at("issued_at") {
        return;
    }
    let issued = time::local_date(draft.issued_at);
    if !limits::YEARS.contains(&issued.year()) {
        findings.add(&rule::DOC_YEAR, "issued_at", format!("is in {}.", issued.year()));
    } else if issued < ETIMS_BEGAN {
        findings.add(&rule::DOC_ISSUED_AT_ODD, "issued_at", format!("{issued} is before electronic invoicing began."));
    }
    let is_near = |date: NaiveDate| date <= issued && date.checked_add_months(NEAR).is_none_or(|late| late >= issued);
    let currency_date = draft.currency.as_ref().and_then(|currency| currency.date);
    for (path, date) in [("supply_date", draft.supply_date), ("currency.date", currency_date)] {
        if let Some(date) = date.filter(|date| !is_near(*date)) {
            findings.add(&rule::DOC_ISSUED_AT_ODD, path, format!("{date} for a document of {issued}."));
        }
    }
    for (index, payment) in draft.payments.iter().enumerate() {
        if let Some(due) = payment.due.filter(|due| *due < issued) {
            let path = Place::Entry("payments", index).key("due");
            findings.add(&rule::DOC_ISSUED_AT_ODD, path, format!("{due} for a document of {issued}."));
        }
    }
}

fn check_buyer(buyer: &Buyer, place: Place, findings: &mut Findings) {
    if let Some(pin) = buyer.pin {
        if let Some(prefix) = pin.unusual_prefix() {
            findings.add(&rule::BUYER_PIN_CHECK, place.key("pin"), format!("begins with {prefix}."));
        } else if pin.check_letter_differs() {
            findings.add(&rule::BUYER_PIN_CHECK, place.key("pin"), "has an unexpected last letter.");
        }
        if buyer.name.as_deref().is_none_or(text::is_blank) {
            findings.add(&rule::BUYER_NAME, place.key("name"), "is missing beside a PIN.");
        }
    }
    if let Some(name) = &buyer.name {
        text::check(name, limits::BUYER_NAME, || place.key("name"), findings);
    }
    if buyer.phone.as_ref().is_some_and(|phone| text::is_longer(phone, limits::PHONE)) {
        findings.add(&rule::BUYER_PHONE, place.key("phone"), "is longer.");
    }
    for (key, text) in [("phone", &buyer.phone), ("address", &buyer.address), ("exemption", &buyer.exemption)] {
        text::check_whole(text.as_deref(), || place.key(key), findings);
    }
    if let Some(id) = &buyer.id {
        for (key, text) in [("id.type", &id.kind), ("id.number", &id.number)] {
            if text::is_blank(text) {
                findings.add(&rule::BUYER_ID, place.key(key), "is missing.");
            }
            text::check_whole(Some(text), || place.key(key), findings);
        }
    }
}

fn check_payments(draft: &InvoiceDraft, findings: &mut Findings) {
    if draft.payments.is_empty() && draft.kind == Kind::Sale {
        findings.add(&rule::PAYMENT_NONE, "payments", "are missing.");
    }
    let several = draft.payments.len() > 1;
    for (index, payment) in draft.payments.iter().enumerate() {
        let place = Place::Entry("payments", index);
        match payment.amount {
            None if several => findings.add(&rule::PAYMENT_AMOUNT, place.key("amount"), "is missing."),
            Some(amount) if !is_cents(amount) || amount.is_zero() && several => {
                findings.add(&rule::PAYMENT_AMOUNT_FORM, place.key("amount"), format!("{amount} does not fit."));
            }
            _ => {}
        }
        text::check_whole(payment.reference.as_deref(), || place.key("reference"), findings);
    }
}

/// Warns once for each band whose rate is not the one in force at the time of supply; for a credit note that is its
/// sale's.
fn check_rates(draft: &InvoiceDraft, settings: &Settings, findings: &mut Findings) {
    let supplied = match (draft.kind, &draft.credit) {
        (Kind::CreditNote, Some(credit)) => credit.original.issued_at.map(time::local_date),
        _ => draft.supply_date.or(Some(time::local_date(draft.issued_at))),
    };
    let Some(supplied) = supplied else { return };
    let mut seen = [false; 5];
    for (index, line) in draft.lines.iter().enumerate() {
        let Some(tax) = line.tax else { continue };
        if std::mem::replace(&mut seen[tax.index()], true) {
            continue;
        }
        if let Some(message) = schedule::objection(tax, settings.rates.rate(tax), supplied) {
            findings.add(&rule::LINE_TAX_DATE, Place::Entry("lines", index).key("tax"), message);
        }
    }
}

fn check_credit(draft: &InvoiceDraft, findings: &mut Findings) {
    let credit = match (draft.kind, &draft.credit) {
        (Kind::Sale, None) => return,
        (Kind::Sale, Some(_)) => return findings.add(&rule::CREDIT_UNEXPECTED, "credit", "stands on a sale."),
        (Kind::CreditNote, None) => return findings.add(&rule::CREDIT_ORIGINAL, "credit", "is missing."),
        (Kind::CreditNote, Some(credit)) => credit,
    };
    if credit.reason.is_none() {
        findings.add(&rule::CREDIT_REASON, "credit.reason", "is missing.");
    }
    if credit.note.as_deref().is_none_or(text::is_blank) {
        findings.add(&rule::CREDIT_NOTE_TEXT, "credit.note", "is missing.");
    }
    text::check_whole(credit.note.as_deref(), || "credit.note".to_owned(), findings);
    if let Some(buyer) = &credit.original.buyer {
        check_buyer(buyer, Place::Object("credit.original.buyer"), findings);
    }
    if let Some(issued) = credit.original.issued_at.map(time::local_date).filter(|date| *date < ETIMS_BEGAN) {
        let message = format!("{issued} is before electronic invoicing began.");
        findings.add(&rule::DOC_ISSUED_AT_ODD, "credit.original.issued_at", message);
    }
    check_credit_lines(credit, findings);
}

fn check_credit_lines(credit: &CreditDraft, findings: &mut Findings) {
    let mut named: Vec<u32> = Vec::new();
    for (index, line) in credit.lines.iter().enumerate() {
        let place = Place::Entry("credit.lines", index);
        check_credit_line(line, place, findings);
        if line.line == 0 {
            findings.add(&rule::CREDIT_LINE, place.key("line"), "is 0.");
        } else if named.contains(&line.line) {
            findings.add(&rule::CREDIT_LINE, place.key("line"), format!("{} is named again.", line.line));
        }
        named.push(line.line);
    }
}

fn check_credit_line(line: &CreditLineDraft, place: Place, findings: &mut Findings) {
    if line.quantity.is_some() && line.amount.is_some() {
        findings.add(&rule::CREDIT_LINE_FORM, place.path(), "has both a quantity and an amount.");
    }
    let fits = |quantity: &Quantity| {
        quantity.decimal() > Decimal::ZERO
            && quantity.decimal() < limits::quantity_bound()
            && quantity.decimals() <= limits::LONG_DECIMALS
    };
    if let Some(quantity) = line.quantity.filter(|quantity| !fits(quantity)) {
        findings.add(&rule::CREDIT_LINE_FORM, place.key("quantity"), format!("{quantity} does not fit."));
    }
    if let Some(amount) = line.amount.filter(|amount| !is_cents(*amount) || amount.is_zero()) {
        findings.add(&rule::CREDIT_LINE_FORM, place.key("amount"), format!("{amount} does not fit."));
    }
}
