//! What can be said of a document without KRA: the body it becomes, and everything that is wrong with it.

use std::fmt;
use std::str::FromStr;

use etims_core::codes::{PaymentCodes, TaxType};
use etims_core::document::{
    Invoice, InvoiceDraft, Item, ItemDraft, Original, StockBalance, StockMovement, StockMovementDraft,
};
use etims_core::error;
use etims_core::money::{Percent, Quantity};
use etims_core::party::{Operator, Seller};
use etims_core::pin::Pin;
use etims_core::rules::{Findings, Invalid, Violation};
use etims_core::settings::{Convention, DiscountWire, FractionPolicy, Settings};
use etims_core::wire::{Dialect, item_body, sale_body, stock_balance_body, stock_movement_body};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::Error;

/// Stands in a body when no seller is given: belongs to nobody.
const EXAMPLE_PIN: &str = "P000000010C";

/// The device a document is computed for. What is left out is the dialect's safe default (DESIGN §5).
#[derive(Clone, Debug, Default)]
pub struct ComputeOptions {
    /// How KRA is spoken to: `gateway` (default), `oscu` or `vscu`.
    pub dialect: Option<String>,
    /// Number the document would be sent under (eTIMS `invcNo`, `sarNo`); 1 when left out.
    pub number: Option<u64>,
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
    /// Earlier credit notes for it in order, as JSON texts.
    pub credited: Vec<String>,
}

impl OriginalSale {
    fn of<'a>(&self, invoice: &'a Invoice, credited: &'a [Invoice]) -> Original<'a> {
        let (invoice_number, cu_invoice_number) = (self.invoice_number, self.cu_invoice_number.clone());
        Original { invoice, invoice_number, cu_invoice_number, credited }
    }
}

fn read(text: &[u8], settings: &Settings, original: Option<&Original<'_>>) -> Result<Checked<Invoice>, Error> {
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(text, &mut findings)?;
    Ok(Invoice::check_with(&draft, settings, original, findings))
}

/// What a document is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DocumentKind {
    /// A sale or credit note.
    #[default]
    Invoice,
    /// An item to be registered.
    Item,
    /// Goods that came or went.
    StockMovement,
    /// What is left of an item: `item_code`, `remaining`, `operator`.
    StockBalance,
}

impl DocumentKind {
    /// Reads `invoice`, `item`, `stock_movement` or `stock_balance`.
    ///
    /// # Errors
    /// Any other word.
    pub fn named(name: &str) -> Result<DocumentKind, Error> {
        match name {
            "invoice" => Ok(DocumentKind::Invoice),
            "item" => Ok(DocumentKind::Item),
            "stock_movement" => Ok(DocumentKind::StockMovement),
            "stock_balance" => Ok(DocumentKind::StockBalance),
            _ => Err(Error::argument("kind", "use invoice, item, stock_movement or stock_balance")),
        }
    }
}

/// The exact body KRA would get for a document.
///
/// # Errors
/// Every violation at once; an argument that cannot be used; text that is no JSON.
pub fn compute(kind: DocumentKind, document: &[u8], options: &ComputeOptions) -> Result<Vec<u8>, Error> {
    Error::guarded(|| {
        let seller = options.seller()?;
        Ok(options.checked(kind, document)??.body(&seller, options))
    })
}

/// Everything a person should know about a document before it is issued: errors first, then warnings.
///
/// # Errors
/// An argument that cannot be used; text that is no JSON.
pub fn check(kind: DocumentKind, document: &[u8], options: &ComputeOptions) -> Result<Vec<Violation>, Error> {
    Error::guarded(|| {
        Ok(match options.checked(kind, document)? {
            Ok(good) => good.warnings().to_vec(),
            Err(mut invalid) => {
                invalid.violations.append(&mut invalid.warnings);
                invalid.violations
            }
        })
    })
}

/// Compares the rates of a device with those KRA answered (class 04): pairs of band and rate as KRA wrote them.
///
/// # Errors
/// An argument that cannot be used.
pub fn check_rates(listed: &[(String, String)], options: &ComputeOptions) -> Result<Vec<Violation>, Error> {
    let listed = listed.iter().map(|(band, rate)| (band.as_str(), rate.as_str()));
    Ok(options.settings()?.rates.warnings_against(listed))
}

/// A document without violations.
enum Good {
    Invoice(Box<Invoice>),
    Item(Item),
    StockMovement(StockMovement),
    StockBalance(StockBalance),
}

impl Good {
    fn body(&self, seller: &Seller, options: &ComputeOptions) -> Vec<u8> {
        let number = options.number.unwrap_or(1);
        let dialect = options.known_dialect();
        match self {
            Good::Invoice(invoice) => sale_body(invoice, seller, &PaymentCodes::default(), number),
            Good::Item(item) => item_body(item, seller, dialect),
            Good::StockMovement(movement) => stock_movement_body(movement, seller, dialect, number),
            Good::StockBalance(balance) => stock_balance_body(balance, seller, dialect),
        }
    }

    fn warnings(&self) -> &[Violation] {
        match self {
            Good::Invoice(invoice) => invoice.warnings(),
            Good::Item(item) => item.warnings(),
            Good::StockMovement(movement) => movement.warnings(),
            Good::StockBalance(_) => &[],
        }
    }
}

/// What is left of an item, as a caller writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Balance {
    item_code: String,
    remaining: String,
    #[serde(default)]
    operator: Option<Operator>,
}

type Checked<T> = Result<T, Invalid>;

impl ComputeOptions {
    fn checked(&self, kind: DocumentKind, document: &[u8]) -> Result<Checked<Good>, Error> {
        let mut findings = Findings::default();
        Ok(match kind {
            DocumentKind::Invoice => self.invoice(document)?.map(|invoice| Good::Invoice(Box::new(invoice))),
            DocumentKind::Item => {
                let draft = ItemDraft::from_json(document, &mut findings)?;
                Item::check_with(&draft, &self.settings()?, findings).map(Good::Item)
            }
            DocumentKind::StockMovement => {
                let draft = StockMovementDraft::from_json(document, &mut findings)?;
                StockMovement::check_with(&draft, &self.settings()?, findings).map(Good::StockMovement)
            }
            DocumentKind::StockBalance => {
                let Balance { item_code, remaining, operator } = serde_json::from_slice(document)
                    .map_err(|problem| Error::new(&error::INVALID_DOCUMENT, problem))?;
                let remaining = Quantity::new(decimal("remaining", &remaining)?);
                StockBalance::check(&item_code, remaining, operator).map(Good::StockBalance)
            }
        })
    }

    pub(crate) fn invoice(&self, document: &[u8]) -> Result<Checked<Invoice>, Error> {
        let settings = self.settings()?;
        let Some(sale) = &self.original else { return read(document, &settings, None) };
        let unusable = |problem: &dyn fmt::Display| Error::argument("original", problem);
        let original = match read(sale.document.as_bytes(), &settings, None).map_err(|error| unusable(&error))? {
            Ok(original) => original,
            Err(invalid) => return Err(unusable(&format_args!("is not a valid sale: {invalid}"))),
        };
        let mut credited = Vec::with_capacity(sale.credited.len());
        for note in &sale.credited {
            match read(note.as_bytes(), &settings, Some(&sale.of(&original, &credited)))? {
                Ok(note) => credited.push(note),
                Err(invalid) => return Ok(Err(invalid)),
            }
        }
        read(document, &settings, Some(&sale.of(&original, &credited)))
    }

    fn known_dialect(&self) -> Dialect {
        self.dialect.as_deref().and_then(Dialect::from_name).unwrap_or(Dialect::Gateway)
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
