//! The checks of a draft that need no arithmetic: presence, form, lengths, dates.

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;

use super::{Findings, Rule, catalogue as rule};
use crate::codes::{Country, ItemCode, PackagingUnit, QuantityUnit, TaxType};
use crate::document::{DiscountDraft, InsuranceDraft, InvoiceDraft, Kind, LineDraft};
use crate::money::Percent;
use crate::party::Buyer;
use crate::settings::Settings;
use crate::time;
use crate::wire::Dialect;
use crate::wire::limits;

/// Checks everything but the amounts.
pub(crate) fn check(draft: &InvoiceDraft, settings: &Settings, findings: &mut Findings) {
    check_settings(settings, findings);
    check_header(draft, findings);
    check_texts(draft, findings);
    check_dates(draft, findings);
    if let Some(buyer) = &draft.buyer {
        check_buyer(buyer, "buyer", findings);
    }
    check_operator(draft, findings);
    check_payments(draft, findings);
    if let Some(discount) = &draft.discount {
        check_discount(discount, "discount", &rule::DOC_DISCOUNT_FORM, &rule::DOC_DISCOUNT_RANGE, findings);
    }
    for (index, line) in draft.lines.iter().enumerate() {
        check_line(line, &format!("lines[{index}]"), settings, findings);
    }
    check_credit(draft, findings);
}

fn check_settings(settings: &Settings, findings: &mut Findings) {
    if !settings.convention.allowed_on(settings.dialect) {
        let message = format!("{} is not taken on {}.", settings.convention.name(), settings.dialect);
        findings.add(&rule::DOC_CONVENTION, "", message);
    }
}

fn check_header(draft: &InvoiceDraft, findings: &mut Findings) {
    if draft.reference.trim().is_empty() {
        findings.add(&rule::DOC_REFERENCE, "reference", "is empty.");
    }
    let length = draft.reference.chars().count();
    if length > limits::TRADER_INVOICE_NUMBER {
        findings.add(&rule::DOC_REFERENCE_LENGTH, "reference", format!("has {length} characters."));
    }
    if draft.lines.len() > limits::LINES {
        findings.add(&rule::DOC_LINES_MANY, "lines", format!("{} lines.", draft.lines.len()));
    }
    if let Some(currency) = &draft.currency {
        let is_code = currency.code.len() == 3 && currency.code.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code {
            findings.add(&rule::DOC_CURRENCY, "currency.code", format!("{:?} is no currency code.", currency.code));
        }
        if currency.rate <= Decimal::ZERO || currency.rate > Decimal::from(limits::EXCHANGE_RATE) {
            findings.add(&rule::DOC_CURRENCY, "currency.rate", format!("{} is no rate.", currency.rate));
        }
    }
}

/// Texts that reach paper or the wire: no control characters; names and messages that will be cut are warned about.
fn check_texts(draft: &InvoiceDraft, findings: &mut Findings) {
    let buyer = draft.buyer.as_ref();
    let credit = draft.credit.as_ref();
    let texts: [(&str, Option<&str>, usize); 12] = [
        ("reference", Some(&draft.reference), usize::MAX),
        ("buyer.name", buyer.and_then(|buyer| buyer.name.as_deref()), limits::BUYER_NAME),
        ("buyer.phone", buyer.and_then(|buyer| buyer.phone.as_deref()), usize::MAX),
        ("buyer.address", buyer.and_then(|buyer| buyer.address.as_deref()), usize::MAX),
        ("buyer.exemption", buyer.and_then(|buyer| buyer.exemption.as_deref()), usize::MAX),
        ("messages.top", draft.messages.top.as_deref(), limits::MESSAGE),
        ("messages.bottom", draft.messages.bottom.as_deref(), limits::MESSAGE),
        ("remark", draft.remark.as_deref(), usize::MAX),
        ("relates_to", draft.relates_to.as_deref(), usize::MAX),
        ("credit.note", credit.and_then(|credit| credit.note.as_deref()), usize::MAX),
        ("discount.reason", draft.discount.as_ref().and_then(|discount| discount.reason.as_deref()), usize::MAX),
        ("currency.source", draft.currency.as_ref().and_then(|currency| currency.source.as_deref()), usize::MAX),
    ];
    for (path, text, limit) in texts {
        if let Some(text) = text {
            check_text(text, limit, || path.to_owned(), findings);
        }
    }
}

