//! A product or service as it is registered with KRA before it is sold.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::draft::DecimalText;
use crate::codes::{Country, ItemCode, ItemCodeError, ItemType, PackagingUnit, QuantityUnit, TaxType};
use crate::money::Amount;
use crate::party::Operator;
use crate::rules::goods::{self, Goods};
use crate::rules::place::Place;
use crate::rules::{Findings, Invalid, Violation, catalogue as rule, line, text};
use crate::settings::Settings;
use crate::wire::Dialect;

/// An item before it is checked (eTIMS `saveItem`). Registering it again under its code changes it.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemDraft {
    /// Item code, 1–20 characters (eTIMS `itemCd`); composed on the gateway: country, type, packaging, unit, running
    /// number. See [`ItemCode::build`].
    pub code: String,
    /// Goods, service or raw material (eTIMS `itemTyCd`).
    pub item_type: ItemType,
    /// KRA item classification, 8 or 10 digits (eTIMS `itemClsCd`).
    pub classification: String,
    /// Name (eTIMS `itemNm`, cut to 200 characters with a warning).
    pub name: String,
    /// Country of origin (eTIMS `orgnNatCd`).
    pub origin: String,
    /// Packaging unit code (eTIMS `pkgUnitCd`).
    pub packaging: String,
    /// Quantity unit code (eTIMS `qtyUnitCd`).
    pub unit: String,
    /// Tax band (eTIMS `taxTyCd`).
    pub tax: TaxType,
    /// Usual price of one in shillings, VAT inside, at most two decimals (eTIMS `dftPrc`).
    #[schemars(with = "DecimalText")]
    pub price: Decimal,
    /// Barcode (eTIMS `bcd`, 20 characters).
    #[serde(default)]
    pub barcode: Option<String>,
    /// Who registers it (eTIMS `regrId`, `regrNm`); nothing sends `sdk`.
    #[serde(default)]
    pub operator: Option<Operator>,
}

/// An item that KRA can take, valid by construction.
///
/// ```
/// use etims_core::document::{Item, ItemDraft};
/// use etims_core::rules::Findings;
/// use etims_core::settings::Settings;
/// use etims_core::wire::Dialect;
///
/// let text = br#"{ "code": "KE2NTNO0000001", "item_type": "goods", "classification": "5022110801",
///     "name": "Maize flour 2 kg", "origin": "KE", "packaging": "NT", "unit": "NO", "tax": "B", "price": "580.00" }"#;
/// let settings = Settings::new(Dialect::Gateway);
/// let mut findings = Findings::default();
/// let mut draft = ItemDraft::from_json(text, &mut findings)?;
/// let item = Item::check_with(&draft, &settings, findings)?;
/// assert_eq!(item.price().to_string(), "580.00");
///
/// draft.unit = "LTR".to_owned();
/// let invalid = Item::check(&draft, &settings).unwrap_err();
/// assert_eq!(invalid.violations[0].code(), "ETIMS-ITEM-CODE-03");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    draft: ItemDraft,
    price: Amount,
    #[serde(skip)]
    warnings: Vec<Violation>,
}

impl ItemDraft {
    /// What stands in for a draft until its keys are read; every one of them must be there.
    pub(super) fn unread() -> ItemDraft {
        ItemDraft {
            code: String::new(),
            item_type: ItemType::Goods,
            classification: String::new(),
            name: String::new(),
            origin: String::new(),
            packaging: String::new(),
            unit: String::new(),
            tax: TaxType::D,
            price: Decimal::ZERO,
            barcode: None,
            operator: None,
        }
    }
}

impl Item {
    /// Checks an item.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check(draft: &ItemDraft, settings: &Settings) -> Result<Item, Invalid> {
        Item::check_with(draft, settings, Findings::default())
    }

    /// Checks an item, going on from what was found while it was read.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check_with(draft: &ItemDraft, settings: &Settings, mut findings: Findings) -> Result<Item, Invalid> {
        let goods = Goods {
            code: ("code", &draft.code),
            classification: Some(&draft.classification),
            name: Some(&draft.name),
            packaging: Some(&draft.packaging),
            unit: Some(&draft.unit),
            barcode: draft.barcode.as_deref(),
        };
        goods.check(Place::Document, &mut findings);
        if text::is_blank(&draft.origin) {
            findings.add(&rule::ITEM_ORIGIN, "origin", "is missing.");
        } else {
            goods::check_origin(&draft.origin, Place::Document, &mut findings);
        }
        goods::check_seller(draft.tax, Place::Document, settings, &mut findings);
        if !line::is_cents(draft.price) {
            findings.add(&rule::ITEM_PRICE_RANGE, "price", format!("{} does not fit.", draft.price));
        }
        text::check_operator(draft.operator.as_ref(), &mut findings);
        if settings.dialect == Dialect::Gateway {
            check_composition(draft, &mut findings);
        }
        let warnings = findings.into_result()?;
        let [origin, packaging, unit] =
            [&draft.origin, &draft.packaging, &draft.unit].map(|code| code.to_ascii_uppercase());
        let draft = ItemDraft { origin, packaging, unit, ..draft.clone() };
        Ok(Item { price: Amount::rounded(draft.price), draft, warnings })
    }

    /// The item as the caller gave it, its codes in capitals.
    pub fn draft(&self) -> &ItemDraft {
        &self.draft
    }

    /// Usual price of one in shillings, VAT inside (eTIMS `dftPrc`).
    pub fn price(&self) -> Amount {
        self.price
    }

    /// What is worth a look; empty when the item was read back from a store.
    pub fn warnings(&self) -> &[Violation] {
        &self.warnings
    }
}

/// The gateway's check of a composed code, with its own texts. Source: reference `etims-protocol.md` §6 [live].
fn check_composition(draft: &ItemDraft, findings: &mut Findings) {
    let parts = (
        ItemCode::parse(&draft.code),
        Country::from_code(&draft.origin),
        PackagingUnit::from_code(&draft.packaging),
        QuantityUnit::from_code(&draft.unit),
    );
    let (Ok(code), Some(origin), Some(packaging), Some(unit)) = parts else { return };
    let Err(error) = code.check_parts(origin, draft.item_type, packaging, unit) else { return };
    let differs =
        |range: std::ops::Range<usize>, part: &str| code.as_str().get(range).is_some_and(|slice| slice != part);
    let broken = match error {
        ItemCodeError::QuantityUnitWidth { .. } => &rule::ITEM_CODE_UNIT,
        ItemCodeError::PackagingUnitWidth { .. } => &rule::ITEM_CODE_PACKAGING,
        _ if differs(3..5, packaging.code()) => &rule::ITEM_CODE_PACKAGING,
        _ if differs(5..7, unit.code()) => &rule::ITEM_CODE_UNIT,
        _ => &rule::ITEM_CODE_FORM,
    };
    findings.add(broken, "code", format!("{error}."));
}
