//! `etims issue`: documents into the store and on to KRA.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use etims_client::device::{Device, Ticket};
use etims_core::codes::StockMovementType;
use etims_core::document::{Invoice, InvoiceDraft, ItemDraft, Kind, Line, StockLineDraft, StockMovementDraft};
use etims_core::money::{Quantity, UnitPrice};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::Dialect;
use rust_decimal::Decimal;
use serde_json::json;

use crate::input::{self, Failure};
use crate::listing::{self, Listed};
use crate::terminal::Progress;
use crate::till::TillArgs;

/// Pieces of each good that the sandbox is told are on the shelf.
const SHELF: u32 = 1_000_000;

/// Arguments of `etims issue`.
#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// Documents, one JSON file each; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    till: TillArgs,
    /// Longest wait for KRA in seconds; what is not signed by then stays in the store and is sent later
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    wait: u64,
    /// Do not register the documents' items on the sandbox, and do not report stock of them
    #[arg(long)]
    no_stock: bool,
}

/// Runs `etims issue`. Exit 0: all signed; 2: a document is invalid, nothing was stored; 3: not all are signed.
pub(crate) async fn run(arguments: IssueArgs) -> ExitCode {
    let drafts = match read(&arguments.files) {
        Ok(drafts) => drafts,
        Err(code) => return code,
    };
    match issue(&arguments, drafts).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(message) => Failure::Unreadable(message).report(),
    }
}

/// A document and, unless it credits a stored one, what it comes to.
type Read = (InvoiceDraft, Option<Invoice>);

/// Reads and checks every document. Nothing is stored while one of them is wrong.
fn read(files: &[PathBuf]) -> Result<Vec<Read>, ExitCode> {
    let settings = Settings::new(Dialect::Gateway);
    let mut drafts = Vec::with_capacity(files.len());
    let mut invalid = 0;
    for file in files {
        let (draft, findings) = input::document(file).map_err(Failure::report)?;
        match check(&draft, &settings, findings) {
            Ok(invoice) => drafts.push((draft, invoice)),
            Err(found) => {
                input::warn(&found.warnings);
                println!("{}", json!({ "file": file.display().to_string(), "violations": found.violations }));
                invalid += 1;
            }
        }
    }
    if invalid > 0 { Err(ExitCode::from(2)) } else { Ok(drafts) }
}

fn check(
    draft: &InvoiceDraft,
    settings: &Settings,
    findings: Findings,
) -> Result<Option<Invoice>, etims_core::rules::Invalid> {
    let original = draft.credit.as_ref().and_then(|credit| credit.original.reference.as_ref());
    if draft.kind == Kind::CreditNote && original.is_some() {
        // Its original is in the store: the device checks it against that.
        findings.into_result()?;
        return Ok(None);
    }
    Invoice::check_with(draft, settings, None, findings).map(Some)
}

async fn issue(arguments: &IssueArgs, drafts: Vec<Read>) -> Result<bool, String> {
    let device = arguments.till.device(false).await?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(arguments.wait);
    if !arguments.no_stock {
        stock(&device, drafts.iter().filter_map(|(_, invoice)| invoice.as_ref()), deadline).await?;
    }
    let drafts: Vec<InvoiceDraft> = drafts.into_iter().map(|(draft, _)| draft).collect();
    let progress = Progress::new("documents", drafts.len());
    let mut listed = Vec::with_capacity(drafts.len());
    let mut failed = Vec::new();
    for (draft, ticket) in drafts.iter().zip(device.submit_many(&drafts).await) {
        match ticket {
            Ok(ticket) => listed.push(wait(&device, &ticket, deadline).await?),
            Err(error) => failed.push(format!("{}: {error}", draft.reference)),
        }
        progress.step(&draft.reference);
    }
    progress.clear();
    device.close().await;
    listing::print(&listed, arguments.till.json);
    for message in &failed {
        eprintln!("etims: {message}");
    }
    Ok(failed.is_empty() && listed.iter().all(Listed::is_done))
}

async fn wait(device: &Device, ticket: &Ticket, deadline: tokio::time::Instant) -> Result<Listed, String> {
    let left = deadline.saturating_duration_since(tokio::time::Instant::now());
    let submission = device.wait_for(ticket, left).await.map_err(|error| error.to_string())?;
    Ok(Listed::of(&submission))
}

/// Tells the sandbox about the documents' items, once for each code. What it refuses, or knows already, is left to the
/// sales themselves.
async fn stock(
    device: &Device,
    invoices: impl Iterator<Item = &Invoice>,
    deadline: tokio::time::Instant,
) -> Result<(), String> {
    let mut items: BTreeMap<String, (Line, &Invoice)> = BTreeMap::new();
    for invoice in invoices {
        for line in invoice.lines() {
            items.entry(running_number(&line.item_code)).or_insert_with(|| (line.clone(), invoice));
        }
    }
    let mut tickets = Vec::new();
    for (line, invoice) in items.into_values() {
        let code = &line.item_code;
        let Ok(registered) = device.register_item(&format!("item {code}"), &item(&line)).await else { continue };
        tickets.push(registered);
        if !line.item_type.has_stock() {
            continue;
        }
        if let Ok(moved) = device.move_stock(&format!("stock {code}"), &shelf(&line, invoice)).await {
            tickets.push(moved);
            let shelf = Quantity::new(SHELF.into());
            tickets.extend(device.report_balance(&format!("balance {code}"), code, shelf, None).await.ok());
        }
    }
    // Sales would wait by themselves, but not in the order of the command line.
    for ticket in tickets.iter().filter(|ticket| ticket.state() != "recorded") {
        wait(device, ticket, deadline).await?;
    }
    Ok(())
}

/// Sorts item codes by their running number: the gateway takes them in that order only.
fn running_number(code: &str) -> String {
    let digits = code.len() - code.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    format!("{:0>20} {code}", &code[code.len() - digits..])
}

fn item(line: &Line) -> ItemDraft {
    ItemDraft {
        code: line.item_code.clone(),
        item_type: line.item_type,
        classification: line.classification.clone(),
        name: line.name.clone(),
        origin: line.origin.clone(),
        packaging: line.packaging.clone(),
        unit: line.unit.clone(),
        tax: line.tax_type,
        price: Decimal::ONE,
        barcode: None,
        operator: None,
    }
}

fn shelf(line: &Line, invoice: &Invoice) -> StockMovementDraft {
    StockMovementDraft {
        kind: StockMovementType::from_code("06").expect("an adjustment in"),
        occurred_at: invoice.issued_at(),
        lines: vec![StockLineDraft {
            item_code: line.item_code.clone(),
            classification: line.classification.clone(),
            name: line.name.clone(),
            packaging: line.packaging.clone(),
            unit: line.unit.clone(),
            quantity: Quantity::new(SHELF.into()),
            unit_price: UnitPrice::new(Decimal::ONE),
            tax: line.tax_type,
        }],
        original_number: 0,
        remark: Some("opening stock for the sandbox".to_owned()),
        operator: None,
    }
}
