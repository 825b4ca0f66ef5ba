//! The public document: what a caller fills, the same JSON in every language (DESIGN §3).

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use sha2::{Digest, Sha256};

use crate::codes::{CreditReason, ItemType, PaymentMethod, TaxType};
use crate::money::{Percent, Quantity, UnitPrice};
use crate::party::{Buyer, Operator};
use crate::time::{EAST_AFRICA, Timestamp};

/// Sale or credit note (eTIMS `rcptTyCd` S or R). Kenya has no debit note: issue a supplementary sale whose
/// [`InvoiceDraft::relates_to`] names the first invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A sale.
    #[default]
    Sale,
    /// A credit note for an earlier sale.
    CreditNote,
}

/// Whether the document is meant for KRA. Source: TIS specification §4.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Signed by KRA.
    #[default]
    Normal,
    /// Printed and journaled, never sent.
    Training,
    /// An offer: printed and journaled, never sent.
    Proforma,
}

/// Whether unit prices, amounts and discounts contain VAT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Prices {
    /// As a shop shows them.
    #[default]
    TaxInclusive,
    /// As most ERPs keep them; VAT is added.
    TaxExclusive,
}

/// A document before it is checked. Build one with [`InvoiceDraft::sale`] or read one with [`InvoiceDraft::from_json`].
///
/// ```
/// use etims_core::document::{InvoiceDraft, LineDraft};
/// let draft = InvoiceDraft::sale("INV-1", "2026-09-17T14:09:26+03:00".parse().unwrap())
///     .line(LineDraft::new("KE2NTNO0000001", "2", "580.00").unwrap());
/// assert_eq!(draft.lines.len(), 1);
/// ```
#[skip_serializing_none]
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = allow_single_payment)]
pub struct InvoiceDraft {
    /// The caller's own document number, unique per branch: the idempotency key (eTIMS `trdInvcNo`, 1–50 characters).
    pub reference: String,
    /// Sale or credit note.
    pub kind: Kind,
    /// Whether the document is meant for KRA.
    #[schemars(default)]
    pub mode: Mode,
    /// When the till issued it, RFC 3339 with offset (eTIMS `cfmDt`, `salesDt`).
    pub issued_at: Timestamp,
    /// Date of supply where it differs from the date of issue; printed.
    #[schemars(default)]
    pub supply_date: Option<NaiveDate>,
    /// Whether prices contain VAT.
    #[schemars(default)]
    pub prices: Prices,
    /// A foreign currency the prices are in; converted to shillings for KRA.
    #[schemars(default)]
    pub currency: Option<Currency>,
    /// Who buys; nothing for a walk-in customer.
    #[schemars(default)]
    pub buyer: Option<Buyer>,
    /// Who works the till.
    #[schemars(default)]
    pub operator: Option<Operator>,
    /// How it is paid; nothing means cash, with a warning.
    #[schemars(default)]
    pub payments: Vec<PaymentDraft>,
    /// Discount on the whole document, spread in proportion within each tax band.
    #[schemars(default)]
    pub discount: Option<DiscountDraft>,
    /// What is sold, 1 to 999 lines.
    #[schemars(default)]
    pub lines: Vec<LineDraft>,
    /// What a credit note credits.
    #[schemars(default)]
    pub credit: Option<CreditDraft>,
    /// Reference of an earlier invoice that this one supplements: takes the place of a debit note.
    #[schemars(default)]
    pub relates_to: Option<String>,
    /// Messages that replace the seller's for this document.
    #[schemars(default)]
    pub messages: Messages,
    /// Free text (eTIMS `remark`, 400 characters).
    #[schemars(default)]
    pub remark: Option<String>,
    /// What the buyer pays, in the document's currency; a document that computes to another total is refused.
    #[schemars(default, with = "Option<DecimalText>")]
    pub expected_total: Option<Decimal>,
}

