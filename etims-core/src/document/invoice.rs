//! A document that is ready for KRA: checked, computed, frozen.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{Currency, InvoiceDraft, Kind, Messages, Mode, Prices};
use crate::codes::{CreditReason, ItemType, PaymentMethod, TaxType};
use crate::money::{Amount, Percent, Quantity, UnitPrice};
use crate::party::{Buyer, Operator};
use crate::rules::Violation;
use crate::settings::Settings;
use crate::time::Timestamp;
use crate::totals::{LineTotals, Totals, WireLine};

/// A sale or credit note, valid by construction: made by [`Invoice::check`], never changed after.
///
/// Amounts, rates and settings are frozen in it. Only KRA's number is missing: it is bound when the document is sent.
///
/// ```
/// use etims_core::codes::{PaymentMethod, TaxType};
/// use etims_core::document::{Invoice, InvoiceDraft, LineDraft};
/// use etims_core::settings::Settings;
/// use etims_core::wire::Dialect;
///
/// let line = LineDraft::new("KE2NTNO0000001", "3", "33.33")?.item("Flour", "5022110801", "NT", "NO", TaxType::B);
/// let mut draft = InvoiceDraft::sale("INV-1", "2026-09-17T14:09:26+03:00".parse()?)
///     .payment(PaymentMethod::Cash, None)
///     .line(line);
/// let invoice = Invoice::check(&draft, &Settings::new(Dialect::Gateway))?;
/// assert_eq!(invoice.totals().total().to_string(), "99.99");
/// assert_eq!(invoice.totals().tax(TaxType::B).to_string(), "13.79");
/// assert_eq!(invoice.warnings()[0].code(), "ETIMS-BUYER-NAME-02");
///
/// draft.lines[0].unit = Some("EA".to_owned());
/// let invalid = Invoice::check(&draft, &Settings::new(Dialect::Gateway)).unwrap_err();
/// assert_eq!((invalid.violations[0].code(), &*invalid.violations[0].path), ("ETIMS-LINE-UNIT-02", "lines[0].unit"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[skip_serializing_none]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub(super) reference: String,
    pub(super) kind: Kind,
    pub(super) mode: Mode,
    pub(super) issued_at: Timestamp,
    pub(super) supply_date: Option<NaiveDate>,
    pub(super) prices: Prices,
    pub(super) foreign: Option<ForeignTotals>,
    pub(super) buyer: Buyer,
    pub(super) operator: Operator,
    pub(super) payments: Vec<Payment>,
    pub(super) basket: Option<BasketDiscount>,
    pub(super) lines: Vec<Line>,
    pub(super) wire: Vec<WireLine>,
    pub(super) totals: Totals,
    pub(super) credit: Option<Credit>,
    pub(super) relates_to: Option<String>,
    pub(super) messages: Messages,
    pub(super) remark: Option<String>,
    pub(super) settings: Settings,
    #[serde(skip)]
    pub(super) warnings: Vec<Violation>,
}

/// One line as the customer knows it.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Registered item code (eTIMS `itemCd`).
    pub item_code: String,
    /// Goods, service or raw material.
    pub item_type: ItemType,
    /// Country of origin.
    pub origin: String,
    /// KRA item classification (eTIMS `itemClsCd`).
    pub classification: String,
    /// Name (eTIMS `itemNm`).
    pub name: String,
    /// More about it, printed below the name.
    pub description: Option<String>,
    /// Packaging unit (eTIMS `pkgUnitCd`).
    pub packaging: String,
    /// Quantity unit (eTIMS `qtyUnitCd`).
    pub unit: String,
    /// Packages sent for every wire line (eTIMS `pkg`).
    pub packages: Quantity,
    /// How many, as the caller wrote it.
    pub quantity: Quantity,
    /// Tax band.
    pub tax_type: TaxType,
    /// Rate of the band when the document was made.
    pub rate: Percent,
    /// Percent of the line's own discount, where it was given as one.
    pub discount_percent: Option<Percent>,
    /// Why the discount was given.
    pub discount_reason: Option<String>,
    /// Barcode (eTIMS `bcd`).
    pub barcode: Option<String>,
    /// An insurer's share.
    pub insurance: Option<Insurance>,
    /// The line's money, VAT inside.
    pub totals: LineTotals,
    /// The line in the document's foreign currency.
    pub foreign: Option<ForeignLine>,
}

