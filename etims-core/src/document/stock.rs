//! Stock: movements in and out, and the balance KRA keeps beside its own ledger.

use chrono::Datelike as _;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::draft::DecimalText;
use crate::codes::{ItemCode, StockMovementType, TaxType};
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::party::Operator;
use crate::rules::goods::{self, Goods};
use crate::rules::place::Place;
use crate::rules::{Findings, Invalid, Violation, catalogue as rule, line, text};
use crate::settings::Settings;
use crate::time::{self, EAST_AFRICA, Timestamp};
use crate::totals::split_gross;
use crate::wire::{Dialect, limits};

/// A movement before it is checked (eTIMS `insertStockIO`).
#[skip_serializing_none]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockMovementDraft {
    /// Why goods came or went; says the direction too (eTIMS `sarTyCd`).
    pub kind: StockMovementType,
    /// When, RFC 3339 with offset (eTIMS `ocrnDt`, a day in Nairobi, not in the future by KRA's clock).
    pub occurred_at: Timestamp,
    /// What moved, 1 to 999 lines.
    pub lines: Vec<StockLineDraft>,
    /// KRA's number of the movement this one follows from, 0 for none (eTIMS `orgSarNo`).
    #[serde(default)]
    pub original_number: u64,
    /// Free text, 400 characters (eTIMS `remark`).
    #[serde(default)]
    pub remark: Option<String>,
    /// Who reports it (eTIMS `regrId`, `regrNm`); nothing sends `sdk`.
    #[serde(default)]
    pub operator: Option<Operator>,
}

/// One moved item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockLineDraft {
    /// Registered item code (eTIMS `itemCd`).
    pub item_code: String,
    /// KRA item classification, 8 or 10 digits (eTIMS `itemClsCd`).
    pub classification: String,
    /// Name (eTIMS `itemNm`).
    pub name: String,
    /// Packaging unit code (eTIMS `pkgUnitCd`).
    pub packaging: String,
    /// Quantity unit code (eTIMS `qtyUnitCd`).
    pub unit: String,
    /// How many, always positive, at most two decimals (eTIMS `qty`); the wire's packages are the same number.
    #[schemars(with = "DecimalText")]
    pub quantity: Quantity,
    /// Price of one in shillings, VAT inside, at most two decimals (eTIMS `prc`): the gateway takes an amount of zero for
    /// a missing one.
    #[schemars(with = "DecimalText")]
    pub unit_price: UnitPrice,
    /// Tax band, the registered item's (eTIMS `taxTyCd`).
    pub tax: TaxType,
}

/// A movement that KRA can take, valid by construction; only its number is missing.
///
/// ```
/// use etims_core::codes::Direction;
/// use etims_core::document::{StockMovement, StockMovementDraft};
/// use etims_core::rules::Findings;
/// use etims_core::settings::Settings;
/// use etims_core::wire::Dialect;
///
/// let text = br#"{ "kind": "adjustment_in", "occurred_at": "2026-09-17T08:00:00+03:00", "remark": "opening stock",
///     "lines": [{ "item_code": "KE2NTNO0000001", "classification": "5022110801", "name": "Maize flour 2 kg",
///         "packaging": "NT", "unit": "NO", "quantity": "100", "unit_price": "580.00", "tax": "B" }] }"#;
/// let mut findings = Findings::default();
/// let draft = StockMovementDraft::from_json(text, &mut findings)?;
/// let movement = StockMovement::check_with(&draft, &Settings::new(Dialect::Gateway), findings)?;
/// assert_eq!(movement.draft().kind.direction(), Direction::In);
/// assert_eq!(movement.lines()[0].tax.to_string(), "8000.00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockMovement {
    draft: StockMovementDraft,
    lines: Vec<StockLine>,
    #[serde(skip)]
    warnings: Vec<Violation>,
}

/// One moved item with its money in shillings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// The item.
    pub draft: StockLineDraft,
    /// Net amount (eTIMS `taxblAmt`).
    pub taxable: Amount,
    /// VAT (eTIMS `taxAmt`).
    pub tax: Amount,
    /// Quantity × price (eTIMS `splyAmt`, `totAmt`).
    pub total: Amount,
}

impl StockMovementDraft {
    /// What stands in for a draft until its keys are read.
    pub(super) fn unread() -> StockMovementDraft {
        StockMovementDraft {
            kind: StockMovementType::AdjustmentIn,
            occurred_at: chrono::DateTime::UNIX_EPOCH.with_timezone(&EAST_AFRICA),
            lines: Vec::new(),
            original_number: 0,
            remark: None,
            operator: None,
        }
    }
}

impl StockLineDraft {
    /// What stands in for a line until its keys are read.
    pub(super) fn unread() -> StockLineDraft {
        StockLineDraft {
            item_code: String::new(),
            classification: String::new(),
            name: String::new(),
            packaging: String::new(),
            unit: String::new(),
            quantity: Quantity::default(),
            unit_price: UnitPrice::default(),
            tax: TaxType::D,
        }
    }
}