/// A foreign currency with the rate used. KRA takes shillings only; the receipt shows both.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Currency {
    /// Code such as `USD`.
    pub code: String,
    /// Shillings for one unit of it.
    #[schemars(with = "DecimalText")]
    pub rate: Decimal,
    /// Where the rate comes from, for instance `CBK mean rate`.
    #[schemars(default)]
    pub source: Option<String>,
    /// Day of the rate.
    #[schemars(default)]
    pub date: Option<NaiveDate>,
}

/// One tender.
#[skip_serializing_none]
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PaymentDraft {
    /// How (eTIMS `pmtTyCd`).
    pub method: PaymentMethod,
    /// How much, in the document's currency; a single payment may leave it out and pays the whole.
    #[schemars(default, with = "Option<DecimalText>")]
    pub amount: Option<Decimal>,
    /// Transaction number, printed.
    #[schemars(default)]
    pub reference: Option<String>,
    /// When a credit is due, printed.
    #[schemars(default)]
    pub due: Option<NaiveDate>,
}

/// A discount, by percent or by amount.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DiscountDraft {
    /// Percent off, 0 to 100.
    #[schemars(default, with = "Option<DecimalText>")]
    pub percent: Option<Percent>,
    /// Money off, in the document's currency and price mode.
    #[schemars(default, with = "Option<DecimalText>")]
    pub amount: Option<Decimal>,
    /// Why, printed.
    #[schemars(default)]
    pub reason: Option<String>,
}

/// Messages printed and sent with one document.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Messages {
    /// Above the lines (eTIMS `topMsg`).
    #[schemars(default)]
    pub top: Option<String>,
    /// At the foot (eTIMS `btmMsg`).
    #[schemars(default)]
    pub bottom: Option<String>,
}

/// One line as the customer knows it.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LineDraft {
    /// Registered item code, 1–20 characters, never cut (eTIMS `itemCd`).
    pub item_code: String,
    /// Goods, service or raw material; read from the code when left out.
    #[schemars(default)]
    pub item_type: Option<ItemType>,
    /// Country of origin; read from the code when left out (eTIMS `orgnNatCd`).
    #[schemars(default)]
    pub origin: Option<String>,
    /// KRA item classification, 8 or 10 digits (eTIMS `itemClsCd`).
    #[schemars(default)]
    pub classification: Option<String>,
    /// Name (eTIMS `itemNm`, cut to 200 characters with a warning).
    #[schemars(default)]
    pub name: Option<String>,
    /// More about it, printed below the name.
    #[schemars(default)]
    pub description: Option<String>,
    /// Packaging unit code (eTIMS `pkgUnitCd`).
    #[schemars(default)]
    pub packaging: Option<String>,
    /// Quantity unit code (eTIMS `qtyUnitCd`).
    #[schemars(default)]
    pub unit: Option<String>,
    /// Number of packages; the device's setting when left out (eTIMS `pkg`).
    #[schemars(default, with = "Option<DecimalText>")]
    pub packages: Option<Quantity>,
    /// How many, always positive (eTIMS `qty`).
    #[schemars(with = "DecimalText")]
    pub quantity: Quantity,
    /// Price of one, in the document's currency and price mode (eTIMS `prc`).
    #[schemars(default, with = "Option<DecimalText>")]
    pub unit_price: Option<UnitPrice>,
    /// The line's money before discount, for fuel and weights: wins over quantity × price, with a warning.
    #[schemars(default, with = "Option<DecimalText>")]
    pub amount: Option<Decimal>,
    /// Discount on this line.
    #[schemars(default)]
    pub discount: Option<DiscountDraft>,
    /// Tax band (eTIMS `taxTyCd`).
    #[schemars(default)]
    pub tax: Option<TaxType>,
    /// Barcode (eTIMS `bcd`, 20 characters).
    #[schemars(default)]
    pub barcode: Option<String>,
    /// An insurer's share of this line.
    #[schemars(default)]
    pub insurance: Option<InsuranceDraft>,
}