/// An insurer's share of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insurance {
    /// Insurer's code (eTIMS `isrccCd`).
    pub code: String,
    /// Insurer's name (eTIMS `isrccNm`).
    pub name: String,
    /// Whole percent (eTIMS `isrcRt`).
    pub rate: Percent,
    /// Share in shillings (eTIMS `isrcAmt`).
    pub amount: Amount,
}

/// A line in the currency the caller priced it in, VAT inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignLine {
    /// Price of one.
    pub unit_price: UnitPrice,
    /// What the line costs.
    pub total: Amount,
}

/// The document in the currency the caller priced it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignTotals {
    /// Currency and rate.
    pub currency: Currency,
    /// What the buyer pays in it.
    pub total: Amount,
}

/// One tender, in shillings.
#[skip_serializing_none]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Amount,
    /// Transaction number.
    pub reference: Option<String>,
    /// When a credit is due.
    pub due: Option<NaiveDate>,
}

/// A discount on the whole document, already spread over the lines.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketDiscount {
    /// Percent, where it was given as one.
    pub percent: Option<Percent>,
    /// Why.
    pub reason: Option<String>,
}

/// What a credit note credits.
#[skip_serializing_none]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Caller's reference of the sale, where it was issued through this SDK.
    pub original_reference: Option<String>,
    /// KRA's number of the sale (eTIMS `orgInvcNo`).
    pub original_invoice_number: u64,
    /// The number printed on the sale: `{SCU id}/{receipt number}`.
    pub original_cu_invoice_number: String,
    /// Reason (eTIMS `rfdRsnCd`).
    pub reason: CreditReason,
    /// Justification for the credit-note log.
    pub note: Option<String>,
    /// What was taken from which line of the original: the ledger of what may still be credited.
    pub parts: Vec<CreditedPart>,
}

/// What a credit note took from a line of the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditedPart {
    /// Line of the original, counted from 0.
    pub line: usize,
    /// Quantity credited, as the caller counts it; 0 for money without goods.
    pub quantity: Quantity,
    /// Money credited, VAT inside.
    pub total: Amount,
}

/// One of the caller's lines that KRA sees as several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Split<'a> {
    /// The caller's line, counted from 0.
    pub line: usize,
    /// What KRA gets for it.
    pub wire: &'a [WireLine],
}

impl Invoice {
    /// The caller's document number (eTIMS `trdInvcNo`).
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Sale or credit note.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Normal, training or proforma; only normal documents are sent.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// When the till issued it.
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// Date of supply where it differs.
    pub fn supply_date(&self) -> Option<NaiveDate> {
        self.supply_date
    }

    /// Whether the caller's prices contained VAT.
    pub fn prices(&self) -> Prices {
        self.prices
    }

    /// The foreign currency the caller priced it in.
    pub fn foreign(&self) -> Option<&ForeignTotals> {
        self.foreign.as_ref()
    }

    /// The buyer; every field is empty for a walk-in customer.
    pub fn buyer(&self) -> &Buyer {
        &self.buyer
    }

    /// The name KRA gets: the buyer's, else the device's walk-in name.
    pub fn buyer_name(&self) -> &str {
        self.buyer.name.as_deref().unwrap_or(&self.settings.walk_in_name)
    }

    /// Who worked the till.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Every tender, in shillings; they add up to the total.
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// The one method the wire carries: the only one, `cash_credit` for cash beside credit, else that of the largest
    /// tender.
    pub fn main_payment(&self) -> PaymentMethod {
        let methods = || self.payments.iter().map(|payment| payment.method);
        let mixed = methods().any(|method| method == PaymentMethod::Cash)
            && methods().any(|method| method == PaymentMethod::Credit)
            && methods().all(|method| matches!(method, PaymentMethod::Cash | PaymentMethod::Credit));
        if mixed {
            return PaymentMethod::CashCredit;
        }
        let largest = self.payments.iter().rev().max_by_key(|payment| payment.amount);
        largest.map_or(PaymentMethod::Cash, |payment| payment.method)
    }

    /// The discount on the whole document.
    pub fn basket(&self) -> Option<&BasketDiscount> {
        self.basket.as_ref()
    }

