//! Receipts: what KRA signed, drawn for paper and screens.

use std::sync::Arc;

use etims_client::device::IssuedReceipt;
use etims_core::document::Kind;
use etims_core::error;
use etims_core::party::Seller;
use etims_core::receipt::qr::{QrPayload, QrRefusal};
use etims_core::receipt::{
    CodePage, Columns, Cut, DeviceIdentity, ErrorCorrection, EscPos, EscPosQr, HtmlPage, Labels, PdfPage, Print,
    PrintOptions, ReceiptView, Symbol, TextQr,
};
use etims_core::wire::SignedReceipt;

use crate::Error;
use crate::compute::ComputeOptions;

/// Dots of a QR module in a PNG: 1 mm at 203 dpi.
const PNG_DOTS_PER_MODULE: u8 = 8;

/// How a receipt is drawn. What is left out has a default.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// `text` (default), `html`, `pdf`, `escpos`, `qr_svg` or `qr_png`.
    pub format: Option<String>,
    /// Characters across for text and escpos: 32, 42, 44 or 48 (default).
    pub columns: Option<u32>,
    /// A later print, marked as a copy.
    pub copy: bool,
    /// The words: `en` (default), `sw`, `regional`, or JSON text of one's own.
    pub labels: Option<String>,
    /// Paper of html and pdf: `80mm` or `a4`; html is made for a roll and pdf for a sheet when left out.
    pub paper: Option<String>,
    /// KRA's logo as PNG.
    pub kra_logo: Option<Vec<u8>>,
    /// The shop's logo as PNG.
    pub shop_logo: Option<Vec<u8>>,
    /// Item code, classification and unit on narrow paper too.
    pub item_codes: bool,
    /// The machine registration number (MRC).
    pub machine_number: bool,
    /// For text: the QR code in colours that any terminal shows right.
    pub terminal: bool,
    /// For escpos: the QR code as a picture instead of letting the printer draw one.
    pub qr_as_picture: bool,
    /// For escpos: `ascii` (default) or `windows1252`.
    pub code_page: Option<String>,
    /// For escpos: `none`, `partial` (default) or `full`.
    pub cut: Option<String>,
}

/// The receipt of a signed document.
#[derive(Clone, Debug)]
pub struct Receipt {
    issued: IssuedReceipt,
    seller: Seller,
    qr_url: String,
}

impl Receipt {
    pub(crate) fn new(issued: IssuedReceipt, seller: Seller) -> Result<Receipt, Error> {
        let payload = QrPayload::of(&seller, &issued.receipt).map_err(|error| Error::new(&error::INTERNAL, error))?;
        Ok(Receipt { qr_url: payload.url(), issued, seller })
    }

    /// The caller's reference.
    pub fn reference(&self) -> &str {
        self.issued.invoice.reference()
    }

    /// Whether it is for a credit note.
    pub fn is_credit_note(&self) -> bool {
        self.issued.invoice.kind() == Kind::CreditNote
    }

    /// KRA's number of the document (eTIMS `invcNo`).
    pub fn invoice_number(&self) -> u64 {
        self.issued.invoice_number
    }

    /// The number printed on it: `{SCU id}/{receipt number}`.
    pub fn cu_invoice_number(&self) -> String {
        self.issued.cu_invoice_number()
    }

    /// What KRA answered.
    pub fn signed(&self) -> &SignedReceipt {
        &self.issued.receipt
    }

    /// The address in its QR code.
    pub fn qr_url(&self) -> &str {
        &self.qr_url
    }

    /// What the buyer pays, shillings with two decimals.
    pub fn total(&self) -> String {
        self.issued.invoice.totals().total().to_string()
    }

    /// VAT in it, shillings with two decimals.
    pub fn total_tax(&self) -> String {
        self.issued.invoice.totals().total_tax().to_string()
    }

    /// Draws it.
    ///
    /// # Errors
    /// An option nobody can use.
    pub fn render(&self, options: &RenderOptions) -> Result<Vec<u8>, Error> {
        Error::guarded(|| draw(&self.issued.invoice, Some(&self.issued.receipt), &self.seller, options))
    }
}

/// Draws a document with KRA's answer, without a device.
///
/// `answer` is JSON text of what KRA answered (`curRcptNo`, `rcptSign`, …); training and proforma documents have none.
///
/// # Errors
/// The document is not valid; the answer cannot be read; an option nobody can use.
pub fn render(
    document: &[u8],
    answer: Option<&str>,
    compute_options: &ComputeOptions,
    options: &RenderOptions,
) -> Result<Vec<u8>, Error> {
    Error::guarded(|| {
        let seller = compute_options.seller()?;
        // Whether KRA takes band E at 0 % was answered when it signed.
        let compute_options = ComputeOptions { allow_zero_rate_e: Some(true), ..compute_options.clone() };
        let invoice = compute_options.invoice(document)??;
        let read = |answer| SignedReceipt::from_json(answer).map_err(|error| Error::argument("answer", error));
        let signed = answer.map(read).transpose()?;
        draw(&invoice, signed.as_ref(), &seller, options)
    })
}

