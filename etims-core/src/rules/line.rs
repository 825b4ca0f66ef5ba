//! The checks of one line that need no arithmetic.

use rust_decimal::Decimal;

use super::goods::{self, Goods};
use super::place::Place;
use super::{Findings, Rule, catalogue as rule, text};
use crate::codes::TaxType;
use crate::document::{DiscountDraft, InsuranceDraft, LineDraft};
use crate::money::Percent;
use crate::settings::Settings;
use crate::wire::{Dialect, limits};

/// What is packed in nothing: the one packaging whose rule for packages is known.
const UNPACKED: &str = "NT";

pub(crate) fn check(line: &LineDraft, index: usize, settings: &Settings, findings: &mut Findings) {
    let place = Place::Entry("lines", index);
    let goods = Goods {
        code: ("item_code", &line.item_code),
        classification: line.classification.as_deref(),
        name: line.name.as_deref(),
        packaging: line.packaging.as_deref(),
        unit: line.unit.as_deref(),
        barcode: line.barcode.as_deref(),
    };
    goods.check(place, findings);
    if let Some(origin) = &line.origin {
        goods::check_origin(origin, place, findings);
    }
    text::check_whole(line.description.as_deref(), || place.key("description"), findings);
    check_numbers(line, place, findings);
    check_packages(line, place, settings, findings);
    match line.tax {
        None => findings.add(&rule::LINE_TAX, place.key("tax"), "is missing."),
        Some(tax) => {
            goods::check_seller(tax, place, settings, findings);
            if tax == TaxType::E && settings.rates.rate(tax) == Percent::ZERO && !settings.allow_zero_rate_e {
                findings.add(&rule::LINE_TAX_RATE, place.key("tax"), "is E, whose rate here is 0 %.");
            }
        }
    }
    if let Some(discount) = &line.discount {
        check_discount(discount, Place::Within("lines", index, "discount"), &LINE_DISCOUNT, findings);
    }
    if let Some(insurance) = &line.insurance {
        check_insurance(insurance, Place::Within("lines", index, "insurance"), findings);
    }
}

fn check_numbers(line: &LineDraft, place: Place, findings: &mut Findings) {
    let quantity = line.quantity.decimal();
    if quantity <= Decimal::ZERO {
        findings.add(&rule::LINE_QTY, place.key("quantity"), format!("{quantity} is not above zero."));
    } else if quantity >= limits::quantity_bound() || line.quantity.decimals() > limits::LONG_DECIMALS {
        findings.add(&rule::LINE_QTY_SIZE, place.key("quantity"), format!("{quantity} does not fit."));
    }
    match (line.unit_price, line.amount) {
        (None, None) if !findings.has_error_at(&place.key("amount")) => {
            findings.add(&rule::LINE_PRICE, place.key("unit_price"), "is missing.");
        }
        _ => {}
    }
    if let Some(price) = line.unit_price
        && (!is_amount(price.decimal()) || price.decimals() > limits::LONG_DECIMALS)
    {
        findings.add(&rule::LINE_PRICE_RANGE, place.key("unit_price"), format!("{price} does not fit."));
    }
    if let Some(amount) = line.amount.filter(|amount| !is_cents(*amount)) {
        findings.add(&rule::LINE_AMOUNT_RANGE, place.key("amount"), format!("{amount} does not fit."));
    }
}

fn check_packages(line: &LineDraft, place: Place, settings: &Settings, findings: &mut Findings) {
    let packages = line.packages.unwrap_or(settings.packages);
    let is_negative = packages.decimal() < Decimal::ZERO;
    if is_negative || packages.decimals() > 2 || packages.decimal() >= limits::quantity_bound() {
        findings.add(&rule::LINE_PACKAGES, place.key("packages"), format!("{packages} does not fit."));
        return;
    }
    // What the gateway expects of other packaging is unknown: there the device's setting decides.
    let is_checked = line.packages.is_some() || line.packaging.as_deref() == Some(UNPACKED);
    if settings.dialect == Dialect::Gateway && is_checked && packages.decimal() != Decimal::ONE {
        findings.add(&rule::LINE_PACKAGES_ONE, place.key("packages"), format!("{packages} is not 1."));
    }
}

/// The rules of a discount: something is given, not both, within its range.
pub(crate) struct DiscountRules {
    pub(crate) presence: &'static Rule,
    pub(crate) either: &'static Rule,
    pub(crate) range: &'static Rule,
}

const LINE_DISCOUNT: DiscountRules = DiscountRules {
    presence: &rule::LINE_DISCOUNT,
    either: &rule::LINE_DISCOUNT_EITHER,
    range: &rule::LINE_DISCOUNT_RANGE,
};

pub(crate) fn check_discount(discount: &DiscountDraft, place: Place, rules: &DiscountRules, findings: &mut Findings) {
    match (discount.percent, discount.amount) {
        (Some(_), Some(_)) => findings.add(rules.either, place.path(), "has both a percent and an amount."),
        (None, None) if !findings.has_error_at(&place.path()) => {
            findings.add(rules.presence, place.path(), "has neither percent nor amount.");
        }
        _ => {}
    }
    if let Some(percent) = discount.percent.filter(|percent| !is_percentage(*percent)) {
        findings.add(rules.range, place.key("percent"), format!("{percent} is not within 0 to 100."));
    }
    if let Some(amount) = discount.amount.filter(|amount| !is_cents(*amount)) {
        findings.add(rules.range, place.key("amount"), format!("{amount} is no discount in whole cents."));
    }
    text::check_whole(discount.reason.as_deref(), || place.key("reason"), findings);
}

fn check_insurance(insurance: &InsuranceDraft, place: Place, findings: &mut Findings) {
    for (key, given) in [("code", &insurance.code), ("name", &insurance.name)] {
        if text::is_blank(given) {
            findings.add(&rule::LINE_INSURANCE, place.key(key), "is missing.");
        }
    }
    if text::is_longer(&insurance.code, limits::INSURER_CODE) || !text::is_plain(&insurance.code) {
        findings.add(&rule::LINE_INSURANCE_CODE, place.key("code"), format!("{:?} does not fit.", insurance.code));
    }
    text::check(&insurance.name, limits::INSURER_NAME, || place.key("name"), findings);
    if !is_percentage(insurance.rate) || !insurance.rate.is_whole() {
        findings.add(&rule::LINE_INSURANCE_RATE, place.key("rate"), format!("{} is no whole percent.", insurance.rate));
    }
    if let Some(amount) = insurance.amount.filter(|amount| !is_cents(*amount)) {
        findings.add(&rule::LINE_INSURANCE_AMOUNT, place.key("amount"), format!("{amount} does not fit."));
    }
}

fn is_percentage(percent: Percent) -> bool {
    percent >= Percent::ZERO && percent <= Percent::whole(100)
}

/// Whether a number fits into KRA's fields for money.
pub(crate) fn is_amount(amount: Decimal) -> bool {
    amount >= Decimal::ZERO && amount < limits::amount_bound()
}

/// The same, in whole cents.
pub(crate) fn is_cents(amount: Decimal) -> bool {
    is_amount(amount) && (amount.scale() <= 2 || amount.normalize().scale() <= 2)
}