/// An insurer's share. VAT stays on the full supply; the receipt shows both shares.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InsuranceDraft {
    /// Insurer's code (eTIMS `isrccCd`, 10 characters).
    pub code: String,
    /// Insurer's name (eTIMS `isrccNm`, 100 characters).
    pub name: String,
    /// Share in whole percent (eTIMS `isrcRt`).
    #[schemars(with = "DecimalText")]
    pub rate: Percent,
    /// Share in money; computed from the rate when left out (eTIMS `isrcAmt`).
    #[schemars(default, with = "Option<DecimalText>")]
    pub amount: Option<Decimal>,
}

/// What a credit note credits.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CreditDraft {
    /// The sale being credited.
    pub original: OriginalDraft,
    /// Reason code 01–13 (eTIMS `rfdRsnCd`).
    #[schemars(default)]
    pub reason: Option<CreditReason>,
    /// Justification for the credit-note log (TIS specification §14).
    #[schemars(default)]
    pub note: Option<String>,
    /// Which lines; nothing means the whole invoice.
    #[schemars(default)]
    pub lines: Vec<CreditLineDraft>,
}

/// The sale a credit note is for: by reference, or whole when this device's store does not know it.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OriginalDraft {
    /// Reference of a sale issued through this device.
    #[schemars(default)]
    pub reference: Option<String>,
    /// KRA's number of the sale (eTIMS `invcNo`, sent as `orgInvcNo`).
    #[schemars(default)]
    pub invoice_number: Option<u64>,
    /// The number printed on the sale: `{SCU id}/{receipt number}`.
    #[schemars(default)]
    pub cu_invoice_number: Option<String>,
    /// When the sale was issued.
    #[schemars(default)]
    pub issued_at: Option<Timestamp>,
    /// The buyer of the sale: the credit note must repeat name and PIN.
    #[schemars(default)]
    pub buyer: Option<Buyer>,
}

/// One line of the original, in part or whole.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CreditLineDraft {
    /// Line of the original, counted from 1.
    pub line: u32,
    /// How many to credit; with neither quantity nor amount the rest of the line.
    #[schemars(default, with = "Option<DecimalText>")]
    pub quantity: Option<Quantity>,
    /// Money to credit instead of a quantity: sent as quantity 1, no goods come back.
    #[schemars(default, with = "Option<DecimalText>")]
    pub amount: Option<Decimal>,
}

impl CreditLineDraft {
    /// All that is left of a line, counted from 1.
    pub fn rest(line: u32) -> CreditLineDraft {
        CreditLineDraft { line, ..CreditLineDraft::default() }
    }

    /// Some of a line's goods.
    ///
    /// # Errors
    /// The text is not a decimal.
    pub fn quantity(line: u32, quantity: &str) -> Result<CreditLineDraft, rust_decimal::Error> {
        Ok(CreditLineDraft {
            quantity: Some(Quantity::new(Decimal::from_str_exact(quantity)?)),
            ..CreditLineDraft::rest(line)
        })
    }

    /// Some of a line's money, VAT inside; no goods come back.
    ///
    /// # Errors
    /// The text is not a decimal.
    pub fn amount(line: u32, amount: &str) -> Result<CreditLineDraft, rust_decimal::Error> {
        Ok(CreditLineDraft { amount: Some(Decimal::from_str_exact(amount)?), ..CreditLineDraft::rest(line) })
    }
}

/// How decimals look in a document: a string of digits, or a JSON number read exactly.
pub(crate) struct DecimalText;

impl JsonSchema for DecimalText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "number"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$" })
    }
}

/// `payment` is read as one of [`InvoiceDraft::payments`], so that it is no field of its own.
fn allow_single_payment(schema: &mut schemars::Schema) {
    let payment = serde_json::json!({
        "description": "One payment of the whole, in place of `payments`.",
        "anyOf": [{ "$ref": "#/$defs/PaymentMethod" }, { "type": "null" }]
    });
    if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        properties.insert("payment".to_owned(), payment);
    }
}

