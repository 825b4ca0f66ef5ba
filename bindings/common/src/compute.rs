//! What can be said of a document without KRA: the body it becomes, and everything that is wrong with it.

use std::str::FromStr;

use etims_core::codes::{PaymentCodes, TaxType};
use etims_core::document::{Invoice, InvoiceDraft, Original};
use etims_core::money::{Percent, Quantity};
use etims_core::party::Seller;
use etims_core::pin::Pin;
use etims_core::rules::{Findings, Violation};
use etims_core::settings::{Convention, DiscountWire, FractionPolicy, Settings};
use etims_core::wire::{Dialect, sale_body};
use rust_decimal::Decimal;

use crate::Error;

/// Stands in a body when no seller is given: belongs to nobody.
const EXAMPLE_PIN: &str = "P000000010C";

/// The device a document is computed for. What is left out is the dialect's safe default (DESIGN §5).
#[derive(Clone, Debug, Default)]
pub struct ComputeOptions {
    /// How KRA is spoken to: `gateway` (default), `oscu` or `vscu`.
    pub dialect: Option<String>,
    /// Number the document would be sent under (eTIMS `invcNo`); 1 when left out.
    pub invoice_number: Option<u64>,
    /// Rates that differ from the dialect's: band A–E and percent.
    pub rates: Vec<(String, String)>,
    /// What the taxable amount means: `k1`, `k2` or `k3`.
    pub convention: Option<String>,
    /// How discounts travel: `price`, `rate_before` or `rate_after`.
    pub discount_wire: Option<String>,
    /// What becomes of long quantities: `rounded_quantity_exact_amount`, `single_unit` or `adjust_price`.
    pub fraction_policy: Option<String>,
    /// Packages on lines that name none (eTIMS `pkg`).
    pub packages: Option<String>,
    /// Buyer's name where the document has none.
    pub walk_in_name: Option<String>,
    /// Whether a line in band E may be sent while its rate is 0 %.
    pub allow_zero_rate_e: Option<bool>,
    /// Whether the seller is registered for VAT; others send band D only.
    pub vat_registered: Option<bool>,
    /// The seller as JSON text: pin, branch, trade_name, address, city, top_message, bottom_message, environment.
    pub seller: Option<String>,
    /// The sale that a credit note credits.
    pub original: Option<OriginalSale>,
}

/// A signed sale, as far as a credit note needs it.
#[derive(Clone, Debug)]
pub struct OriginalSale {
    /// The sale's document as JSON text.
    pub document: String,
    /// KRA's number of it (eTIMS `invcNo`).
    pub invoice_number: u64,
    /// The number printed on it: `{SCU id}/{receipt number}`.
    pub cu_invoice_number: String,
}

/// The exact body KRA would get for a document.
///
/// # Errors
/// Every violation at once; an argument that cannot be used; text that is no JSON.
pub fn compute(document: &[u8], options: &ComputeOptions) -> Result<Vec<u8>, Error> {
    let seller = options.seller()?;
    let invoice = checked(document, options)?;
    Ok(sale_body(&invoice, &seller, &PaymentCodes::default(), options.invoice_number.unwrap_or(1)))
}

pub(crate) fn checked(document: &[u8], options: &ComputeOptions) -> Result<Invoice, Error> {
    Ok(options.invoice(document)??)
}

/// Everything a person should know about a document before it is issued: errors first, then warnings.
///
/// # Errors
/// An argument that cannot be used; text that is no JSON.
pub fn check(document: &[u8], options: &ComputeOptions) -> Result<Vec<Violation>, Error> {
    Ok(match options.invoice(document)? {
        Ok(invoice) => invoice.warnings().to_vec(),
        Err(mut invalid) => {
            invalid.violations.append(&mut invalid.warnings);
            invalid.violations
        }
    })
}

type Checked = Result<Invoice, etims_core::rules::Invalid>;

impl ComputeOptions {
    fn invoice(&self, document: &[u8]) -> Result<Checked, Error> {
        let settings = self.settings()?;
        let mut findings = Findings::default();
        let draft = InvoiceDraft::from_json(document, &mut findings)?;
        let Some(sale) = &self.original else {
            return Ok(Invoice::check_with(&draft, &settings, None, findings));
        };
        let mut of_original = Findings::default();
        let original = InvoiceDraft::from_json(sale.document.as_bytes(), &mut of_original)
            .map_err(|error| Error::argument("original", error))?;
        let original = Invoice::check_with(&original, &settings, None, of_original)
            .map_err(|invalid| Error::argument("original", format!("is not a valid sale: {invalid}")))?;
        let original = Original {
            invoice: &original,
            invoice_number: sale.invoice_number,
            cu_invoice_number: sale.cu_invoice_number.clone(),
            credited: &[],
        };
        Ok(Invoice::check_with(&draft, &settings, Some(&original), findings))
    }

    fn settings(&self) -> Result<Settings, Error> {
        let dialect = word("dialect", self.dialect.as_deref(), Dialect::from_name, "gateway, oscu or vscu")?;
        let mut settings = Settings::new(dialect.unwrap_or(Dialect::Gateway));
        let convention = word("convention", self.convention.as_deref(), Convention::from_name, "k1, k2 or k3")?;
        let discount_wire = word(
            "discount_wire",
            self.discount_wire.as_deref(),
            DiscountWire::from_name,
            "price, rate_before or rate_after",
        )?;
        let fraction_policy = word(
            "fraction_policy",
            self.fraction_policy.as_deref(),
            FractionPolicy::from_name,
            "rounded_quantity_exact_amount, single_unit or adjust_price",
        )?;
        for (band, rate) in &self.rates {
            let band =
                TaxType::from_code(band).ok_or_else(|| Error::argument("rates", format!("{band:?} is no band A-E")))?;
            let rate = decimal("rates", rate)?;
            if rate < Decimal::ZERO || rate > Decimal::ONE_HUNDRED {
                return Err(Error::argument("rates", format!("{rate} is not between 0 and 100 percent")));
            }
            settings.rates = settings.rates.with(band, Percent::new(rate));
        }
        settings.convention = convention.unwrap_or(settings.convention);
        settings.discount_wire = discount_wire.unwrap_or(settings.discount_wire);
        settings.fraction_policy = fraction_policy.unwrap_or(settings.fraction_policy);
        if let Some(packages) = &self.packages {
            settings.packages = Quantity::new(decimal("packages", packages)?);
        }
        if let Some(name) = &self.walk_in_name {
            settings.walk_in_name.clone_from(name);
        }
        settings.allow_zero_rate_e = self.allow_zero_rate_e.unwrap_or(settings.allow_zero_rate_e);
        settings.vat_registered = self.vat_registered.unwrap_or(settings.vat_registered);
        Ok(settings)
    }

    pub(crate) fn seller(&self) -> Result<Seller, Error> {
        match &self.seller {
            Some(text) => serde_json::from_str(text).map_err(|error| Error::argument("seller", error)),
            None => Ok(Seller::new(Pin::parse(EXAMPLE_PIN).expect("the example PIN is well formed"))),
        }
    }
}

fn word<T>(
    argument: &str,
    value: Option<&str>,
    from_name: fn(&str) -> Option<T>,
    known: &str,
) -> Result<Option<T>, Error> {
    let read = |name: &str| {
        from_name(name).ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            Error::argument(argument, format!("{shown:?} is not known, use {known}"))
        })
    };
    value.map(read).transpose()
}

fn decimal(argument: &str, text: &str) -> Result<Decimal, Error> {
    Decimal::from_str(text).map_err(|error: rust_decimal::Error| Error::argument(argument, error))
}
