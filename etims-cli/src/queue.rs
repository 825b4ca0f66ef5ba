//! `etims queue`: what is stored, and what people decide about it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use etims_client::store::{Act, ListFilter, Store, SubmissionRow};
use etims_core::submission::State;
use etims_core::time::EAST_AFRICA;
use etims_core::wire::Operation;
use serde_json::json;

use crate::input::{self, Failure};
use crate::listing::{self, Listed};
use crate::till::TillArgs;

/// Submissions fetched at a time.
const PAGE: u32 = 500;

/// Arguments of `etims queue`.
#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    #[command(subcommand)]
    command: QueueCommand,
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// List what waits, is on its way, in doubt, stopped or refused
    List {
        #[command(flatten)]
        till: TillArgs,
        /// Everything that was ever stored
        #[arg(long)]
        all: bool,
    },
    /// Show one submission with its journal
    Show {
        #[command(flatten)]
        one: OneArgs,
    },
    /// Send a refused one again, or look again at one that waits for a person
    Retry {
        #[command(flatten)]
        one: OneArgs,
        /// You have made sure that KRA has not got it: send it under a new number
        #[arg(long, conflicts_with = "recorded")]
        new_number: bool,
        /// You have made sure that KRA has it: go on without its receipt
        #[arg(long)]
        recorded: bool,
    },
    /// Give a refused one another document under its reference
    Amend {
        #[command(flatten)]
        one: OneArgs,
        /// The document; `-` for standard input
        file: PathBuf,
    },
    /// Take one back that KRA has not got
    Cancel {
        #[command(flatten)]
        one: OneArgs,
    },
}

#[derive(Debug, Args)]
struct OneArgs {
    /// The caller's reference
    reference: String,
    #[command(flatten)]
    till: TillArgs,
}

/// Runs `etims queue`.
pub(crate) async fn run(arguments: QueueArgs) -> ExitCode {
    let outcome = match arguments.command {
        QueueCommand::List { till, all } => list(&till, all).await.map_err(Failure::Unreadable),
        QueueCommand::Show { one } => show(&one).await.map_err(Failure::Unreadable),
        QueueCommand::Retry { one, new_number, recorded } => {
            let act = match (new_number, recorded) {
                (true, _) => Act::Release,
                (_, true) => Act::Settle,
                _ => Act::Retry,
            };
            decide(&one, act).await.map_err(Failure::Unreadable)
        }
        QueueCommand::Amend { one, file } => amend(&one, &file).await,
        QueueCommand::Cancel { one } => decide(&one, Act::Cancel).await.map_err(Failure::Unreadable),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn list(till: &TillArgs, all: bool) -> Result<(), String> {
    let store = till.store()?;
    let mut listed = Vec::new();
    let mut filter = ListFilter { open: !all, most: PAGE, ..ListFilter::default() };
    loop {
        let rows = store.list(filter.clone()).await.map_err(|error| error.to_string())?;
        listed.extend(rows.iter().map(Listed::of_row));
        match rows.last() {
            Some(last) if rows.len() == PAGE as usize => filter.after = Some(last.id),
            _ => break,
        }
    }
    if listed.is_empty() && !till.json {
        println!("nothing waits");
        return Ok(());
    }
    listing::print(&listed, till.json);
    Ok(())
}

/// The submission under a reference: an invoice if there is one, else whatever has that reference.
async fn find(store: &dyn Store, reference: &str) -> Result<SubmissionRow, String> {
    let kinds = [Operation::SaveSale, Operation::SaveItem, Operation::SaveStockMovement, Operation::SaveStockMaster];
    for device in store.devices().await.map_err(|error| error.to_string())? {
        for kind in kinds {
            let found = store.find(&device.device, kind, reference).await.map_err(|error| error.to_string())?;
            if let Some(row) = found {
                return Ok(row);
            }
        }
    }
    Err(format!("nothing is stored under {reference}"))
}

async fn show(one: &OneArgs) -> Result<(), String> {
    let store = one.till.store()?;
    let row = find(store.as_ref(), &one.reference).await?;
    let mut entries = Vec::new();
    let mut after = 0;
    loop {
        let page = store.journal(&row.device, after, PAGE).await.map_err(|error| error.to_string())?;
        let Some(last) = page.last() else { break };
        after = last.place;
        entries.extend(page.into_iter().filter(|entry| entry.submission == Some(row.id)));
    }
    if one.till.json {
        let journal: Vec<_> = entries
            .iter()
            .map(|entry| json!({ "place": entry.place, "at": entry.at, "kind": entry.kind, "detail": entry.detail }))
            .collect();
        println!("{}", json!({ "submission": Listed::of_row(&row), "journal": journal }));
        return Ok(());
    }
    listing::print(&[Listed::of_row(&row)], false);
    for entry in entries {
        println!("{:>8}  {}  {:14} {}", entry.place, moment(entry.at), entry.kind, entry.detail);
    }
    Ok(())
}

/// `2026-09-17 14:09:26` in Nairobi.
fn moment(milliseconds: i64) -> String {
    let utc = chrono::DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    utc.with_timezone(&EAST_AFRICA).format("%Y-%m-%d %H:%M:%S").to_string()
}

async fn decide(one: &OneArgs, act: Act) -> Result<(), String> {
    let store = one.till.store()?;
    let row = find(store.as_ref(), &one.reference).await?;
    let row = store.act(row.id, act).await.map_err(|error| error.to_string())?;
    listing::print(&[Listed::of_row(&row)], one.till.json);
    told(&row.state);
    Ok(())
}

async fn amend(one: &OneArgs, file: &std::path::Path) -> Result<(), Failure> {
    let (draft, findings) = input::document(file)?;
    input::warn(&findings.into_result()?);
    let device = one.till.device(true).await.map_err(Failure::Unreadable)?;
    match device.amend(&one.reference, &draft).await {
        Ok(submission) => {
            listing::print(&[Listed::of(&submission)], one.till.json);
            told(submission.state());
            Ok(())
        }
        Err(etims_client::error::Error::Invalid(invalid)) => Err(invalid.into()),
        Err(error) => Err(Failure::Unreadable(error.to_string())),
    }
}

fn told(state: &State) {
    if matches!(state, State::Queued(_) | State::Uncertain(_)) {
        eprintln!("It is taken up by the next `etims drain`, or by whatever process works on this store.");
    }
}
