//! `etims receipt`: a document and KRA's answer in, paper out.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use etims_core::codes::CreditReason;
use etims_core::document::{CreditDraft, Invoice, InvoiceDraft, Kind, Mode};
use etims_core::receipt::{
    CodePage, Columns, Cut, DeviceIdentity, ErrorCorrection, EscPos, EscPosQr, HtmlPage, Labels, PdfPage, Print,
    PrintOptions, ReceiptView, Symbol, TextQr,
};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::tax::TaxRates;
use etims_core::wire::{Dialect, SignedReceipt};
use serde::Deserialize;

use crate::compute;
use crate::input::{self, Failure};

/// Dots of a QR module in the PNG file: 1 mm at 203 dpi.
const PNG_DOTS_PER_MODULE: u8 = 8;

/// Arguments of `etims receipt`.
#[derive(Debug, Args)]
pub(crate) struct ReceiptArgs {
    /// The document as JSON, - for standard input
    file: PathBuf,
    /// KRA's answer as JSON: curRcptNo, totRcptNo, intrlData, rcptSign, sdcDateTime, sdcId, mrcNo. Training and proforma
    /// documents have none
    #[arg(long)]
    answer: Option<PathBuf>,
    /// Seller as JSON: pin, branch, trade_name, address, city, top_message, bottom_message, environment
    #[arg(long)]
    seller: PathBuf,
    /// What to make
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Characters across, for text and escpos: 32, 42, 44 or 48
    #[arg(long, default_value_t = 48)]
    columns: usize,
    /// The one original, or a copy
    #[arg(long, value_enum, default_value = "normal")]
    label: PrintLabel,
    /// For a credit note, what is known of the sale as JSON: KRA's answer for it, {"cu_invoice_number": "KRACU…/10"}, or
    /// the whole sale with document, invoice_number and cu_invoice_number
    #[arg(long)]
    original: Option<PathBuf>,
    /// How KRA is spoken to: gateway, oscu or vscu. Decides the rates printed
    #[arg(long, default_value = "gateway", value_parser = compute::parse_dialect)]
    dialect: Dialect,
    /// Rate of each band in percent, such as A=0,B=16,C=0,D=0,E=8
    #[arg(long)]
    rates: Option<TaxRates>,
    /// Where to write; standard output when left out
    #[arg(long)]
    out: Option<PathBuf>,
    /// Paper of html and pdf; html is made for an 80 mm roll and pdf for A4 when left out
    #[arg(long, value_enum)]
    paper: Option<Paper>,
    /// The words: en, sw, regional (NR, CR, TR), or a JSON file with words of one's own
    #[arg(long, default_value = "en")]
    labels: PathBuf,
    /// KRA's logo as PNG
    #[arg(long)]
    kra_logo: Option<PathBuf>,
    /// The shop's logo as PNG
    #[arg(long)]
    shop_logo: Option<PathBuf>,
    /// Print item code, classification and unit on narrow paper too
    #[arg(long)]
    item_codes: bool,
    /// Print the machine registration number (MRC)
    #[arg(long)]
    machine_number: bool,
    /// Send the QR code to the printer as a picture instead of letting it draw one (escpos)
    #[arg(long)]
    qr_as_picture: bool,
    /// Characters the printer has (escpos)
    #[arg(long, value_enum, default_value = "ascii")]
    code_page: PrinterCodePage,
    /// What happens after the last line (escpos)
    #[arg(long, value_enum, default_value = "partial")]
    cut: PaperCut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Escpos,
    Html,
    Pdf,
    QrSvg,
    QrPng,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PrintLabel {
    Normal,
    Copy,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Paper {
    /// A till roll
    #[value(name = "80mm")]
    Roll80,
    A4,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PrinterCodePage {
    Ascii,
    Windows1252,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaperCut {
    None,
    Partial,
    Full,
}

/// Runs `etims receipt`.
pub(crate) fn run(arguments: &ReceiptArgs) -> ExitCode {
    match receipt(arguments).and_then(|bytes| write(arguments.out.as_deref(), &bytes)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn receipt(arguments: &ReceiptArgs) -> Result<Vec<u8>, Failure> {
    let columns = Columns::new(arguments.columns).map_err(failure)?;
    let seller = input::seller(&arguments.seller)?;
    let signed = arguments.answer.as_deref().map(answer).transpose()?;
    let invoice = arguments.invoice(signed.as_ref())?;
    input::warn(invoice.warnings());
    let labels = labels(&arguments.labels)?;
    let options = PrintOptions {
        print: match arguments.label {
            PrintLabel::Normal => Print::Original,
            PrintLabel::Copy => Print::Copy,
        },
        labels: &labels,
        kra_logo: picture(arguments.kra_logo.as_deref())?,
        shop_logo: picture(arguments.shop_logo.as_deref())?,
        item_codes: arguments.item_codes,
        machine_number: arguments.machine_number,
    };
    let signed = match invoice.mode() {
        Mode::Normal => signed,
        Mode::Training | Mode::Proforma => {
            if signed.is_some() {
                eprintln!("warning: KRA answers no training or proforma document; the answer is left out");
            }
            None
        }
    };
    let device = DeviceIdentity::default();
    let view = ReceiptView::new(&invoice, signed.as_ref(), &seller, &device, &options).map_err(failure)?;
    if let Some(late) = view.signed_late_by() {
        let minutes = late.num_minutes();
        let which = if minutes < 0 { "before" } else { "after" };
        eprintln!("warning: signed {} minutes {which} the till's time; both times are printed", minutes.abs());
    }
    arguments.draw(&view, columns)
}

impl ReceiptArgs {
    fn invoice(&self, signed: Option<&SignedReceipt>) -> Result<Invoice, Failure> {
        let mut settings = Settings::new(self.dialect);
        settings.rates = self.rates.unwrap_or(settings.rates);
        // Whether KRA takes band E at 0 % was answered when it signed.
        settings.allow_zero_rate_e = true;
        let (mut draft, findings) = input::document(&self.file)?;
        if draft.kind == Kind::CreditNote {
            return self.credit_note(&mut draft, &settings, findings, signed);
        }
        Ok(Invoice::check_with(&draft, &settings, None, findings)?)
    }

    fn credit_note(
        &self,
        draft: &mut InvoiceDraft,
        settings: &Settings,
        findings: Findings,
        signed: Option<&SignedReceipt>,
    ) -> Result<Invoice, Failure> {
        if let Some(path) = &self.original {
            let text = input::read(path)?;
            let original: Original = serde_json::from_slice(&text).map_err(|error| at(path, &error))?;
            if original.document {
                return compute::credit(draft, settings, findings, path);
            }
            let device = signed.and_then(|signed| signed.sdc_id.as_deref());
            let number = original.cu_invoice_number(&text, device).map_err(|error| at(path, &error))?;
            let credit = draft
                .credit
                .get_or_insert_with(|| CreditDraft { reason: Some(CreditReason::Refund), ..CreditDraft::default() });
            credit.original.cu_invoice_number = Some(number);
        }
        // Paper names the original by its printed number alone; the rest that the rules ask for is not on it.
        let issued_at = draft.issued_at;
        if let Some(named) = draft.credit.as_mut().map(|credit| &mut credit.original)
            && let Some(number) = named.cu_invoice_number.as_deref().and_then(|number| number.rsplit_once('/'))
        {
            named.invoice_number = named.invoice_number.or_else(|| number.1.parse().ok());
            named.issued_at = named.issued_at.or(Some(issued_at));
        }
        Ok(Invoice::check_with(draft, settings, None, findings)?)
    }

    fn draw(&self, view: &ReceiptView, columns: Columns) -> Result<Vec<u8>, Failure> {
        let page = match self.paper {
            Some(Paper::A4) => HtmlPage::A4,
            Some(Paper::Roll80) | None => HtmlPage::Roll80,
        };
        match self.format {
            Format::Text => {
                let on_screen = self.out.is_none() && std::io::stdout().is_terminal();
                let qr = if on_screen { TextQr::Terminal } else { TextQr::Blocks };
                Ok(view.text(columns, qr).into_bytes())
            }
            Format::Escpos => Ok(view.escpos(&EscPos {
                columns,
                qr: if self.qr_as_picture { EscPosQr::Raster } else { EscPosQr::Native },
                code_page: match self.code_page {
                    PrinterCodePage::Ascii => CodePage::Ascii,
                    PrinterCodePage::Windows1252 => CodePage::Windows1252,
                },
                cut: match self.cut {
                    PaperCut::None => Cut::None,
                    PaperCut::Partial => Cut::Partial,
                    PaperCut::Full => Cut::Full,
                },
            })),
            Format::Html => Ok(view.html(page).into_bytes()),
            Format::Pdf => Ok(view.pdf(match self.paper {
                Some(Paper::Roll80) => PdfPage::Roll80,
                Some(Paper::A4) | None => PdfPage::A4,
            })),
            Format::QrSvg => Ok(symbol(view)?.svg().into_bytes()),
            Format::QrPng => Ok(symbol(view)?.png(PNG_DOTS_PER_MODULE)),
        }
    }
}

fn symbol(view: &ReceiptView) -> Result<Symbol, Failure> {
    let url =
        view.qr_url().ok_or_else(|| Failure::Unreadable("a print without a signature has no QR code".to_owned()))?;
    Symbol::new(url, ErrorCorrection::Medium).map_err(failure)
}

/// The file of `--original`, as far as its shape is concerned.
#[derive(Deserialize)]
struct Original {
    #[serde(default, deserialize_with = "is_there")]
    document: bool,
    #[serde(default)]
    cu_invoice_number: Option<String>,
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Original {
    /// The printed number of the sale, from the file or from KRA's answer for it.
    fn cu_invoice_number(self, text: &[u8], device: Option<&str>) -> Result<String, String> {
        if let Some(number) = self.cu_invoice_number {
            return Ok(number);
        }
        let answer = SignedReceipt::from_json(&String::from_utf8_lossy(text)).map_err(|error| error.to_string())?;
        let scu = answer.sdc_id.as_deref().or(device).ok_or("sdcId is missing")?;
        Ok(format!("{scu}/{}", answer.receipt_number))
    }
}

fn answer(path: &Path) -> Result<SignedReceipt, Failure> {
    let text = input::read(path)?;
    SignedReceipt::from_json(&String::from_utf8_lossy(&text)).map_err(|error| at(path, &error))
}

fn labels(name: &Path) -> Result<Labels, Failure> {
    match name.to_str() {
        Some("en") => Ok(Labels::english().clone()),
        Some("sw") => Ok(Labels::swahili().clone()),
        Some("regional") => Ok(Labels::regional().clone()),
        _ => Labels::from_json(&String::from_utf8_lossy(&input::read(name)?)).map_err(|error| at(name, &error)),
    }
}

fn picture(path: Option<&Path>) -> Result<Option<Arc<[u8]>>, Failure> {
    path.map(|path| input::read(path).map(Arc::from)).transpose()
}

fn write(out: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    let written = match out {
        Some(path) => std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display())),
        None => {
            let mut stdout = std::io::stdout().lock();
            let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
            written.map_err(|error| format!("cannot write the receipt: {error}"))
        }
    };
    written.map_err(Failure::Unreadable)
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Unreadable(error.to_string())
}

fn at(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Unreadable(format!("{}: {error}", path.display()))
}
