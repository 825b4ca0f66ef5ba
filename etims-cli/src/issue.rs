//! `etims issue`: documents into the store and on to KRA.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use etims_client::device::{Device, Ticket};
use etims_core::document::{Invoice, InvoiceDraft, Kind};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::Dialect;
use serde_json::json;

use crate::input::{self, Failure};
use crate::listing::{self, Listed};
use crate::terminal::Progress;
use crate::till::TillArgs;

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
    /// Do not put the documents' items on the sandbox's shelf
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
        let invoices: Vec<&Invoice> = drafts.iter().filter_map(|(_, invoice)| invoice.as_ref()).collect();
        arguments.till.shelve(&device, &invoices).await?;
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
