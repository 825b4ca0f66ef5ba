//! Stock: movements in and out, and the balance KRA keeps beside its own ledger.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::{ItemCode, PackagingUnit, QuantityUnit, StockMovementType, TaxType};
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::party::Operator;
use crate::rules::{Findings, Invalid, Rule, catalogue as rule};
use crate::settings::Settings;
use crate::time::Timestamp;
use crate::totals::split_gross;
use crate::wire::limits;

/// A movement before it is checked (eTIMS `insertStockIO`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockMovementDraft {
    /// Why goods came or went; says the direction too (eTIMS `sarTyCd`).
    pub kind: StockMovementType,
    /// When (eTIMS `ocrnDt`, a day in Nairobi, not in the future by KRA's clock).
    pub occurred_at: Timestamp,
    /// What moved.
    pub lines: Vec<StockLineDraft>,
    /// The movement this one follows from, 0 for none (eTIMS `orgSarNo`).
    #[serde(default)]
    pub original_number: u64,
    /// Free text.
    #[serde(default)]
    pub remark: Option<String>,
    /// Who reports it.
    #[serde(default)]
    pub operator: Option<Operator>,
}

/// One moved item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockLineDraft {
    /// Registered item code.
    pub item_code: String,
    /// KRA item classification.
    pub classification: String,
    /// Name.
    pub name: String,
    /// Packaging unit.
    pub packaging: String,
    /// Quantity unit.
    pub unit: String,
    /// How many, always positive; the wire's packages are the same number.
    pub quantity: Quantity,
    /// Price of one, VAT inside: KRA takes an amount of zero for a missing one.
    pub unit_price: UnitPrice,
    /// Tax band, the registered item's.
    pub tax: TaxType,
}

/// A movement that KRA can take; only its number is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockMovement {
    draft: StockMovementDraft,
    lines: Vec<StockLine>,
}

/// One moved item with its money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// The item.
    pub draft: StockLineDraft,
    /// Net amount.
    pub taxable: Amount,
    /// VAT.
    pub tax: Amount,
    /// Quantity × price.
    pub total: Amount,
}

impl StockMovement {
    /// Checks and computes a movement. Amounts follow K1, as KRA demands of movements too.
    ///
    /// # Errors
    /// [`Invalid`] with every violation at once.
    pub fn check(draft: &StockMovementDraft, settings: &Settings) -> Result<StockMovement, Invalid> {
        let mut findings = Findings::default();
        if draft.lines.is_empty() || draft.lines.len() > limits::LINES {
            findings.add(&rule::STOCK_LINES, "lines", format!("{} lines.", draft.lines.len()));
        }
        if draft.remark.as_ref().is_some_and(|remark| remark.chars().count() > limits::REMARK) {
            findings.add(&rule::DOC_REMARK, "remark", "is too long.");
        }
        for (index, line) in draft.lines.iter().enumerate() {
            check_line(line, index, &mut findings);
        }
        findings.into_result()?;
        let lines = draft.lines.iter().map(|line| StockLine::new(line, settings.rates.rate(line.tax))).collect();
        Ok(StockMovement { draft: draft.clone(), lines })
    }

    /// The movement as the caller gave it.
    pub fn draft(&self) -> &StockMovementDraft {
        &self.draft
    }

    /// The lines with their money.
    pub fn lines(&self) -> &[StockLine] {
        &self.lines
    }
}

impl StockLine {
    fn new(draft: &StockLineDraft, rate: Percent) -> StockLine {
        let total = draft.quantity * draft.unit_price;
        let (taxable, tax) = split_gross(total, rate);
        StockLine { draft: draft.clone(), taxable, tax, total }
    }
}

fn check_line(line: &StockLineDraft, index: usize, findings: &mut Findings) {
    let mut broken = |rule: &'static Rule, key: &str, message: String| {
        findings.add(rule, format!("lines[{index}].{key}"), message);
    };
    if let Err(error) = ItemCode::parse(&line.item_code) {
        broken(&rule::LINE_ITEM_CODE_LENGTH, "item_code", format!("{error}."));
    }
    if !crate::rules::draft::is_classification(&line.classification) {
        broken(&rule::LINE_CLASS_FORM, "classification", format!("{:?} does not fit.", line.classification));
    }
    if line.name.trim().is_empty() {
        broken(&rule::LINE_NAME, "name", "is missing.".to_owned());
    }
    if PackagingUnit::from_code(&line.packaging).is_none() {
        broken(&rule::LINE_PACKAGING_CODE, "packaging", format!("{:?} is not known.", line.packaging));
    }
    if QuantityUnit::from_code(&line.unit).is_none() {
        broken(&rule::LINE_UNIT_CODE, "unit", format!("{:?} is not known.", line.unit));
    }
    let quantity = line.quantity.decimal();
    if quantity <= Decimal::ZERO || line.quantity.decimals() > 2 || quantity >= limits::quantity_bound() {
        broken(&rule::STOCK_QTY, "quantity", format!("{quantity} does not fit."));
    }
    let price = line.unit_price.decimal();
    let priced = price > Decimal::ZERO && line.unit_price.decimals() <= 2;
    if !priced || quantity.checked_mul(price).is_none_or(|total| total >= limits::amount_bound()) {
        broken(&rule::STOCK_AMOUNT, "unit_price", format!("{price} does not fit."));
    }
}

/// What is left of one item after its movements (eTIMS `saveStockMaster`); KRA compares it with its own ledger.
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
        if let Err(error) = ItemCode::parse(item_code) {
            findings.add(&rule::LINE_ITEM_CODE_LENGTH, "item_code", format!("{error}."));
        }
        let quantity = remaining.decimal();
        if quantity < Decimal::ZERO || remaining.decimals() > 2 || quantity >= limits::quantity_bound() {
            findings.add(&rule::STOCK_QTY, "remaining", format!("{quantity} does not fit."));
        }
        findings.into_result()?;
        Ok(StockBalance { item_code: item_code.to_owned(), remaining, operator: operator.unwrap_or_default() })
    }

    /// The item.
    pub fn item_code(&self) -> &str {
        &self.item_code
    }

    /// What is left of it.
    pub fn remaining(&self) -> Quantity {
        self.remaining
    }

    /// Who reports it.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }
}