impl StockMovement {
    /// Checks and computes a movement. Amounts follow K1, as KRA demands of movements too.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check(draft: &StockMovementDraft, settings: &Settings) -> Result<StockMovement, Invalid> {
        StockMovement::check_with(draft, settings, Findings::default())
    }

    /// Checks and computes a movement, going on from what was found while it was read.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check_with(
        draft: &StockMovementDraft,
        settings: &Settings,
        mut findings: Findings,
    ) -> Result<StockMovement, Invalid> {
        if draft.lines.is_empty() {
            findings.add(&rule::STOCK_LINES, "lines", "are missing.");
        } else if draft.lines.len() > limits::LINES {
            findings.add(&rule::DOC_LINES_MANY, "lines", format!("{} lines.", draft.lines.len()));
        }
        let year = time::local_date(draft.occurred_at).year();
        if !limits::YEARS.contains(&year) {
            findings.add(&rule::DOC_YEAR, "occurred_at", format!("is in {year}."));
        }
        if let Some(remark) = &draft.remark {
            if text::is_longer(remark, limits::REMARK) {
                findings.add(&rule::DOC_REMARK, "remark", "is longer.");
            }
            text::check_whole(Some(remark), || "remark".to_owned(), &mut findings);
        }
        text::check_operator(draft.operator.as_ref(), &mut findings);
        for (index, line) in draft.lines.iter().enumerate() {
            check_line(line, Place::Entry("lines", index), settings, &mut findings);
        }
        let warnings = findings.into_result()?;
        let lines = draft.lines.iter().map(|line| StockLine::new(line, settings.rates.rate(line.tax))).collect();
        Ok(StockMovement { draft: draft.clone(), lines, warnings })
    }

    /// The movement as the caller gave it.
    pub fn draft(&self) -> &StockMovementDraft {
        &self.draft
    }

    /// The lines with their money.
    pub fn lines(&self) -> &[StockLine] {
        &self.lines
    }

    /// What is worth a look; empty when the movement was read back from a store.
    pub fn warnings(&self) -> &[Violation] {
        &self.warnings
    }
}

impl StockLine {
    fn new(draft: &StockLineDraft, rate: Percent) -> StockLine {
        let total = draft.quantity * draft.unit_price;
        let (taxable, tax) = split_gross(total, rate);
        let (packaging, unit) = (draft.packaging.to_ascii_uppercase(), draft.unit.to_ascii_uppercase());
        StockLine { draft: StockLineDraft { packaging, unit, ..draft.clone() }, taxable, tax, total }
    }
}

fn check_line(draft: &StockLineDraft, place: Place, settings: &Settings, findings: &mut Findings) {
    let goods = Goods {
        code: ("item_code", &draft.item_code),
        classification: Some(&draft.classification),
        name: Some(&draft.name),
        packaging: Some(&draft.packaging),
        unit: Some(&draft.unit),
        barcode: None,
    };
    goods.check(place, findings);
    goods::check_seller(draft.tax, place, settings, findings);
    let (quantity, price) = (draft.quantity, draft.unit_price.decimal());
    let counts = quantity.decimal() > Decimal::ZERO && fits(quantity);
    if !counts {
        findings.add(&rule::STOCK_QTY, place.key("quantity"), format!("{quantity} does not fit."));
    }
    let is_price = line::is_cents(price) && price < limits::stock_price_bound();
    // Both are small enough for their product.
    let total = (counts && is_price).then(|| quantity * draft.unit_price);
    if !is_price || total.is_some_and(|total| !line::is_amount(total.decimal())) {
        findings.add(&rule::STOCK_PRICE_RANGE, place.key("unit_price"), format!("{price} does not fit."));
    } else if settings.dialect == Dialect::Gateway && total.is_some_and(Amount::is_zero) {
        findings.add(&rule::STOCK_AMOUNT, place.key("unit_price"), "comes to 0.00.");
    }
}

fn fits(quantity: Quantity) -> bool {
    quantity.decimals() <= 2 && quantity.decimal() < limits::quantity_bound()
}

/// What is left of one item after its movements (eTIMS `saveStockMaster`); KRA compares it with its own ledger.
///
/// ```
/// use etims_core::document::StockBalance;
/// let balance = StockBalance::check("KE2NTNO0000001", etims_core::money::Quantity::ONE, None)?;
/// assert_eq!(balance.remaining().to_string(), "1");
/// # Ok::<(), etims_core::rules::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockBalance {
    item_code: String,
    remaining: Quantity,
    operator: Operator,
}

impl StockBalance {
    /// Checks a balance.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check(item_code: &str, remaining: Quantity, operator: Option<Operator>) -> Result<StockBalance, Invalid> {
        let mut findings = Findings::default();
        if text::is_blank(item_code) {
            findings.add(&rule::LINE_ITEM_CODE, "item_code", "is missing.");
        } else if let Err(error) = ItemCode::parse(item_code) {
            findings.add(&rule::LINE_ITEM_CODE_FORM, "item_code", format!("{error}."));
        }
        if remaining.decimal() < Decimal::ZERO || !fits(remaining) {
            findings.add(&rule::STOCK_BALANCE, "remaining", format!("{remaining} does not fit."));
        }
        text::check_operator(operator.as_ref(), &mut findings);
        findings.into_result()?;
        Ok(StockBalance { item_code: item_code.to_owned(), remaining, operator: operator.unwrap_or_default() })
    }

    /// The item (eTIMS `itemCd`).
    pub fn item_code(&self) -> &str {
        &self.item_code
    }

    /// What is left of it, in its unit (eTIMS `rsdQty`).
    pub fn remaining(&self) -> Quantity {
        self.remaining
    }

    /// Who reports it (eTIMS `regrId`, `regrNm`).
    pub fn operator(&self) -> &Operator {
        &self.operator
    }
}
