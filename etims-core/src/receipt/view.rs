//! What stands on a receipt, block by block in the order of KRA's templates. Renderers only draw it.

use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;

use super::labels::Labels;
use super::qr::QrError;

/// Whether this is the one original or a later print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Print {
    /// The one print that is the receipt.
    #[default]
    Original,
    /// Any later print of a signed document: marked as a copy. Training and proforma prints are marked by themselves
    /// and do not change.
    Copy,
}

/// The control unit a device was given at initialisation; answers that name their own win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// Control unit number (eTIMS `sdcId`).
    pub sdc_id: Option<String>,
    /// Machine registration number (eTIMS `mrcNo`).
    pub mrc_no: Option<String>,
}

/// What varies between prints of the same document.
#[derive(Clone, Debug)]
pub struct PrintOptions<'a> {
    /// Original or copy.
    pub print: Print,
    /// The words.
    pub labels: &'a Labels,
    /// KRA's logo as PNG, which the TIS specification wants on every receipt (§6.28) and which only KRA gives out.
    /// Without it the slot is marked.
    pub kra_logo: Option<Arc<[u8]>>,
    /// The shop's logo as PNG.
    pub shop_logo: Option<Arc<[u8]>>,
    /// Prints item code, classification and unit below each name on narrow paper too; A4 always shows them.
    pub item_codes: bool,
    /// Prints the machine registration number in the control unit's block, as older programs do.
    pub machine_number: bool,
}

impl Default for PrintOptions<'_> {
    /// An original in English.
    fn default() -> Self {
        PrintOptions {
            print: Print::Original,
            labels: Labels::english(),
            kra_logo: None,
            shop_logo: None,
            item_codes: false,
            machine_number: false,
        }
    }
}

/// Why a document cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// A normal document without KRA's signature: nothing is printed before KRA has answered (TIS specification §6).
    #[error("a normal document is printed after KRA has signed it: send it first, or hand out a proforma")]
    NotSigned,
    /// A training or proforma document that somebody signed.
    #[error("a training or proforma document has no KRA signature: leave the answer out")]
    NotToBeSigned,
    /// Neither the answer nor the device names the control unit.
    #[error("the control unit is unknown: give the sdcId from initialisation")]
    NoControlUnit,
    /// The signature cannot stand in a QR code.
    #[error(transparent)]
    Qr(#[from] QrError),
}

/// A receipt ready to be drawn. Made by [`ReceiptView::new`].
///
/// ```
/// use etims_core::codes::{PaymentMethod, TaxType};
/// use etims_core::document::{Invoice, InvoiceDraft, LineDraft};
/// use etims_core::party::Seller;
/// use etims_core::receipt::{Columns, DeviceIdentity, PrintOptions, ReceiptView, TextQr};
/// use etims_core::settings::Settings;
/// use etims_core::wire::{Dialect, SignedReceipt};
///
/// let draft = InvoiceDraft::sale("INV-1", "2026-09-17T14:09:26+03:00".parse()?)
///     .payment(PaymentMethod::Cash, None)
///     .line(LineDraft::new("KE2NTNO0000001", "2", "580.00")?.item("Flour", "5022110801", "NT", "NO", TaxType::B));
/// let invoice = Invoice::check(&draft, &Settings::new(Dialect::Gateway))?;
/// let answer = SignedReceipt::from_json(
///     r#"{"curRcptNo":10,"totRcptNo":10,"intrlData":"GWG26V35FW2FKXUQ7TVVMXDGLQ","rcptSign":"FIYMCYL335SBB4U3",
///         "sdcDateTime":"20260917140928","sdcId":"KRACU0400001214","mrcNo":"KRA00379741"}"#,
/// )?;
/// let seller = Seller::new("P600004555A".parse()?);
/// let options = PrintOptions::default();
/// let view = ReceiptView::new(&invoice, Some(&answer), &seller, &DeviceIdentity::default(), &options)?;
/// let paper = view.text(Columns::new(48)?, TextQr::Mark);
/// assert!(paper.contains("KRACU0400001214/10"));
/// assert!(paper.contains("FIYM-CYL3-35SB-B4U3"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptView {
    pub(super) label: String,
    pub(super) title: String,
    pub(super) language: String,
    pub(super) reference: String,
    pub(super) designation: Option<String>,
    pub(super) blocks: Vec<Block>,
    pub(super) qr_url: Option<String>,
    pub(super) late_by: Option<TimeDelta>,
}