impl InvoiceDraft {
    /// An empty sale in tax-inclusive prices.
    pub fn sale(reference: impl Into<String>, issued_at: Timestamp) -> InvoiceDraft {
        InvoiceDraft { reference: reference.into(), issued_at, ..InvoiceDraft::default() }
    }

    /// A credit note for a sale of this device: all that is left of it unless [`InvoiceDraft::part`] names parts.
    pub fn credit_note(
        reference: impl Into<String>,
        issued_at: Timestamp,
        original: impl Into<String>,
    ) -> InvoiceDraft {
        let original = OriginalDraft { reference: Some(original.into()), ..OriginalDraft::default() };
        InvoiceDraft {
            kind: Kind::CreditNote,
            credit: Some(CreditDraft { original, reason: Some(CreditReason::Refund), ..CreditDraft::default() }),
            ..InvoiceDraft::sale(reference, issued_at)
        }
    }

    /// Credits only this part of the sale, and the others added like it. Nothing happens to a sale.
    pub fn part(mut self, part: CreditLineDraft) -> InvoiceDraft {
        if let Some(credit) = &mut self.credit {
            credit.lines.push(part);
        }
        self
    }

    /// Adds a line.
    pub fn line(mut self, line: LineDraft) -> InvoiceDraft {
        self.lines.push(line);
        self
    }

    /// Sets the buyer.
    pub fn buyer(mut self, buyer: Buyer) -> InvoiceDraft {
        self.buyer = Some(buyer);
        self
    }

    /// Adds a payment of the whole or of a part.
    pub fn payment(mut self, method: PaymentMethod, amount: Option<Decimal>) -> InvoiceDraft {
        self.payments.push(PaymentDraft { method, amount, reference: None, due: None });
        self
    }

    /// SHA-256 of what the caller gave, before any default: tells a repeated draft from another one under its reference.
    /// What was not given is no part of it, so that an optional field of a later version changes no digest.
    pub fn digest(&self) -> [u8; 32] {
        let canonical = serde_json::to_vec(self).expect("a draft holds nothing that JSON cannot express");
        Sha256::digest(canonical).into()
    }
}

impl Default for InvoiceDraft {
    fn default() -> InvoiceDraft {
        InvoiceDraft {
            reference: String::new(),
            kind: Kind::Sale,
            mode: Mode::Normal,
            issued_at: DateTime::UNIX_EPOCH.with_timezone(&EAST_AFRICA),
            supply_date: None,
            prices: Prices::TaxInclusive,
            currency: None,
            buyer: None,
            operator: None,
            payments: Vec::new(),
            discount: None,
            lines: Vec::new(),
            credit: None,
            relates_to: None,
            messages: Messages::default(),
            remark: None,
            expected_total: None,
        }
    }
}

impl LineDraft {
    /// A line by code, quantity and unit price; the last two are decimal texts such as `"580.00"`.
    pub fn new(
        item_code: impl Into<String>,
        quantity: &str,
        unit_price: &str,
    ) -> Result<LineDraft, rust_decimal::Error> {
        Ok(LineDraft {
            item_code: item_code.into(),
            quantity: Quantity::new(Decimal::from_str_exact(quantity)?),
            unit_price: Some(UnitPrice::new(Decimal::from_str_exact(unit_price)?)),
            ..LineDraft::default()
        })
    }

    /// Names the item where there is no catalogue to do it.
    pub fn item(mut self, name: &str, classification: &str, packaging: &str, unit: &str, tax: TaxType) -> LineDraft {
        self.name = Some(name.to_owned());
        self.classification = Some(classification.to_owned());
        self.packaging = Some(packaging.to_owned());
        self.unit = Some(unit.to_owned());
        self.tax = Some(tax);
        self
    }
}

impl Default for PaymentDraft {
    fn default() -> PaymentDraft {
        PaymentDraft { method: PaymentMethod::Cash, amount: None, reference: None, due: None }
    }
}