fn check_text(text: &str, limit: usize, path: impl Fn() -> String, findings: &mut Findings) {
    if text.chars().any(char::is_control) {
        findings.add(&rule::DOC_TEXT, path(), "has control characters.");
    }
    // A text of few bytes has few characters: most texts are counted without being walked.
    if text.len() > limit && text.chars().count() > limit {
        findings.add(&rule::DOC_TEXT_CUT, path(), format!("is longer than {limit} characters."));
    }
}

fn check_dates(draft: &InvoiceDraft, findings: &mut Findings) {
    let issued = time::local_date(draft.issued_at);
    if issued < ETIMS_BEGAN {
        findings.add(&rule::DOC_ISSUED_AT_ODD, "issued_at", format!("{issued} is before electronic invoicing began."));
    }
    let near =
        |date: NaiveDate| date <= issued && date.checked_add_months(Months::new(6)).is_none_or(|late| late >= issued);
    let dates = [
        ("supply_date", draft.supply_date),
        ("currency.date", draft.currency.as_ref().and_then(|currency| currency.date)),
    ];
    for (path, date) in dates {
        if let Some(date) = date.filter(|date| !near(*date)) {
            findings.add(&rule::DOC_ISSUED_AT_ODD, path, format!("{date} for a document of {issued}."));
        }
    }
}

/// Legal Notice 189 of 2020: the first electronic tax invoice regulations.
const ETIMS_BEGAN: NaiveDate = NaiveDate::from_ymd_opt(2020, 9, 25).expect("a calendar date");

