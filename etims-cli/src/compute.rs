//! `etims compute`: one document in, the exact body out.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use etims_core::codes::PaymentCodes;
use etims_core::document::{Invoice, InvoiceDraft, Mode, Original};
use etims_core::party::Seller;
use etims_core::pin::{BranchId, Pin};
use etims_core::rules::Findings;
use etims_core::settings::{Convention, DiscountWire, FractionPolicy, Settings};
use etims_core::tax::TaxRates;
use etims_core::wire::{Dialect, sale_body};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::input::{self, Failure};

/// Printed on a body when no seller is given: belongs to nobody.
const EXAMPLE_PIN: &str = "P000000010C";

/// Arguments of `etims compute`.
#[derive(Debug, Args)]
pub(crate) struct ComputeArgs {
    /// How KRA is spoken to: gateway, oscu or vscu
    #[arg(long, default_value = "gateway", value_parser = parse_dialect)]
    dialect: Dialect,
    /// Number the document would be sent under (eTIMS invcNo)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    invoice_number: u64,
    /// Rate of each band in percent, such as A=0,B=16,C=0,D=0,E=8
    #[arg(long)]
    rates: Option<TaxRates>,
    /// What the taxable amount means: k1, k2 or k3
    #[arg(long, value_parser = parse_convention)]
    convention: Option<Convention>,
    /// How discounts travel: price, rate_before or rate_after
    #[arg(long, value_parser = parse_discount_wire)]
    discount_wire: Option<DiscountWire>,
    /// What becomes of quantities with more than two decimals: rounded_quantity_exact_amount, single_unit or adjust_price
    #[arg(long, value_parser = parse_fraction_policy)]
    fraction_policy: Option<FractionPolicy>,
    /// Buyer name sent when a document gives none
    #[arg(long)]
    walk_in_name: Option<String>,
    /// Send lines in band E although its rate is 0 %
    #[arg(long)]
    allow_zero_rate_e: bool,
    /// Seller is not registered for VAT: band D only
    #[arg(long)]
    non_vat: bool,
    /// Seller's PIN, for the VSCU body
    #[arg(long)]
    pin: Option<Pin>,
    /// Seller's branch, for the VSCU body
    #[arg(long)]
    branch: Option<BranchId>,
    /// Seller as JSON: pin, branch, trade_name, address, city, top_message, bottom_message, environment
    #[arg(long)]
    seller: Option<PathBuf>,
    /// Sale that a credit note credits, as JSON: document, invoice_number, cu_invoice_number
    #[arg(long)]
    original: Option<PathBuf>,
    /// The document as JSON, - for standard input
    file: PathBuf,
}

pub(crate) fn parse_dialect(name: &str) -> Result<Dialect, String> {
    Dialect::from_name(name).ok_or_else(|| "use gateway, oscu or vscu".to_owned())
}

fn parse_convention(name: &str) -> Result<Convention, String> {
    Convention::from_name(name).ok_or_else(|| "use k1, k2 or k3".to_owned())
}

fn parse_discount_wire(name: &str) -> Result<DiscountWire, String> {
    DiscountWire::from_name(name).ok_or_else(|| "use price, rate_before or rate_after".to_owned())
}

fn parse_fraction_policy(name: &str) -> Result<FractionPolicy, String> {
    FractionPolicy::from_name(name)
        .ok_or_else(|| "use rounded_quantity_exact_amount, single_unit or adjust_price".to_owned())
}

impl ComputeArgs {
    fn settings(&self) -> Settings {
        let mut settings = Settings::new(self.dialect);
        settings.rates = self.rates.unwrap_or(settings.rates);
        settings.convention = self.convention.unwrap_or(settings.convention);
        settings.discount_wire = self.discount_wire.unwrap_or(settings.discount_wire);
        settings.fraction_policy = self.fraction_policy.unwrap_or(settings.fraction_policy);
        settings.walk_in_name = self.walk_in_name.clone().unwrap_or(settings.walk_in_name);
        settings.allow_zero_rate_e = self.allow_zero_rate_e;
        settings.vat_registered = !self.non_vat;
        settings
    }

    fn seller(&self) -> Result<Seller, Failure> {
        let mut seller = match &self.seller {
            Some(path) => input::seller(path)?,
            None => Seller::new(Pin::parse(EXAMPLE_PIN).expect("the example PIN is well formed")),
        };
        seller.pin = self.pin.unwrap_or(seller.pin);
        seller.branch = self.branch.unwrap_or(seller.branch);
        Ok(seller)
    }
}

/// The file of `--original`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OriginalFile<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
    invoice_number: u64,
    cu_invoice_number: String,
}

/// Runs `etims compute`.
pub(crate) fn run(arguments: &ComputeArgs) -> ExitCode {
    match compute(arguments) {
        Ok(body) => {
            // The bytes are a contract: a newline is added only for a person's eyes.
            let mut out = std::io::stdout().lock();
            let end: &[u8] = if out.is_terminal() { b"\n" } else { b"" };
            match out.write_all(&body).and_then(|()| out.write_all(end)).and_then(|()| out.flush()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => Failure::Unreadable(format!("cannot write the body: {error}")).report(),
            }
        }
        Err(failure) => failure.report(),
    }
}

fn compute(arguments: &ComputeArgs) -> Result<Vec<u8>, Failure> {
    let settings = arguments.settings();
    let seller = arguments.seller()?;
    let (draft, findings) = input::document(&arguments.file)?;
    let invoice = match &arguments.original {
        None => Invoice::check_with(&draft, &settings, None, findings)?,
        Some(path) => credit(&draft, &settings, findings, path)?,
    };
    input::warn(invoice.warnings());
    if invoice.mode() != Mode::Normal {
        eprintln!("warning: training and proforma documents are printed, never sent: KRA gets no such body");
    }
    Ok(sale_body(&invoice, &seller, &PaymentCodes::default(), arguments.invoice_number))
}

/// Makes a credit note from the sale in a file: document, invoice_number, cu_invoice_number.
pub(crate) fn credit(
    draft: &InvoiceDraft,
    settings: &Settings,
    findings: Findings,
    path: &Path,
) -> Result<Invoice, Failure> {
    let text = input::read(path)?;
    let unreadable = |error: &dyn std::fmt::Display| Failure::Unreadable(format!("{}: {error}", path.display()));
    let file: OriginalFile<'_> = serde_json::from_slice(&text).map_err(|error| unreadable(&error))?;
    let mut of_original = Findings::default();
    let original = InvoiceDraft::from_json(file.document.get().as_bytes(), &mut of_original)
        .map_err(|error| unreadable(&error))?;
    let original = Invoice::check_with(&original, settings, None, of_original)
        .map_err(|invalid| unreadable(&format!("the original is not a valid sale: {invalid}")))?;
    let original = Original {
        invoice: &original,
        invoice_number: file.invoice_number,
        cu_invoice_number: file.cu_invoice_number,
        credited: &[],
    };
    Ok(Invoice::check_with(draft, settings, Some(&original), findings)?)
}
