//! `etims demo`: a KRA, a device, a shop and its signed receipts, all on this machine.

mod goods;
mod paper;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use etims_client::config::{Config, ConfigBuilder};
use etims_client::credentials::{SecretName, SecretSource};
use etims_client::device::{Device, Submission};
use etims_client::events::DeviceEvent;
use etims_core::document::InvoiceDraft;
use etims_core::pin::{BranchId, Pin};
use etims_core::rules::Findings;
use etims_core::submission::Adoption;
use etims_sandbox::{Fault, FaultKind, Operation as SandboxOperation, Sandbox, When};
use secrecy::SecretString;

use crate::terminal::Progress;

/// A synthetic PIN.
const PIN: &str = "P000070014N";
/// Longest wait for one document; the demo's own KRA answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the demo waits for an answer before it counts as lost.
const ANSWER_WITHIN: u64 = 2;

/// The one variable the demo obeys.
const KEY_FILE: &str = "ETIMS_VAULT_KEY_FILE";

/// Arguments of `etims demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The sandbox signs every sale and loses every second answer
    #[arg(long)]
    lose_answers: bool,
    /// Keep the store in FILE and the sandbox's books in FILE.kra: can be killed at any moment and run again
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Folder for the HTML receipts
    #[arg(long, value_name = "FOLDER", default_value = "etims-demo")]
    out: PathBuf,
}

/// Runs `etims demo`.
pub(crate) async fn run(arguments: &DemoArgs) -> Result<(), String> {
    let shop = Shop::open(arguments).await?;
    let outcome = shop.trade(arguments).await;
    shop.close().await;
    outcome
}

/// The sandbox, the device and where they keep their books.
struct Shop {
    sandbox: Sandbox,
    device: Device,
    /// Kept alive: the store of a demo without `--store` goes with it.
    _folder: Option<tempfile::TempDir>,
}

impl Shop {
    async fn open(arguments: &DemoArgs) -> Result<Shop, String> {
        let folder = match arguments.store {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(|error| format!("cannot make a temporary folder: {error}"))?),
        };
        let mut builder = Sandbox::builder().port(0).seed(2026);
        if let Some(store) = &arguments.store {
            builder = builder.state_file(books_of(store));
        }
        let sandbox = builder.start().await.map_err(|error| error.to_string())?;
        println!("KRA sandbox (not KRA): {}", sandbox.gateway_url());
        let config = match (&arguments.store, &folder) {
            (Some(store), _) => settings(&sandbox)
                // The key outlives this run: in the user's configuration directory, or where the variable says.
                .variables_from(std::env::vars().filter(|(name, _)| name == KEY_FILE))
                .set("store.path", store.display()),
            (None, Some(folder)) => {
                let (store, keys) = (folder.path().join("store"), folder.path().join("keys"));
                for made in [&store, &keys] {
                    std::fs::create_dir(made).map_err(|error| format!("cannot make {}: {error}", made.display()))?;
                }
                settings(&sandbox)
                    .set("store.path", store.join("shop.db").display())
                    .set("vault.key_file", keys.join("vault.key").display())
            }
            (None, None) => unreachable!("a demo without a store has a folder"),
        };
        let config = config.build().map_err(|error| error.to_string())?;
        let device = Device::open(&config).await.map_err(|error| error.to_string())?;
        Ok(Shop { sandbox, device, _folder: folder })
    }

    async fn trade(&self, arguments: &DemoArgs) -> Result<(), String> {
        self.initialise().await?;
        self.learn().await?;
        self.stock().await?;
        if arguments.lose_answers {
            println!("From now on every second answer to a sale is lost after KRA has signed it.");
            self.sandbox.inject(Fault {
                kind: FaultKind::LoseAnswer,
                when: When::EveryNth(2),
                operation: Some(SandboxOperation::SaveSale),
            });
        }
        let signed = self.issue().await?;
        paper::show(&self.device, &signed, &arguments.out).await?;
        self.audit(&signed)
    }

    /// Once in a device's life. A demo that was killed inside it cannot know its key and takes a new serial.
    async fn initialise(&self) -> Result<(), String> {
        if let Some(identity) = self.device.identity() {
            println!("Device {} is initialised already.", identity.sdc_id);
            return Ok(());
        }
        let serial = match self.device.interrupted_initialisation().await.map_err(|error| error.to_string())? {
            None => "DEMO-1".to_owned(),
            Some(interrupted) => {
                println!("An earlier run was killed while it initialised {interrupted}: KRA gives a key once, so that");
                println!("serial is lost. Taking a new one.");
                next_serial(&interrupted)
            }
        };
        let identity = self.device.initialise(&serial).await.map_err(|error| error.to_string())?;
        println!("Device {serial} initialised once: control unit {}.", identity.sdc_id);
        Ok(())
    }

    async fn learn(&self) -> Result<(), String> {
        let connection = self.device.connection();
        let codes = connection.codes(None).await.map_err(|error| error.to_string())?;
        let classes = connection.item_classes(None).await.map_err(|error| error.to_string())?;
        println!("{} code classes and {} item classifications fetched.", codes.rows.len(), classes.rows.len());
        Ok(())
    }

    /// Items, opening stock and balances, through the store like everything else.
    async fn stock(&self) -> Result<(), String> {
        let device = &self.device;
        let mut tickets = Vec::new();
        for item in goods::items() {
            tickets.push(device.register_item(&format!("item {}", item.code), &item).await);
        }
        let opened_at = "2026-09-17T08:00:00+03:00".parse().expect("a moment with its offset");
        tickets.push(device.move_stock("opening stock", &goods::opening_stock(opened_at)).await);
        for (code, quantity) in goods::opening_balances() {
            tickets.push(device.report_balance(&format!("balance {code}"), &code, quantity, None).await);
        }
        let progress = Progress::new("items and stock", tickets.len());
        for ticket in tickets {
            let ticket = ticket.map_err(|error| error.to_string())?;
            let done = device.wait_for(&ticket, PATIENCE).await.map_err(|error| error.to_string())?;
            if !done.is_recorded() {
                return Err(format!("{} is {}: {}", done.reference(), done.state().name(), done.note().unwrap_or("")));
            }
            progress.step(ticket.reference());
        }
        progress.finish("4 items, opening stock and balances recorded");
        Ok(())
    }

    /// Every document at once into the store; KRA gets them one after the other.
    async fn issue(&self) -> Result<Vec<(Submission, Vec<String>)>, String> {
        let mut events = self.device.events();
        let drafts = goods::DOCUMENTS.map(|(_, text)| {
            let mut findings = Findings::default();
            InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("the demo's documents are JSON")
        });
        let progress = Progress::new("invoices", drafts.len());
        let mut submissions = Vec::new();
        for submission in self.device.issue_many(&drafts, PATIENCE).await {
            let submission = submission.map_err(|error| error.to_string())?;
            if !submission.is_signed() {
                let note = submission.note().unwrap_or("no word from KRA");
                return Err(format!("{} is {}: {note}", submission.reference(), submission.state().name()));
            }
            progress.step(submission.reference());
            submissions.push(submission);
        }
        progress.finish(&format!("{} documents signed", submissions.len()));
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Ok(event) = events.try_recv() {
            if let Some((reference, what)) = recovery(&event) {
                told.entry(reference).or_default().push(what);
            }
        }
        let with_story = submissions.into_iter().map(|submission| {
            let story = told.remove(submission.reference()).unwrap_or_default();
            (submission, story)
        });
        Ok(with_story.collect())
    }

    /// Compares what we hold with the sandbox's own books.
    fn audit(&self, signed: &[(Submission, Vec<String>)]) -> Result<(), String> {
        let ledger = self.sandbox.ledger();
        let mut recovered = 0;
        for (submission, story) in signed {
            let rows: Vec<_> =
                ledger.iter().filter(|row| row.trader_invoice_number == submission.reference()).collect();
            let [row] = rows.as_slice() else {
                return Err(format!("the sandbox has {} rows for {}", rows.len(), submission.reference()));
            };
            let receipt = submission.signed_receipt().ok_or("a signed document has a receipt")?;
            if row.signature != receipt.signature || Some(row.invoice_number) != submission.number() {
                return Err(format!("the sandbox's books differ for {}", submission.reference()));
            }
            if !story.is_empty() || !matches!(submission.adoption(), None | Some(Adoption::Answered)) {
                recovered += 1;
                println!("recovered {}: {}", submission.reference(), how(submission, story));
            }
        }
        println!("{} documents, {recovered} recovered, none lost, none declared twice.", signed.len());
        Ok(())
    }

    async fn close(self) {
        self.device.close().await;
        self.sandbox.shutdown().await;
    }
}

