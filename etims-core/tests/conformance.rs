//! The vectors of `examples/conformance`, run through the public API: what every language must agree on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etims_core::codes::PaymentCodes;
use etims_core::document::{
    Invoice, InvoiceDraft, Item, ItemDraft, Original, StockBalance, StockMovement, StockMovementDraft, Unreadable,
};
use etims_core::money::Quantity;
use etims_core::party::{Operator, Seller};
use etims_core::pin::Pin;
use etims_core::rules::{Findings, Invalid, Severity, Violation, catalogue};
use etims_core::settings::{Convention, DiscountWire, FractionPolicy, Settings};
use etims_core::wire::{Dialect, item_body, sale_body, stock_balance_body, stock_movement_body};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/conformance");

/// Belongs to nobody; the seller of vectors that name none.
const EXAMPLE_PIN: &str = "P000000010C";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    what: String,
    rule: Option<String>,
    operation: Operation,
    #[serde(default)]
    settings: SettingsOf,
    seller: Option<Seller>,
    invoice_number: Option<u64>,
    movement_number: Option<u64>,
    original: Option<OriginalOf>,
    document: Option<Box<RawValue>>,
    repeat: Option<usize>,
    text: Option<String>,
    class_04: Option<Vec<(String, String)>>,
    expect: Expect,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Compute,
    Item,
    StockMovement,
    StockBalance,
    Rates,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsOf {
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
struct OriginalOf {
    document: Box<RawValue>,
    invoice_number: u64,
    cu_invoice_number: String,
    #[serde(default)]
    credited: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    body: Option<Box<RawValue>>,
    violations: Option<Vec<Found>>,
    #[serde(default)]
    warnings: Vec<Found>,
    unreadable: Option<Position>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Found {
    code: String,
    path: String,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Position {
    line: usize,
    column: usize,
}

/// What an operation gives.
enum Outcome {
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
    fn text(&self) -> Cow<'_, str> {
        match (&self.document, &self.text, self.repeat) {
            (Some(document), None, None) => document.get().into(),
            (Some(document), None, Some(times)) => {
                let mut document: serde_json::Value = serde_json::from_str(document.get()).expect("a document");
                let line = document["lines"][0].take();
                document["lines"] = vec![line; times].into();
                document.to_string().into()
            }
            (None, Some(text), None) => text.into(),
            _ => panic!("{}: either a document or a text", self.id),
        }
    }

    fn run(&self) -> Outcome {
        let run = match self.operation {
            Operation::Compute => self.compute(),
            Operation::Item => self.item(),
            Operation::StockMovement => self.stock_movement(),
            Operation::StockBalance => self.stock_balance(),
            Operation::Rates => Ok(self.rates()),
        };
        run.unwrap_or_else(|failure| failure)
    }

    fn seller(&self) -> Seller {
        let nobody = || Seller::new(Pin::parse(EXAMPLE_PIN).expect("a synthetic PIN"));
        self.seller.clone().unwrap_or_else(nobody)
    }

    fn compute(&self) -> Result<Outcome, Outcome> {
        let settings = self.settings.settings();
        let invoice = match &self.original {
            None => invoice(&self.text(), &settings, None)?,
            Some(of) => {
                let sale = invoice(of.document.get(), &settings, None)?;
                let original = |credited: &[Invoice]| {
                    let earlier = of.credited.get(credited.len()).map(|note| Cow::Borrowed(note.get()));
                    let text = earlier.unwrap_or_else(|| self.text());
                    let cu_invoice_number = of.cu_invoice_number.clone();
                    let invoice_number = of.invoice_number;
                    let original = Original { invoice: &sale, invoice_number, cu_invoice_number, credited };
                    invoice(&text, &settings, Some(&original))
                };
                let mut credited = Vec::new();
                for _ in &of.credited {
                    let note = original(&credited)?;
                    credited.push(note);
                }
                original(&credited)?
            }
        };
        let number = self.invoice_number.unwrap_or(1);
        let body = sale_body(&invoice, &self.seller(), &PaymentCodes::default(), number);
        Ok(Outcome::Good { body: Some(body), warnings: invoice.warnings().to_vec() })
    }

    fn item(&self) -> Result<Outcome, Outcome> {
        let (settings, mut findings) = (self.settings.settings(), Findings::default());
        let draft = ItemDraft::from_json(self.text().as_bytes(), &mut findings)?;
        let item = Item::check_with(&draft, &settings, findings)?;
        let body = item_body(&item, &self.seller(), settings.dialect);
        Ok(Outcome::Good { body: Some(body), warnings: item.warnings().to_vec() })
    }

    fn stock_movement(&self) -> Result<Outcome, Outcome> {
        let (settings, mut findings) = (self.settings.settings(), Findings::default());
        let draft = StockMovementDraft::from_json(self.text().as_bytes(), &mut findings)?;
        let movement = StockMovement::check_with(&draft, &settings, findings)?;
        let number = self.movement_number.unwrap_or(1);
        let body = stock_movement_body(&movement, &self.seller(), settings.dialect, number);
        Ok(Outcome::Good { body: Some(body), warnings: movement.warnings().to_vec() })
    }

    fn stock_balance(&self) -> Result<Outcome, Outcome> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Balance {
            item_code: String,
            remaining: String,
            operator: Option<Operator>,
        }
        let balance: Balance = serde_json::from_str(&self.text()).expect("a balance");
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
    fn differences(&self) -> Vec<String> {
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

/// Compares what the vector names with what is there: objects key by key, lists entry by entry, numbers as decimals.
fn compare(path: &str, expected: &str, found: &str, differences: &mut Vec<String>) {
    match expected.as_bytes()[0] {
        b'{' => {
            let expected: BTreeMap<String, &RawValue> = serde_json::from_str(expected).expect("an object");
            let Ok(found) = serde_json::from_str::<BTreeMap<String, &RawValue>>(found) else {
                return differences.push(format!("{path} is no object: {found}"));
            };
            for (key, expected) in expected {
                match found.get(&key) {
                    Some(found) => compare(&format!("{path}.{key}"), expected.get(), found.get(), differences),
                    None => differences.push(format!("{path}.{key} is not there")),
                }
            }
        }
        b'[' => {
            let expected: Vec<&RawValue> = serde_json::from_str(expected).expect("a list");
            let found: Vec<&RawValue> = serde_json::from_str(found).unwrap_or_default();
            if expected.len() != found.len() {
                return differences.push(format!("{path} has {} entries, expected {}", found.len(), expected.len()));
            }
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(&format!("{path}[{index}]"), expected.get(), found.get(), differences);
            }
        }
        b'-' | b'0'..=b'9' => {
            if expected.parse::<Decimal>().ok() != found.parse::<Decimal>().ok() {
                differences.push(format!("{path} is {found}, expected {expected}"));
            }
        }
        _ => {
            let text = |raw: &str| serde_json::from_str::<serde_json::Value>(raw).expect("JSON");
            if text(expected) != text(found) {
                differences.push(format!("{path} is {found}, expected {expected}"));
            }
        }
    }
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of vectors");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

fn vectors() -> Vec<Vector> {
    let read = |path: &Path| -> Vec<Vector> {
        let text = std::fs::read_to_string(path).expect("a file of vectors");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files().iter().flat_map(|path| read(path)).collect()
}

#[test]
fn every_vector_holds() {
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for vector in vectors() {
        let differences = vector.differences();
        match differences.is_empty() {
            true => passed.push(vector.id),
            false => failed.push(format!("{} ({})\n    {}", vector.id, vector.what, differences.join("\n    "))),
        }
    }
    // The list every language writes: they are compared with each other.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../conformance");
    std::fs::create_dir_all(&folder).expect("a folder for the list");
    std::fs::write(folder.join("rust.txt"), passed.join("\n") + "\n").expect("the list of passed vectors");
    println!("{} vectors passed", passed.len());
    assert!(failed.is_empty(), "{} vectors failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<String> = vectors().into_iter().map(|vector| vector.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_rule_has_a_vector_that_fails_it_and_one_that_passes_it() {
    let vectors = vectors();
    for rule in catalogue::ALL {
        let about = vectors.iter().filter(|vector| vector.rule.as_deref() == Some(rule.code));
        let breaks = |vector: &&Vector| {
            let found = match rule.severity {
                Severity::Error => vector.expect.violations.as_deref().unwrap_or_default(),
                Severity::Warning => &vector.expect.warnings,
            };
            found.iter().any(|found| found.code == rule.code)
        };
        let (breaking, keeping): (Vec<_>, Vec<_>) = about.partition(breaks);
        assert!(!breaking.is_empty(), "{} has no vector that breaks it", rule.code);
        assert!(!keeping.is_empty(), "{} has no vector that keeps it", rule.code);
        // A vector that keeps a rule is a good document, or the rule would not have been looked at.
        assert!(keeping.iter().all(|vector| vector.expect.violations.is_none()), "{}", rule.code);
    }
}
