//! `etims drain`: sends what waits, until nothing is left that could be sent.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use etims_client::device::Device;
use etims_client::store::ListFilter;
use etims_core::document::Invoice;
use etims_core::wire::Operation;
use serde_json::json;
use tokio::time::Instant;

use crate::input::Failure;
use crate::listing::{self, Listed};
use crate::terminal::Progress;
use crate::till::TillArgs;

/// How often it is looked how far the queue has come.
const LOOK: Duration = Duration::from_millis(100);
/// Submissions looked at together.
const PAGE: u32 = 500;
/// States that leave the queue by themselves.
const MOVING: [&str; 3] = ["queued", "in_flight", "uncertain"];
/// States that wait for a person.
const STUCK: [&str; 2] = ["stopped", "rejected"];

/// Arguments of `etims drain`.
#[derive(Debug, Args)]
pub(crate) struct DrainArgs {
    #[command(flatten)]
    till: TillArgs,
    /// Longest time to work, in seconds; without it until nothing moves any more
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    /// You have made sure that nobody else used this device since the store's older copy was made
    #[arg(long)]
    resume: bool,
}

/// Runs `etims drain`. Exit 0: nothing is left; 3: something waits, for a person or for KRA.
pub(crate) async fn run(arguments: DrainArgs) -> ExitCode {
    match drain(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(message) => Failure::Unreadable(message).report(),
    }
}

async fn drain(arguments: &DrainArgs) -> Result<bool, String> {
    let told = |error: etims_client::error::Error| error.to_string();
    shelve_waiting(arguments).await?;
    let device = arguments.till.device(false).await?;
    if arguments.resume {
        device.resume().await.map_err(told)?;
    }
    device.hurry().await.map_err(told)?;
    let deadline = arguments.wait.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let at_first = moving(&device).await?;
    let progress = Progress::new("queue", usize::try_from(at_first).unwrap_or(usize::MAX));
    let mut events = device.events();
    let mut still_since = Instant::now();
    let mut before = at_first;
    loop {
        let left = moving(&device).await?;
        progress.set(at_first.saturating_sub(left), &format!("{left} left"));
        if left != before {
            (before, still_since) = (left, Instant::now());
        }
        // What waits behind a stopped or refused one does not move however long one looks.
        let held_back = still_since.elapsed() > Duration::from_secs(2) && is_held_back(&device).await?;
        if left == 0 || held_back || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = events.recv() => {}
        }
    }
    progress.clear();
    device.close().await;
    report(arguments, &device).await
}

/// Puts the items of everything in the queue on the sandbox's shelf, a page of the queue at a time, before any of it can
/// leave.
async fn shelve_waiting(arguments: &DrainArgs) -> Result<(), String> {
    if !arguments.till.is_on_sandbox() {
        return Ok(());
    }
    let told = |error: etims_client::error::Error| error.to_string();
    let idle = arguments.till.device(true).await?;
    let mut after = None;
    loop {
        let filter = ListFilter { states: MOVING.to_vec(), after, most: PAGE, ..ListFilter::default() };
        let page = idle.list(filter).await.map_err(told)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        let mut invoices: Vec<Invoice> = Vec::new();
        for sale in page.iter().filter(|submission| submission.operation() == Operation::SaveSale) {
            let document = idle.store().document(sale.id()).await.map_err(|error| error.to_string())?;
            // One that cannot be read is refused when its turn comes.
            invoices.extend(serde_json::from_slice::<Invoice>(&document).ok());
        }
        arguments.till.shelve(&idle, &invoices.iter().collect::<Vec<_>>()).await?;
    }
    idle.close().await;
    Ok(())
}

async fn counts(device: &Device, states: &[&str]) -> Result<u64, String> {
    let counts = device.counts().await.map_err(|error| error.to_string())?;
    Ok(states.iter().filter_map(|state| counts.get(*state)).sum())
}

async fn moving(device: &Device) -> Result<u64, String> {
    counts(device, &MOVING).await
}

/// Whether everything that is left waits for something that needs a person.
async fn is_held_back(device: &Device) -> Result<bool, String> {
    Ok(counts(device, &["in_flight", "uncertain"]).await? == 0 && counts(device, &STUCK).await? > 0)
}

async fn report(arguments: &DrainArgs, device: &Device) -> Result<bool, String> {
    let told = |error: etims_client::error::Error| error.to_string();
    let counts = device.counts().await.map_err(told)?;
    let filter = ListFilter { open: true, most: 1000, ..ListFilter::default() };
    let open: Vec<Listed> = device.list(filter).await.map_err(told)?.iter().map(Listed::of).collect();
    if arguments.till.json {
        println!("{}", json!({ "counts": counts, "open": open }));
    } else {
        let words: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        println!("{}", words.join(", "));
        if !open.is_empty() {
            listing::print(&open, false);
        }
    }
    Ok(open.is_empty())
}
