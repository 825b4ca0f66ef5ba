//! `etims status`: the device and what it has in hand, without sending anything.

use std::collections::BTreeMap;

use clap::Args;
use etims_client::config::{Config, StoreAddress};
use etims_client::device::DeviceIdentity;
use etims_client::offline::{Contact, OfflineWatch};
use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_client::store::{DeviceRow, ListFilter, Store, SubmissionRow};
use etims_core::submission::WriteRule;
use etims_core::wire::{Dialect, Operation};
use serde::Serialize;

use crate::device_args::DeviceArgs;

/// Rows read from the store at a time.
const PAGE: u32 = 1000;
/// Documents named one by one.
const NAMED: usize = 20;

/// Show the device, its counters and what waits
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

#[derive(Serialize)]
struct Status {
    environment: &'static str,
    dialect: &'static str,
    branch: String,
    base: String,
    /// How far the initialisation has come: none, initialising, answered, ready, failed.
    device: &'static str,
    identity: Option<DeviceIdentity>,
    /// Last number KRA has used, by kind of write.
    counters: BTreeMap<&'static str, u64>,
    /// Documents by state.
    documents: BTreeMap<&'static str, u64>,
    /// Those that a person or KRA has to decide about, oldest first.
    open: Vec<Open>,
    /// Seconds since a VSCU last answered a look-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Open {
    reference: String,
    operation: &'static str,
    state: &'static str,
    number: Option<u64>,
    note: Option<String>,
}

/// Runs `etims status`.
pub(crate) async fn run(arguments: &StatusArgs) -> Result<(), String> {
    let config = arguments.device.load()?;
    let status = status(&config).await?;
    if arguments.json {
        println!("{}", serde_json::to_string(&status).expect("a status is always written"));
    } else {
        print(&status);
    }
    Ok(())
}

/// Opens the store only when it is there: looking must not make one.
pub(crate) fn open_store(config: &Config) -> Result<Option<SqliteStore>, String> {
    let StoreAddress::File(path) = &config.store else {
        return Err("the store is not a file: ask its database".to_owned());
    };
    if !SqliteStore::is_at(path) {
        return Ok(None);
    }
    let options = SqliteOptions { request_timeout: config.timeouts.write, ..SqliteOptions::default() };
    SqliteStore::open(path, options).map(Some).map_err(|error| error.to_string())
}

/// The last number KRA has used for a kind of write, as the store knows.
pub(crate) async fn last_number(
    store: &dyn Store,
    config: &Config,
    operation: Operation,
) -> Result<Option<u64>, String> {
    let Some(rule) = WriteRule::of(config.dialect(), operation).filter(|rule| rule.numbered) else { return Ok(None) };
    let seller = &config.seller;
    let key = rule.lane_key(config.counters, seller.environment.name(), seller.pin.as_str(), seller.branch.as_str());
    let view = store.lane(&key).await.map_err(|error| error.to_string())?;
    Ok(Some(view.lane.accepted))
}

async fn status(config: &Config) -> Result<Status, String> {
    let mut status = Status {
        environment: config.environment().name(),
        dialect: config.dialect().name(),
        branch: config.seller.branch.to_string(),
        base: config.hosts.base().to_owned(),
        device: "none",
        identity: None,
        counters: BTreeMap::new(),
        documents: BTreeMap::new(),
        open: Vec::new(),
        silent_seconds: None,
    };
    let Some(store) = open_store(config)? else { return Ok(status) };
    if let Some(row) = store.device(&config.scope()).await.map_err(|error| error.to_string())? {
        status.device = row.status.name();
        status.identity = identity(&row);
    }
    for operation in Operation::all() {
        if let Some(number) = last_number(&store, config, operation).await? {
            status.counters.insert(operation.name(), number);
        }
    }
    for row in rows(&store, config).await? {
        *status.documents.entry(row.state.name()).or_default() += 1;
        if matches!(row.state.name(), "uncertain" | "stopped" | "rejected") && status.open.len() < NAMED {
            status.open.push(Open {
                reference: row.reference.clone(),
                operation: row.operation.name(),
                state: row.state.name(),
                number: row.state.number(),
                note: row.note.clone(),
            });
        }
    }
    if config.dialect() == Dialect::Vscu {
        let now = std::time::SystemTime::now();
        let since = config.contact_file().and_then(|file| file.read()).and_then(|last| now.duration_since(last).ok());
        status.silent_seconds = since.map(|since| since.as_secs());
    }
    Ok(status)
}

pub(crate) fn identity(row: &DeviceRow) -> Option<DeviceIdentity> {
    serde_json::from_str(row.identity.as_deref()?).ok()
}

/// All submissions of the device.
pub(crate) async fn rows(store: &dyn Store, config: &Config) -> Result<Vec<SubmissionRow>, String> {
    let mut all: Vec<SubmissionRow> = Vec::new();
    loop {
        let after = all.last().map(|row| row.id);
        let filter = ListFilter { device: Some(config.scope()), after, most: PAGE, ..ListFilter::default() };
        let page = store.list(filter).await.map_err(|error| error.to_string())?;
        let done = page.len() < PAGE as usize;
        all.extend(page);
        if done {
            return Ok(all);
        }
    }
}

fn print(status: &Status) {
    println!("{} {} at {}", status.environment, status.dialect, status.base);
    match &status.identity {
        Some(identity) => {
            println!("branch {}: control unit {}, serial {}", status.branch, identity.sdc_id, identity.serial)
        }
        None => println!("branch {}: not initialised ({})", status.branch, status.device),
    }
    for (operation, number) in status.counters.iter().filter(|(_, number)| **number > 0) {
        println!("  last number of {operation}: {number}");
    }
    for (state, count) in &status.documents {
        println!("  {count} {state}");
    }
    for open in &status.open {
        let number = open.number.map(|number| format!(", number {number}")).unwrap_or_default();
        println!(
            "{} {} is {}{number}: {}",
            open.operation,
            open.reference,
            open.state,
            open.note.as_deref().unwrap_or("no word yet")
        );
    }
    if let Some(seconds) = status.silent_seconds {
        println!("last answer of the VSCU {} minutes ago", seconds / 60);
    }
}

/// How a VSCU stands by its file, without asking it.
pub(crate) fn contact(config: &Config) -> Option<Contact> {
    let now = std::time::SystemTime::now();
    let last = config.contact_file()?.read()?;
    let watch = OfflineWatch::new(config.offline, None, last);
    (config.dialect() == Dialect::Vscu).then(|| watch.contact(now))
}
