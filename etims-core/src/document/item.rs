//! A product or service as it is registered with KRA before it is sold.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::{Country, ItemCode, ItemType, PackagingUnit, QuantityUnit, TaxType};
use crate::money::Amount;
use crate::party::Operator;
use crate::rules::{Findings, Invalid, catalogue as rule};
use crate::settings::Settings;
use crate::wire::{Dialect, limits};

/// An item before it is checked (eTIMS `saveItem`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDraft {
    /// Item code, composed on the gateway: country, type, packaging, unit, running number.
    pub code: String,
    /// Goods, service or raw material.
    pub item_type: ItemType,
    /// KRA item classification, 8 or 10 digits.
    pub classification: String,
    /// Name.
    pub name: String,
    /// Country of origin.
    pub origin: String,
    /// Packaging unit.
    pub packaging: String,
    /// Quantity unit.
    pub unit: String,
    /// Tax band.
    pub tax: TaxType,
    /// Usual price of one, VAT inside.
    pub price: Decimal,
    /// Barcode.
    #[serde(default)]
    pub barcode: Option<String>,
    /// Who registers it.
    #[serde(default)]
    pub operator: Option<Operator>,
}

/// An item that KRA can take. Registering it again under its code changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    draft: ItemDraft,
    price: Amount,
}

impl Item {
    /// Checks an item.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check(draft: &ItemDraft, settings: &Settings) -> Result<Item, Invalid> {
        let mut findings = Findings::default();
        let (packaging, unit) = (PackagingUnit::from_code(&draft.packaging), QuantityUnit::from_code(&draft.unit));
        let origin = Country::from_code(&draft.origin);
        if draft.origin.is_empty() {
            findings.add(&rule::ITEM_ORIGIN, "origin", "is missing.");
        } else if origin.is_none() {
            findings.add(&rule::LINE_ORIGIN, "origin", format!("{:?} is not known.", draft.origin));
        }
        if packaging.is_none() {
            findings.add(&rule::LINE_PACKAGING_CODE, "packaging", format!("{:?} is not known.", draft.packaging));
        }
        if unit.is_none() {
            findings.add(&rule::LINE_UNIT_CODE, "unit", format!("{:?} is not known.", draft.unit));
        }
        if !crate::rules::draft::is_classification(&draft.classification) {
            let message = format!("{:?} does not fit.", draft.classification);
            findings.add(&rule::LINE_CLASS_FORM, "classification", message);
        }
        if draft.name.trim().is_empty() {
            findings.add(&rule::LINE_NAME, "name", "is missing.");
        } else if draft.name.chars().any(char::is_control) {
            findings.add(&rule::DOC_TEXT, "name", "has control characters.");
        }
        if draft.barcode.as_ref().is_some_and(|code| code.chars().count() > limits::BARCODE) {
            findings.add(&rule::LINE_BARCODE, "barcode", "does not fit.");
        }
        let price =
            Amount::exact(draft.price).filter(|price| !price.is_negative() && price.decimal() < limits::amount_bound());
        if price.is_none() {
            findings.add(&rule::ITEM_PRICE, "price", format!("{} does not fit.", draft.price));
        }
        match ItemCode::parse(&draft.code) {
            Err(error) => findings.add(&rule::LINE_ITEM_CODE_LENGTH, "code", format!("{error}.")),
            Ok(code) if settings.dialect == Dialect::Gateway => {
                if let (Some(origin), Some(packaging), Some(unit)) = (origin, packaging, unit) {
                    check_composition(&code, origin, draft.item_type, packaging, unit, &mut findings);
                }
            }
            Ok(_) => {}
        }
        findings.into_result()?;
        Ok(Item { draft: draft.clone(), price: price.expect("an item without violations has a price") })
    }

    /// The item as the caller gave it.
    pub fn draft(&self) -> &ItemDraft {
        &self.draft
    }

    /// Usual price of one, VAT inside (eTIMS `dftPrc`).
    pub fn price(&self) -> Amount {
        self.price
    }
}

/// The gateway's check of a composed code, with its own texts. Source: reference `etims-protocol.md` §6 [live].
fn check_composition(
    code: &ItemCode,
    origin: Country,
    item_type: ItemType,
    packaging: PackagingUnit,
    unit: QuantityUnit,
    findings: &mut Findings,
) {
    let Err(error) = code.check_parts(origin, item_type, packaging, unit) else { return };
    let slice = |range: std::ops::Range<usize>| code.as_str().get(range);
    let broken = if !unit.fits_item_code() || slice(5..7).is_some_and(|slice| slice != unit.code()) {
        &rule::ITEM_CODE_UNIT
    } else if !packaging.fits_item_code() || slice(3..5).is_some_and(|slice| slice != packaging.code()) {
        &rule::ITEM_CODE_PACKAGING
    } else {
        &rule::ITEM_CODE_FORM
    };
    findings.add(broken, "code", format!("{error}."));
}