    /// The lines as the caller wrote them.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines as KRA gets them.
    pub fn wire_lines(&self) -> &[WireLine] {
        &self.wire
    }

    /// Lines that KRA sees as several, because quantity × price has to meet an amount that does not divide.
    pub fn splits(&self) -> Vec<Split<'_>> {
        let of_line = |line| Split { line, wire: self.wire_of(line) };
        (0..self.lines.len()).map(of_line).filter(|split| split.wire.len() > 1).collect()
    }

    /// What KRA gets for one of the caller's lines.
    pub(super) fn wire_of(&self, line: usize) -> &[WireLine] {
        let start = self.wire.partition_point(|wire| wire.line < line);
        let end = self.wire.partition_point(|wire| wire.line <= line);
        &self.wire[start..end]
    }

    /// Sums by band and over all.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Every discount on the document, VAT inside.
    pub fn total_discount(&self) -> Amount {
        self.lines.iter().map(|line| line.totals.discount + line.totals.basket_discount).sum()
    }

    /// A credit note that was checked before its original was signed, with the numbers the original has got since.
    pub fn with_signed_original(mut self, invoice_number: u64, cu_invoice_number: String) -> Invoice {
        if let Some(credit) = &mut self.credit {
            credit.original_invoice_number = invoice_number;
            credit.original_cu_invoice_number = cu_invoice_number;
        }
        self
    }

    /// A credit note for this sale: all that is left of it, or the parts that [`InvoiceDraft::part`] adds. Kenya has no
    /// debit note: to charge more, make a further sale whose [`InvoiceDraft::relates_to`] names this one.
    ///
    /// ```
    /// use etims_core::codes::{CreditReason, PaymentMethod, TaxType};
    /// use etims_core::document::{CreditLineDraft, Invoice, InvoiceDraft, LineDraft, Original};
    /// use etims_core::party::Buyer;
    /// use etims_core::settings::Settings;
    /// use etims_core::wire::Dialect;
    ///
    /// let settings = Settings::new(Dialect::Gateway);
    /// let draft = InvoiceDraft::sale("INV-1", "2026-09-17T14:09:26+03:00".parse()?)
    ///     .buyer(Buyer { name: Some("Kilimani Grocers Ltd".to_owned()), ..Buyer::default() })
    ///     .payment(PaymentMethod::Cash, None)
    ///     .line(LineDraft::new("KE2NTNO0000001", "3", "580.00")?.item("Flour", "5022110801", "NT", "NO", TaxType::B));
    /// let sale = Invoice::check(&draft, &settings)?;
    ///
    /// let note = sale.credit("CN-1", "2026-09-18T09:00:00+03:00".parse()?, CreditReason::Refund);
    /// let note = note.part(CreditLineDraft::quantity(1, "2")?);
    /// let original = Original {
    ///     invoice: &sale,
    ///     invoice_number: 10,
    ///     cu_invoice_number: "KRACU0400001214/10".to_owned(),
    ///     credited: &[],
    /// };
    /// let note = Invoice::check_credit(&note, &settings, &original)?;
    /// assert_eq!(note.totals().total().to_string(), "1160.00");
    ///
    /// let original = Original { credited: &[note], ..original };
    /// let (quantity, money) = original.left_of(0);
    /// assert_eq!((quantity.to_string(), money.to_string()), ("1".to_owned(), "580.00".to_owned()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn credit(&self, reference: impl Into<String>, issued_at: Timestamp, reason: CreditReason) -> InvoiceDraft {
        let mut note = InvoiceDraft::credit_note(reference, issued_at, &self.reference);
        if let Some(credit) = &mut note.credit {
            credit.reason = Some(reason);
        }
        note
    }

    /// What a credit note credits.
    pub fn credits(&self) -> Option<&Credit> {
        self.credit.as_ref()
    }

    /// The earlier invoice that this one supplements.
    pub fn relates_to(&self) -> Option<&str> {
        self.relates_to.as_deref()
    }

    /// Messages that replace the seller's.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// Everything that travels in the remark (eTIMS `remark`): the caller's, the related invoice, the buyer's document
    /// and exemption.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// The device settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is worth a look; empty when the invoice was read back from a store.
    pub fn warnings(&self) -> &[Violation] {
        &self.warnings
    }
}
