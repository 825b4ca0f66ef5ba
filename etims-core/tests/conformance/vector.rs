//! One vector: what it holds and how it is run through the public API.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use etims_core::codes::PaymentCodes;
use etims_core::document::{
    Invoice, InvoiceDraft, Item, ItemDraft, Original, StockBalance, StockMovement, StockMovementDraft, Unreadable,
};
use etims_core::money::Quantity;
use etims_core::party::{Operator, Seller};
use etims_core::pin::Pin;
use etims_core::rules::{Findings, Invalid, Violation};
use etims_core::settings::{Convention, DiscountWire, FractionPolicy, Settings};
use etims_core::wire::{Dialect, item_body, sale_body, stock_balance_body, stock_movement_body};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::compare::compare;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/conformance");

/// Belongs to nobody; the seller of vectors that name none.
const EXAMPLE_PIN: &str = "P000000010C";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) rule: Option<String>,
    pub(crate) operation: Operation,
    #[serde(default)]
    pub(crate) settings: SettingsOf,
    pub(crate) seller: Option<Seller>,
    pub(crate) invoice_number: Option<u64>,
    pub(crate) movement_number: Option<u64>,
    pub(crate) original: Option<OriginalOf>,
    pub(crate) document: Option<Box<RawValue>>,
    pub(crate) repeat: Option<usize>,
    pub(crate) text: Option<String>,
    pub(crate) class_04: Option<Vec<(String, String)>>,
    pub(crate) expect: Expect,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Compute,
    Item,
    StockMovement,
    StockBalance,
    Rates,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsOf {
    dialect: Option<String>,
    convention: Option<String>,
    rates: Option<String>,
    discount_wire: Option<String>,
    fraction_policy: Option<String>,
    packages: Option<String>,
    walk_in_name: Option<String>,
    allow_zero_rate_e: Option<bool>,
    vat_registered: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OriginalOf {
    pub(crate) document: Box<RawValue>,
    pub(crate) invoice_number: u64,
    pub(crate) cu_invoice_number: String,
    #[serde(default)]
    pub(crate) credited: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) body: Option<Box<RawValue>>,
    pub(crate) violations: Option<Vec<Found>>,
    #[serde(default)]
    pub(crate) warnings: Vec<Found>,
    pub(crate) unreadable: Option<Position>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub(crate) struct Found {
    pub(crate) code: String,
    pub(crate) path: String,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

/// What an operation gives.
pub(crate) enum Outcome {
    Good { body: Option<Vec<u8>>, warnings: Vec<Violation> },
    Bad(Invalid),
    Unreadable(Unreadable),
}

impl From<Unreadable> for Outcome {
    fn from(unreadable: Unreadable) -> Outcome {
        Outcome::Unreadable(unreadable)
    }
}

impl From<Invalid> for Outcome {
    fn from(invalid: Invalid) -> Outcome {
        Outcome::Bad(invalid)
    }
}

impl SettingsOf {
    fn settings(&self) -> Settings {
        let named = |name: &Option<String>| name.clone();
        let dialect = self.dialect.as_deref().unwrap_or("gateway");
        let mut settings = Settings::new(Dialect::from_name(dialect).expect("a dialect"));
        if let Some(name) = named(&self.convention) {
            settings.convention = Convention::from_name(&name).expect("a convention");
        }
        if let Some(rates) = &self.rates {
            settings.rates = rates.parse().expect("rates");
        }
        if let Some(name) = named(&self.discount_wire) {
            settings.discount_wire = DiscountWire::from_name(&name).expect("a discount shape");
        }
        if let Some(name) = named(&self.fraction_policy) {
            settings.fraction_policy = FractionPolicy::from_name(&name).expect("a fraction policy");
        }
        if let Some(packages) = &self.packages {
            settings.packages = Quantity::new(packages.parse().expect("a decimal"));
        }
        settings.walk_in_name = self.walk_in_name.clone().unwrap_or(settings.walk_in_name);
        settings.allow_zero_rate_e = self.allow_zero_rate_e.unwrap_or(settings.allow_zero_rate_e);
        settings.vat_registered = self.vat_registered.unwrap_or(settings.vat_registered);
        settings
    }
}

impl Vector {
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match (&self.document, &self.text, self.repeat) {
            (Some(document), None, None) => document.get().into(),
            (Some(document), None, Some(times)) => {
                let mut document: serde_json::Value = serde_json::from_str(document.get()).expect("a document");
                let line = document["lines"][0].take();
                document["lines"] = vec![line; times].into();
                document.to_string().into()
            }
            (None, Some(text), None) => text.into(),
            (None, None, None) if matches!(self.operation, Operation::Rates) => "".into(),
            _ => panic!("{}: either a document or a text", self.id),
        }
    }

    fn run(&self) -> Outcome {
        self.run_on(&self.text(), None)
    }

    /// Runs the vector on another document, and with another original.
    pub(crate) fn run_on(&self, text: &str, original: Option<&str>) -> Outcome {
        let run = match self.operation {
            Operation::Compute => self.compute(text, original),
            Operation::Item => self.item(text),
            Operation::StockMovement => self.stock_movement(text),
            Operation::StockBalance => self.stock_balance(text),
            Operation::Rates => Ok(self.rates()),
        };
        run.unwrap_or_else(|failure| failure)
    }

    fn seller(&self) -> Seller {
        let nobody = || Seller::new(Pin::parse(EXAMPLE_PIN).expect("a synthetic PIN"));
        self.seller.clone().unwrap_or_else(nobody)
    }

    fn compute(&self, text: &str, original: Option<&str>) -> Result<Outcome, Outcome> {
        let settings = self.settings.settings();
        let invoice = match &self.original {
            None => invoice(text, &settings, None)?,
            Some(of) => {
                let sale = invoice(original.unwrap_or(of.document.get()), &settings, None)?;
                let mut credited = Vec::new();
                let note = |text: &str, credited: &[Invoice]| {
                    let (invoice_number, cu_invoice_number) = (of.invoice_number, of.cu_invoice_number.clone());
                    let original = Original { invoice: &sale, invoice_number, cu_invoice_number, credited };
                    invoice(text, &settings, Some(&original))
                };
                for earlier in &of.credited {
                    let earlier = note(earlier.get(), &credited)?;
                    credited.push(earlier);
                }
                note(text, &credited)?
            }
        };
        let number = self.invoice_number.unwrap_or(1);
        let body = |invoice: &Invoice| sale_body(invoice, &self.seller(), &PaymentCodes::default(), number);
        let stored = serde_json::to_vec(&invoice).expect("JSON");
        let again = body(&serde_json::from_slice(&stored).expect("a stored invoice is read"));
        let body = body(&invoice);
        assert_eq!(again, body, "the stored document sends the same bytes");
        Ok(Outcome::Good { body: Some(body), warnings: invoice.warnings().to_vec() })
    }

    fn item(&self, text: &str) -> Result<Outcome, Outcome> {
        let (settings, mut findings) = (self.settings.settings(), Findings::default());
        let draft = ItemDraft::from_json(text.as_bytes(), &mut findings)?;
        let item = Item::check_with(&draft, &settings, findings)?;
        let body = item_body(&item, &self.seller(), settings.dialect);
        Ok(Outcome::Good { body: Some(body), warnings: item.warnings().to_vec() })
    }

    fn stock_movement(&self, text: &str) -> Result<Outcome, Outcome> {
        let (settings, mut findings) = (self.settings.settings(), Findings::default());
        let draft = StockMovementDraft::from_json(text.as_bytes(), &mut findings)?;
        let movement = StockMovement::check_with(&draft, &settings, findings)?;
        let number = self.movement_number.unwrap_or(1);
        let body = stock_movement_body(&movement, &self.seller(), settings.dialect, number);
        Ok(Outcome::Good { body: Some(body), warnings: movement.warnings().to_vec() })
    }

    fn stock_balance(&self, text: &str) -> Result<Outcome, Outcome> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Balance {
            item_code: String,
            remaining: String,
            operator: Option<Operator>,
        }
        let balance: Balance = serde_json::from_str(text).expect("a balance");
        let remaining = Quantity::new(balance.remaining.parse().expect("a decimal"));
        let balance = StockBalance::check(&balance.item_code, remaining, balance.operator)?;
        let body = stock_balance_body(&balance, &self.seller(), self.settings.settings().dialect);
        Ok(Outcome::Good { body: Some(body), warnings: Vec::new() })
    }

    fn rates(&self) -> Outcome {
        let rows = self.class_04.as_ref().expect("rows of class 04");
        let rows = rows.iter().map(|(band, rate)| (band.as_str(), rate.as_str()));
        Outcome::Good { body: None, warnings: self.settings.settings().rates.warnings_against(rows) }
    }

    /// What differs from what is expected.
    pub(crate) fn differences(&self) -> Vec<String> {
        let expect = &self.expect;
        let mut differences = Vec::new();
        let mut compare_found = |name: &str, expected: &[Found], found: &[Violation]| {
            let mut found: Vec<Found> = found
                .iter()
                .map(|violation| Found { code: violation.code().to_owned(), path: violation.path.clone() })
                .collect();
            let mut expected: Vec<&Found> = expected.iter().collect();
            found.sort();
            expected.sort();
            if found.iter().collect::<Vec<_>>() != expected {
                differences.push(format!("{name}: expected {expected:?}, found {found:?}"));
            }
        };
        match (self.run(), &expect.body, &expect.violations, &expect.unreadable) {
            (Outcome::Good { body, warnings }, expected, None, None) => {
                compare_found("warnings", &expect.warnings, &warnings);
                if let (Some(expected), Some(body)) = (expected, body) {
                    let body = std::str::from_utf8(&body).expect("JSON is UTF-8");
                    compare("", expected.get(), body, &mut differences);
                }
            }
            (Outcome::Bad(invalid), None, Some(violations), None) => {
                compare_found("violations", violations, &invalid.violations);
                compare_found("warnings", &expect.warnings, &invalid.warnings);
            }
            (Outcome::Unreadable(unreadable), None, None, Some(position)) => {
                let found = Position { line: unreadable.line, column: unreadable.column };
                if found != *position {
                    differences.push(format!("expected {position:?}, found {found:?}"));
                }
            }
            (Outcome::Good { .. }, ..) => differences.push("was accepted".to_owned()),
            (Outcome::Bad(invalid), ..) => differences.push(format!("was refused: {invalid}")),
            (Outcome::Unreadable(unreadable), ..) => differences.push(unreadable.to_string()),
        }
        differences
    }
}

fn invoice(text: &str, settings: &Settings, original: Option<&Original<'_>>) -> Result<Invoice, Outcome> {
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(text.as_bytes(), &mut findings)?;
    Ok(Invoice::check_with(&draft, settings, original, findings)?)
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of vectors");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

/// Every vector of the folder.
pub(crate) fn vectors() -> Vec<Vector> {
    let read = |path: &Path| -> Vec<Vector> {
        let text = std::fs::read_to_string(path).expect("a file of vectors");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files().iter().flat_map(|path| read(path)).collect()
}
