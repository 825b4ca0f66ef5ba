//! What names goods or a service: on a line, at registration, in a stock movement.

use super::place::Place;
use super::{Findings, catalogue as rule, text};
use crate::codes::{Country, ItemCode, PackagingUnit, QuantityUnit, TaxType};
use crate::settings::Settings;
use crate::wire::limits;

/// The fields that name what is sold, as the caller gave them.
pub(crate) struct Goods<'a> {
    /// The key the item's code has here, and the code.
    pub(crate) code: (&'static str, &'a str),
    pub(crate) classification: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) packaging: Option<&'a str>,
    pub(crate) unit: Option<&'a str>,
    pub(crate) barcode: Option<&'a str>,
}

impl Goods<'_> {
    pub(crate) fn check(&self, place: Place, findings: &mut Findings) {
        let (key, code) = self.code;
        if text::is_blank(code) {
            findings.add(&rule::LINE_ITEM_CODE, place.key(key), "is missing.");
        } else if let Err(error) = ItemCode::parse(code) {
            findings.add(&rule::LINE_ITEM_CODE_FORM, place.key(key), format!("{error}."));
        }
        match given(self.classification) {
            None => findings.add(&rule::LINE_CLASS, place.key("classification"), "is missing."),
            Some(code) if !is_classification(code) => {
                let message = format!("{code:?} does not fit.");
                findings.add(&rule::LINE_CLASS_FORM, place.key("classification"), message);
            }
            Some(_) => {}
        }
        match given(self.name) {
            None => findings.add(&rule::LINE_NAME, place.key("name"), "is missing."),
            Some(name) => text::check(name, limits::ITEM_NAME, || place.key("name"), findings),
        }
        match given(self.packaging) {
            None => findings.add(&rule::LINE_PACKAGING, place.key("packaging"), "is missing."),
            Some(code) if PackagingUnit::from_code(code).is_none() => {
                let message = format!("{code:?} is not known.");
                findings.add(&rule::LINE_PACKAGING_CODE, place.key("packaging"), message);
            }
            Some(_) => {}
        }
        match given(self.unit) {
            None => findings.add(&rule::LINE_UNIT, place.key("unit"), "is missing."),
            Some(code) if QuantityUnit::from_code(code).is_none() => {
                findings.add(&rule::LINE_UNIT_CODE, place.key("unit"), format!("{code:?} is not known."));
            }
            Some(_) => {}
        }
        if self.barcode.is_some_and(|code| text::is_longer(code, limits::BARCODE) || !text::is_plain(code)) {
            findings.add(&rule::LINE_BARCODE, place.key("barcode"), "does not fit.");
        }
    }
}

/// A text that says something: blanks count as nothing.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text::is_blank(text))
}

/// Eight digits for levels 1 to 4 of the tree, ten for level 5.
fn is_classification(code: &str) -> bool {
    matches!(code.len(), 8 | 10) && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks a country of origin that was given.
pub(crate) fn check_origin(origin: &str, place: Place, findings: &mut Findings) {
    if Country::from_code(origin).is_none() {
        findings.add(&rule::LINE_ORIGIN, place.key("origin"), format!("{origin:?} is not known."));
    }
}

/// Refuses a band that the seller may not use.
pub(crate) fn check_seller(tax: TaxType, place: Place, settings: &Settings, findings: &mut Findings) {
    if !settings.vat_registered && tax != TaxType::D {
        findings.add(&rule::LINE_TAX_SELLER, place.key("tax"), format!("is {}.", tax.code()));
    }
}