impl ReceiptView {
    /// The two letters of the kind of receipt, such as `NS`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// `TAX INVOICE`, `CREDIT NOTE` or `PROFORMA INVOICE`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// `COPY`, `TRAINING MODE` or `PROFORMA`: also the watermark. None on an official receipt.
    pub fn designation(&self) -> Option<&str> {
        self.designation.as_deref()
    }

    /// Whether the receipt is the official one.
    pub fn is_official(&self) -> bool {
        self.designation.is_none()
    }

    /// The content in the order it is printed.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The address in the QR code; none on training and proforma prints.
    pub fn qr_url(&self) -> Option<&str> {
        self.qr_url.as_deref()
    }

    /// How long after the till's time the control unit signed, when that is long enough to be told to somebody: the
    /// receipt shows both times and looks wrong to a customer. Negative when the till's clock runs ahead.
    pub fn signed_late_by(&self) -> Option<TimeDelta> {
        self.late_by
    }
}

impl fmt::Debug for ReceiptView {
    /// Without the content, which names people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiptView")
            .field("label", &self.label)
            .field("title", &self.title)
            .field("reference", &self.reference)
            .field("designation", &self.designation)
            .finish_non_exhaustive()
    }
}

/// A part of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A place for a picture.
    Logo(Logo),
    /// A centred line of the header or footer.
    Line(LineRole, String),
    /// Designation and sentence of a receipt that is not official; the sentence at twice the height of the amounts.
    NotOfficial {
        /// `COPY`, `TRAINING MODE`, `PROFORMA`.
        designation: String,
        /// The sentence prescribed by the TIS specification §11.
        sentence: String,
        /// The same for the reader.
        translation: Option<String>,
    },
    /// What is known about buyer and document.
    Facts(Vec<Fact>),
    /// What is sold.
    Items(Items),
    /// Sums, payments, count.
    Totals(Vec<Fact>),
    /// Net and tax by band.
    TaxTable(TaxTable),
    /// What the control unit answered.
    ControlUnit(Section),
    /// The QR code with this address.
    Qr(String),
    /// What the trader's own system says.
    Trader(Section),
}

/// A place for a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// Whose.
    pub slot: LogoSlot,
    /// The picture as PNG.
    pub png: Option<Arc<[u8]>>,
    /// What stands where there is no picture.
    pub text: String,
}

/// Whose logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoSlot {
    /// The revenue authority's.
    Kra,
    /// The shop's.
    Shop,
}

/// What a centred line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRole {
    /// Name over the shop.
    TradeName,
    /// Address, PIN.
    Seller,
    /// What the document is.
    Title,
    /// The seller's message, at the head or foot.
    Message,
    /// The sentence on a credit note.
    Sentence,
}

/// A label with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Before the value.
    pub label: String,
    /// Never broken while it fits a line of its own, unless it is words.
    pub value: String,
    /// How the two stand on a line.
    pub form: FactForm,
}

/// How a label and its value stand on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactForm {
    /// Value right behind the label.
    Inline,
    /// As inline, but the value is words that may be wrapped.
    Words,
    /// Label at the left edge, value at the right.
    Spread,
    /// As spread, set in: it explains the line above.
    Note,
    /// As spread, and it stands out: the sum to be paid.
    Strong,
}

impl Fact {
    pub(super) fn new(form: FactForm, label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { label: label.into(), value: value.into(), form }
    }
}

/// The lines with what heads and follows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    /// Headings for paper with columns: name, price and quantity, amount.
    pub headings: [String; 3],
    /// Heading of [`Item::codes`].
    pub codes_heading: String,
    /// Code of the foreign currency, where prices are in one.
    pub currency: Option<String>,
    /// Whether narrow paper shows [`Item::codes`].
    pub with_codes: bool,
    /// In the caller's order.
    pub items: Vec<Item>,
    /// Discounts on the whole document.
    pub notes: Vec<Fact>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// `(service)`.
    pub service: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// Item code, classification, unit.
    pub codes: String,
    /// `580.00 x 2`.
    pub price_and_quantity: String,
    /// Before discount, with the band: `1,160.00B`.
    pub amount: String,
    /// Discount and insurance.
    pub notes: Vec<Fact>,
    /// Price and quantity, and what the line costs after discount, in the foreign currency.
    pub foreign: Option<(String, String)>,
}

/// Net and tax by band, with the rates in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxTable {
    /// Band, net, tax.
    pub headings: [String; 3],
    /// One for each of the five bands.
    pub rows: Vec<[String; 3]>,
}

/// A headed block with a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Centred above it.
    pub heading: String,
    /// What it says, without the clock.
    pub facts: Vec<Fact>,
    /// Date and time.
    pub clock: [Fact; 2],
    /// Whether the clock comes first.
    pub clock_first: bool,
}