fn check_buyer(buyer: &Buyer, path: &str, findings: &mut Findings) {
    if let Some(pin) = buyer.pin {
        if let Some(prefix) = pin.unusual_prefix() {
            findings.add(&rule::BUYER_PIN_CHECK, format!("{path}.pin"), format!("begins with {prefix}."));
        } else if pin.check_letter_differs() {
            findings.add(&rule::BUYER_PIN_CHECK, format!("{path}.pin"), "has an unexpected last letter.");
        }
        if is_blank(buyer.name.as_deref()) {
            findings.add(&rule::BUYER_NAME, format!("{path}.name"), "is missing beside a PIN.");
        }
    }
    if buyer.phone.as_ref().is_some_and(|phone| phone.chars().count() > limits::PHONE) {
        findings.add(&rule::BUYER_PHONE, format!("{path}.phone"), "is too long.");
    }
    if let Some(id) = &buyer.id {
        for (key, text) in [("type", &id.kind), ("number", &id.number)] {
            if text.trim().is_empty() || text.chars().any(char::is_control) {
                findings.add(&rule::BUYER_ID, format!("{path}.id.{key}"), "is missing or not plain text.");
            }
        }
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn check_operator(draft: &InvoiceDraft, findings: &mut Findings) {
    let Some(operator) = &draft.operator else { return };
    if let Some(id) = &operator.id
        && (id.trim().is_empty() || id.chars().count() > limits::REGISTRANT_ID || id.chars().any(char::is_control))
    {
        findings.add(&rule::OPERATOR_ID, "operator.id", format!("{id:?} does not fit."));
    }
    if let Some(name) = &operator.name {
        check_text(name, limits::REGISTRANT_NAME, || "operator.name".to_owned(), findings);
    }
}

fn check_payments(draft: &InvoiceDraft, findings: &mut Findings) {
    if draft.payments.is_empty() && draft.kind == Kind::Sale {
        findings.add(&rule::PAYMENT_NONE, "payments", "are missing.");
    }
    let several = draft.payments.len() > 1;
    for (index, payment) in draft.payments.iter().enumerate() {
        let path = format!("payments[{index}].amount");
        match payment.amount {
            None if several => findings.add(&rule::PAYMENT_AMOUNT, path, "is missing."),
            Some(amount) if amount < Decimal::ZERO || amount.is_zero() && several => {
                findings.add(&rule::PAYMENT_AMOUNT, path, format!("{amount} is not above zero."));
            }
            Some(amount) if amount.normalize().scale() > 2 || amount >= limits::amount_bound() => {
                findings.add(&rule::PAYMENT_AMOUNT, path, format!("{amount} is not in whole cents."));
            }
            _ => {}
        }
        if let Some(reference) = &payment.reference {
            check_text(reference, usize::MAX, || format!("payments[{index}].reference"), findings);
        }
    }
}

fn check_discount(
    discount: &DiscountDraft,
    path: &str,
    form: &'static Rule,
    range: &'static Rule,
    findings: &mut Findings,
) {
    match (discount.percent, discount.amount) {
        (Some(_), Some(_)) => findings.add(form, path, "has both a percent and an amount."),
        (None, None) if !findings.has_error_at(path) => findings.add(form, path, "has neither percent nor amount."),
        _ => {}
    }
    if let Some(percent) = discount.percent
        && (percent < Percent::ZERO || percent > Percent::whole(100))
    {
        findings.add(range, format!("{path}.percent"), format!("{percent} is not within 0 to 100."));
    }
    if let Some(amount) = discount.amount
        && (amount < Decimal::ZERO || amount.normalize().scale() > 2 || amount >= limits::amount_bound())
    {
        findings.add(range, format!("{path}.amount"), format!("{amount} is no discount in whole cents."));
    }
}

fn check_line(line: &LineDraft, path: &str, settings: &Settings, findings: &mut Findings) {
    let at = |key: &str| format!("{path}.{key}");
    check_item(line, path, findings);
    check_line_numbers(line, path, findings);
    if let Some(packages) = line.packages {
        if packages.decimal() < Decimal::ZERO
            || packages.decimals() > 2
            || packages.decimal() >= limits::quantity_bound()
        {
            findings.add(&rule::LINE_PACKAGES, at("packages"), format!("{packages} does not fit."));
        } else if settings.dialect == Dialect::Gateway && packages.decimal() != Decimal::ONE {
            findings.add(&rule::LINE_PACKAGES_ONE, at("packages"), format!("{packages} is not 1."));
        }
    }
    match line.tax {
        None => findings.add(&rule::LINE_TAX, at("tax"), "is missing."),
        Some(band) if !settings.vat_registered && band != TaxType::D => {
            findings.add(&rule::LINE_TAX_SELLER, at("tax"), format!("is {}.", band.code()));
        }
        Some(TaxType::E) if settings.rates.rate(TaxType::E) == Percent::ZERO && !settings.allow_zero_rate_e => {
            findings.add(&rule::LINE_TAX_RATE, at("tax"), "is E, whose rate here is 0 %.");
        }
        Some(_) => {}
    }
    if let Some(discount) = &line.discount {
        check_discount(discount, &at("discount"), &rule::LINE_DISCOUNT_FORM, &rule::LINE_DISCOUNT_RANGE, findings);
        if let Some(reason) = &discount.reason {
            check_text(reason, usize::MAX, || at("discount.reason"), findings);
        }
    }
    if let Some(insurance) = &line.insurance {
        check_insurance(insurance, &at("insurance"), findings);
    }
}

fn check_item(line: &LineDraft, path: &str, findings: &mut Findings) {
    let at = |key: &str| format!("{path}.{key}");
    if line.item_code.is_empty() {
        findings.add(&rule::LINE_ITEM_CODE, at("item_code"), "is missing.");
    } else if ItemCode::parse(&line.item_code).is_err() {
        findings.add(&rule::LINE_ITEM_CODE_LENGTH, at("item_code"), format!("{:?} does not fit.", line.item_code));
    }
    if let Some(origin) = &line.origin
        && Country::from_code(origin).is_none()
    {
        findings.add(&rule::LINE_ORIGIN, at("origin"), format!("{origin:?} is not known."));
    }
    match &line.classification {
        None => findings.add(&rule::LINE_CLASS, at("classification"), "is missing."),
        Some(code) if !is_classification(code) => {
            findings.add(&rule::LINE_CLASS_FORM, at("classification"), format!("{code:?} does not fit."));
        }
        Some(_) => {}
    }
    match &line.name {
        Some(name) if !name.trim().is_empty() => check_text(name, limits::ITEM_NAME, || at("name"), findings),
        _ => findings.add(&rule::LINE_NAME, at("name"), "is missing."),
    }
    if let Some(description) = &line.description {
        check_text(description, usize::MAX, || at("description"), findings);
    }
    match &line.packaging {
        None => findings.add(&rule::LINE_PACKAGING, at("packaging"), "is missing."),
        Some(code) if PackagingUnit::from_code(code).is_none() => {
            findings.add(&rule::LINE_PACKAGING_CODE, at("packaging"), format!("{code:?} is not known."));
        }
        Some(_) => {}
    }
    match &line.unit {
        None => findings.add(&rule::LINE_UNIT, at("unit"), "is missing."),
        Some(code) if QuantityUnit::from_code(code).is_none() => {
            findings.add(&rule::LINE_UNIT_CODE, at("unit"), format!("{code:?} is not known."));
        }
        Some(_) => {}
    }
    let barcode_fits = |code: &String| code.chars().count() <= limits::BARCODE && !code.chars().any(char::is_control);
    if line.barcode.as_ref().is_some_and(|code| !barcode_fits(code)) {
        findings.add(&rule::LINE_BARCODE, at("barcode"), "does not fit.");
    }
}

/// Eight digits for levels 1 to 4 of the tree, ten for level 5.
pub(crate) fn is_classification(code: &str) -> bool {
    matches!(code.len(), 8 | 10) && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_line_numbers(line: &LineDraft, path: &str, findings: &mut Findings) {
    let at = |key: &str| format!("{path}.{key}");
    let quantity = line.quantity.decimal();
    if quantity <= Decimal::ZERO {
        findings.add(&rule::LINE_QTY, at("quantity"), format!("{quantity} is not above zero."));
    } else if quantity >= limits::quantity_bound() || line.quantity.decimals() > limits::LONG_DECIMALS {
        findings.add(&rule::LINE_QTY_SIZE, at("quantity"), format!("{quantity} does not fit."));
    }
    if line.unit_price.is_none() && line.amount.is_none() && !findings.has_error_at(&at("amount")) {
        findings.add(&rule::LINE_PRICE, at("unit_price"), "is missing.");
    }
    if let Some(price) = line.unit_price {
        let out_of_range = price.decimal() < Decimal::ZERO
            || price.decimal() >= limits::amount_bound()
            || price.decimals() > limits::LONG_DECIMALS;
        if out_of_range {
            findings.add(&rule::LINE_PRICE_RANGE, at("unit_price"), format!("{price} does not fit."));
        }
    }
    if let Some(amount) = line.amount
        && (amount < Decimal::ZERO || amount.normalize().scale() > 2 || amount >= limits::amount_bound())
    {
        findings.add(&rule::LINE_AMOUNT_RANGE, at("amount"), format!("{amount} does not fit."));
    }
}

fn check_insurance(insurance: &InsuranceDraft, path: &str, findings: &mut Findings) {
    let at = |key: &str| format!("{path}.{key}");
    let plain = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
    if !plain(&insurance.code) || insurance.code.chars().count() > limits::INSURER_CODE {
        findings.add(&rule::LINE_INSURANCE, at("code"), format!("{:?} does not fit.", insurance.code));
    }
    if !plain(&insurance.name) {
        findings.add(&rule::LINE_INSURANCE, at("name"), "is missing or not plain text.");
    }
    let rate = insurance.rate;
    if rate < Percent::ZERO || rate > Percent::whole(100) || !rate.is_whole() {
        findings.add(&rule::LINE_INSURANCE, at("rate"), format!("{rate} is no whole percent."));
    }
    if let Some(amount) = insurance.amount
        && (amount < Decimal::ZERO || amount.normalize().scale() > 2 || amount >= limits::amount_bound())
    {
        findings.add(&rule::LINE_INSURANCE, at("amount"), format!("{amount} does not fit."));
    }
}

fn check_credit(draft: &InvoiceDraft, findings: &mut Findings) {
    let credit = match (draft.kind, &draft.credit) {
        (Kind::Sale, None) => return,
        (Kind::Sale, Some(_)) => {
            return findings.add(&rule::CREDIT_UNEXPECTED, "credit", "stands on a sale.");
        }
        (Kind::CreditNote, None) => {
            return findings.add(&rule::CREDIT_ORIGINAL, "credit", "is missing.");
        }
        (Kind::CreditNote, Some(credit)) => credit,
    };
    if credit.reason.is_none() {
        findings.add(&rule::CREDIT_REASON, "credit.reason", "is missing.");
    }
    if is_blank(credit.note.as_deref()) {
        findings.add(&rule::CREDIT_NOTE_TEXT, "credit.note", "is missing.");
    }
    if let Some(buyer) = &credit.original.buyer {
        check_buyer(buyer, "credit.original.buyer", findings);
    }
    for (index, line) in credit.lines.iter().enumerate() {
        let path = format!("credit.lines[{index}]");
        if line.quantity.is_some() && line.amount.is_some() {
            findings.add(&rule::CREDIT_LINE_FORM, &*path, "has both a quantity and an amount.");
        }
        if line.quantity.is_some_and(|quantity| quantity.decimal() <= Decimal::ZERO) {
            findings.add(&rule::CREDIT_LINE_FORM, format!("{path}.quantity"), "is not above zero.");
        }
        if line.amount.is_some_and(|amount| amount <= Decimal::ZERO || amount.normalize().scale() > 2) {
            findings.add(&rule::CREDIT_LINE_FORM, format!("{path}.amount"), "is not above zero in whole cents.");
        }
        if line.line == 0 || credit.lines[..index].iter().any(|earlier| earlier.line == line.line) {
            findings.add(&rule::CREDIT_LINE, format!("{path}.line"), format!("is {} again or no line.", line.line));
        }
    }
}