fn draw(
    invoice: &etims_core::document::Invoice,
    signed: Option<&SignedReceipt>,
    seller: &Seller,
    options: &RenderOptions,
) -> Result<Vec<u8>, Error> {
    let own_labels;
    let labels = match options.labels.as_deref() {
        None | Some("en") => Labels::english(),
        Some("sw") => Labels::swahili(),
        Some("regional") => Labels::regional(),
        Some(json) => {
            own_labels = Labels::from_json(json).map_err(|error| Error::argument("labels", error))?;
            &own_labels
        }
    };
    let print_options = PrintOptions {
        print: if options.copy { Print::Copy } else { Print::Original },
        labels,
        kra_logo: options.kra_logo.as_deref().map(Arc::from),
        shop_logo: options.shop_logo.as_deref().map(Arc::from),
        item_codes: options.item_codes,
        machine_number: options.machine_number,
    };
    let unit = DeviceIdentity::default();
    let view = ReceiptView::new(invoice, signed, seller, &unit, &print_options)
        .map_err(|error| Error::argument("answer", error))?;
    options.draw(&view)
}

impl RenderOptions {
    fn draw(&self, view: &ReceiptView) -> Result<Vec<u8>, Error> {
        let columns = match self.columns {
            None => Columns::default(),
            Some(columns) => Columns::new(columns as usize).map_err(|error| Error::argument("columns", error))?,
        };
        match self.format.as_deref() {
            None | Some("text") => {
                let qr = if self.terminal { TextQr::Terminal } else { TextQr::Blocks };
                Ok(view.text(columns, qr).into_bytes())
            }
            Some("html") => {
                let page = chosen("paper", self.paper.as_deref(), &[("80mm", HtmlPage::Roll80), ("a4", HtmlPage::A4)])?;
                Ok(view.html(page).into_bytes())
            }
            Some("pdf") => {
                let page = chosen("paper", self.paper.as_deref(), &[("a4", PdfPage::A4), ("80mm", PdfPage::Roll80)])?;
                Ok(view.pdf(page))
            }
            Some("escpos") => Ok(view.escpos(&EscPos {
                columns,
                qr: if self.qr_as_picture { EscPosQr::Raster } else { EscPosQr::Native },
                code_page: chosen(
                    "code_page",
                    self.code_page.as_deref(),
                    &[("ascii", CodePage::Ascii), ("windows1252", CodePage::Windows1252)],
                )?,
                cut: chosen(
                    "cut",
                    self.cut.as_deref(),
                    &[("partial", Cut::Partial), ("none", Cut::None), ("full", Cut::Full)],
                )?,
            })),
            Some("qr_svg") => Ok(symbol(view)?.svg().into_bytes()),
            Some("qr_png") => Ok(symbol(view)?.png(PNG_DOTS_PER_MODULE)),
            Some(other) => {
                let problem = format!("{other:?} is not known, use text, html, pdf, escpos, qr_svg or qr_png");
                Err(Error::argument("format", problem))
            }
        }
    }
}

/// The value of a name; the first one when there is none.
fn chosen<T: Copy>(argument: &str, name: Option<&str>, known: &[(&str, T)]) -> Result<T, Error> {
    let Some(name) = name else { return Ok(known[0].1) };
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Error::argument(argument, format_args!("{name:?} is not known, use {}", names.join(", ")))
    })
}

fn symbol(view: &ReceiptView) -> Result<Symbol, Error> {
    let url = view.qr_url().ok_or_else(|| Error::argument("format", "a print without a signature has no QR code"))?;
    Symbol::new(url, ErrorCorrection::Medium).map_err(|error| Error::new(&error::INTERNAL, error))
}

/// What the address in a receipt's QR code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrAddress {
    /// `sandbox` or `production`.
    pub environment: &'static str,
    /// Seller's PIN.
    pub pin: String,
    /// Seller's branch.
    pub branch: String,
    /// Receipt signature.
    pub signature: String,
}

/// Why an address is not KRA's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKra {
    /// What is wrong with it.
    pub reason: String,
    /// Whether the host is made to look like KRA's.
    pub look_alike: bool,
}

/// Reads an address found on a receipt, strictly. A good address says nothing about the receipt yet: the page does.
pub fn verify_qr(url: &str) -> Result<QrAddress, NotKra> {
    match QrPayload::parse(url.trim()) {
        Ok(payload) => Ok(QrAddress {
            environment: payload.environment().name(),
            pin: payload.pin().to_string(),
            branch: payload.branch().to_string(),
            signature: payload.signature().to_owned(),
        }),
        Err(refusal) => Err(NotKra {
            look_alike: matches!(refusal, QrRefusal::Host { look_alike: true, .. }),
            reason: refusal.to_string(),
        }),
    }
}