/// The sandbox's books beside a store.
fn books_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".kra");
    PathBuf::from(name)
}

/// `DEMO-1` becomes `DEMO-2`.
fn next_serial(serial: &str) -> String {
    let number: u32 = serial.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(1);
    format!("DEMO-{}", number + 1)
}

/// A device of the demo's on its own sandbox, which takes any credentials.
fn settings(sandbox: &Sandbox) -> ConfigBuilder {
    let secrets = SecretSource::Callback(Arc::new(|_, name| {
        Ok(SecretString::from(match name {
            SecretName::AppId => "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab".to_owned(),
            other => format!("demo-{}", other.name()),
        }))
    }));
    Config::builder()
        .device(Pin::parse(PIN).expect("a synthetic PIN"), BranchId::default(), "DEMO-1")
        .set("seller.trade_name", "Mwangaza Stores")
        .set("seller.address", "Moi Avenue")
        .set("seller.city", "Nairobi")
        .set("seller.top_message", "Karibu sana")
        .set("seller.bottom_message", "Asante, karibu tena")
        .set("hosts.base", sandbox.gateway_url())
        .set("hosts.token", sandbox.token_url())
        .set("limits.per_hour", 0)
        .set("timeouts.write", ANSWER_WITHIN)
        .set("timeouts.look_up", ANSWER_WITHIN)
        .secrets(secrets)
}

/// What an event tells about a document that did not go through at once.
fn recovery(event: &DeviceEvent) -> Option<(String, String)> {
    match event {
        DeviceEvent::Uncertain { reference, number, .. } => {
            let number = number.map_or_else(String::new, |number| format!(" for number {number}"));
            Some((reference.clone(), format!("the answer{number} was lost, KRA was asked")))
        }
        DeviceEvent::Resent { reference, .. } => {
            Some((reference.clone(), "KRA had nothing, the same bytes were sent again".to_owned()))
        }
        _ => None,
    }
}

fn how(submission: &Submission, story: &[String]) -> String {
    let adopted = match submission.adoption() {
        Some(Adoption::Strong) => Some("its receipt was adopted, every field compared"),
        Some(Adoption::Weak) => Some("its receipt was adopted, KRA's answer left fields out"),
        _ => None,
    };
    let parts: Vec<&str> = story.iter().map(String::as_str).chain(adopted).collect();
    parts.join("; ")
}
