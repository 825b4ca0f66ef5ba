//! One control unit of one PIN and branch, for callers in any language.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use etims_client::device as client;
use etims_client::store::{Act, ListFilter, SubmissionId};
use etims_core::document::{Invoice, InvoiceDraft, Item, ItemDraft, Kind, StockMovement, StockMovementDraft};
use etims_core::error;
use etims_core::money::Quantity;
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use rust_decimal::Decimal;
use tokio::sync::{Mutex, watch};

use crate::Error;
use crate::events::EventStream;
use crate::process::PerProcess;
use crate::receipt::Receipt;
use crate::settings::DeviceSettings;
use crate::submission::{Submission, Ticket};
use crate::work::{Work, aside, work};

/// Longer than anybody waits; a clock can still add it.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A device. Clones are the same device.
///
/// Every method gives [`Work`], which a thread may wait for and any executor may await. Dropping that stops the waiting
/// and nothing else. A child process that inherits a device opens it anew on its first use, under an owner of its own.
#[derive(Clone)]
pub struct Device {
    inner: Arc<Inner>,
}

struct Inner {
    settings: DeviceSettings,
    opened: PerProcess<Opened>,
    closed: AtomicBool,
}

/// What one process has of a device.
struct Opened {
    /// Empty before the first use and after closing: the store's files are closed with it.
    device: Mutex<Option<client::Device>>,
    /// Tells listeners that no event will come any more.
    closing: watch::Sender<bool>,
}

impl Opened {
    fn new() -> Opened {
        Opened { device: Mutex::new(None), closing: watch::Sender::new(false) }
    }
}

/// What KRA calls a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Serial number of the device as KRA approved it (eTIMS `dvcSrlNo`).
    pub serial: String,
    /// Control unit number (eTIMS `sdcId`).
    pub sdc_id: String,
    /// Machine registration number (eTIMS `mrcNo`).
    pub mrc_no: Option<String>,
    /// Device number at KRA (eTIMS `dvcId`).
    pub device_id: Option<String>,
    /// Taxpayer's registered name (eTIMS `taxprNm`).
    pub taxpayer_name: Option<String>,
    /// Branch's registered name (eTIMS `bhfNm`).
    pub branch_name: Option<String>,
}

impl From<client::DeviceIdentity> for Identity {
    fn from(identity: client::DeviceIdentity) -> Identity {
        Identity {
            serial: identity.serial,
            sdc_id: identity.sdc_id,
            mrc_no: identity.mrc_no,
            device_id: identity.device_id,
            taxpayer_name: identity.taxpayer_name,
            branch_name: identity.branch_name,
        }
    }
}

/// What a person decides about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take it back. Only while KRA has not got it.
    Cancel,
    /// Send a refused one again as it is, or look again at one that waits for a person.
    Retry,
    /// KRA has not got it: send it under a new number.
    Release,
    /// KRA has it.
    Settle,
}

impl Device {
    /// Opens a device on its store. Whatever was left unfinished is taken up at once.
    ///
    /// # Errors
    /// Everything wrong with the settings at once; the store, the key file or the line cannot be opened.
    pub fn open(settings: DeviceSettings) -> Work<Device> {
        crate::fork::watch();
        let inner = Arc::new(Inner { settings, opened: PerProcess::new(), closed: AtomicBool::new(false) });
        work(async move {
            inner.device().await?;
            Ok(Device { inner })
        })
    }

    pub(crate) fn settings(&self) -> &DeviceSettings {
        &self.inner.settings
    }

    pub(crate) fn with<T: Send + 'static, F>(&self, steps: impl FnOnce(client::Device) -> F + Send + 'static) -> Work<T>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        let inner = self.inner.clone();
        work(async move { steps(inner.device().await?).await })
    }

    /// What KRA calls it; `None` before it is initialised.
    pub fn identity(&self) -> Work<Option<Identity>> {
        self.with(async |device| Ok(device.identity().map(Identity::from)))
    }

    /// Authenticates it with KRA, once in its life; never repeated by itself. The serial is the settings' when none is
    /// given.
    pub fn initialise(&self, serial: Option<String>) -> Work<Identity> {
        let settings = self.inner.settings.clone();
        self.with(async move |device| {
            let serial = match serial {
                Some(serial) => serial,
                None => settings.config()?.serial,
            };
            Ok(device.initialise(&serial).await?.into())
        })
    }

    /// Checks and stores a document. It is durable when this is answered, and is sent as soon as its turn comes.
    pub fn submit(&self, document: Vec<u8>) -> Work<Ticket> {
        self.with(async move |device| {
            let draft = draft(&document, &device.settings())?;
            Ok(device.submit(&draft).await?.into())
        })
    }

    /// [`Device::submit`] for many in order, sharing commits: one outcome for each.
    pub fn submit_many(&self, documents: Vec<Vec<u8>>) -> Work<Vec<Result<Ticket, Error>>> {
        self.with(async move |device| {
            let (outcomes, good) = drafts(&documents, &device.settings());
            Ok(in_place(outcomes, device.submit_many(&good).await, Ticket::from))
        })
    }

    /// [`Device::submit`], then waits until KRA has decided, at most for `patience`; without one for as long as it
    /// takes. The document goes on by itself when that runs out.
    pub fn issue(&self, document: Vec<u8>, patience: Option<Duration>) -> Work<Submission> {
        self.with(async move |device| {
            let draft = draft(&document, &device.settings())?;
            let submission = device.issue(&draft, patience.unwrap_or(FOR_EVER)).await?;
            Ok(Submission::from(&submission))
        })
    }

    /// [`Device::submit_many`], then waits for all of them together.
    pub fn issue_many(
        &self,
        documents: Vec<Vec<u8>>,
        patience: Option<Duration>,
    ) -> Work<Vec<Result<Submission, Error>>> {
        self.with(async move |device| {
            let (outcomes, good) = drafts(&documents, &device.settings());
            let submissions = device.issue_many(&good, patience.unwrap_or(FOR_EVER)).await;
            Ok(in_place(outcomes, submissions, |submission| Submission::from(&submission)))
        })
    }

    /// Waits until a document has come to rest, at most for `patience`.
    pub fn wait(&self, reference: String, patience: Option<Duration>) -> Work<Submission> {
        self.with(async move |device| {
            Ok(Submission::from(&device.wait(&reference, patience.unwrap_or(FOR_EVER)).await?))
        })
    }

    /// Waits for any submission by its ticket: items and stock have no other way.
    pub fn wait_for(&self, ticket: &Ticket, patience: Option<Duration>) -> Work<Submission> {
        let ticket = ticket.issued.clone();
        self.with(async move |device| {
            Ok(Submission::from(&device.wait_for(&ticket, patience.unwrap_or(FOR_EVER)).await?))
        })
    }

    /// Where a document stands.
    pub fn status(&self, reference: String) -> Work<Submission> {
        self.with(async move |device| Ok(Submission::from(&device.status(&reference).await?)))
    }

    /// The receipt of a signed document.
    ///
    /// # Errors
    /// `NOT_SIGNED_YET` while it is not signed; the failure when it will not be.
    pub fn receipt(&self, reference: String) -> Work<Receipt> {
        self.with(async move |device| match device.receipt(&reference).await? {
            Some(issued) => Receipt::new(issued, device.seller().clone()),
            None => {
                let standing = Submission::from(&device.status(&reference).await?);
                let waiting = || Error::new(&error::NOT_SIGNED_YET, format_args!("{reference} is {}", standing.state));
                Err(standing.failure.clone().unwrap_or_else(waiting))
            }
        })
    }

    /// Submissions in the order they came in: of these states (all when empty), after this number, at most so many.
    pub fn list(&self, states: Vec<String>, after: Option<i64>, most: u32) -> Work<Vec<Submission>> {
        self.with(async move |device| {
            let states = states.iter().map(|name| state_named(name)).collect::<Result<_, _>>()?;
            let filter = ListFilter { states, after: after.map(SubmissionId), most, ..ListFilter::default() };
            Ok(device.list(filter).await?.iter().map(Submission::from).collect())
        })
    }

    /// Gives a refused document another content under the same reference, and sends it again.
    pub fn amend(&self, reference: String, document: Vec<u8>) -> Work<Submission> {
        self.with(async move |device| {
            let draft = draft(&document, &device.settings())?;
            Ok(Submission::from(&device.amend(&reference, &draft).await?))
        })
    }

    /// A person's decision about a document.
    pub fn decide(&self, reference: String, decision: Decision) -> Work<Submission> {
        self.with(async move |device| {
            let act = match decision {
                Decision::Cancel => Act::Cancel,
                Decision::Retry => Act::Retry,
                Decision::Release => Act::Release,
                Decision::Settle => Act::Settle,
            };
            let id = device.status(&reference).await?.id();
            Ok(Submission::from(&device.act(id, act).await?))
        })
    }

    /// Registers an item, or changes it. `item` is JSON text: code, item_type, classification, name, origin, packaging,
    /// unit, tax, price, barcode, operator.
    pub fn register_item(&self, reference: String, item: Vec<u8>) -> Work<Ticket> {
        self.with(async move |device| {
            let mut findings = Findings::default();
            let item = ItemDraft::from_json(&item, &mut findings)?;
            if findings.has_errors() {
                Item::check_with(&item, &device.settings(), findings)?;
            }
            Ok(device.register_item(&reference, &item).await?.into())
        })
    }

    /// Reports a stock movement. `movement` is JSON text: kind, occurred_at, lines, original_number, remark, operator.
    pub fn move_stock(&self, reference: String, movement: Vec<u8>) -> Work<Ticket> {
        self.with(async move |device| {
            let mut findings = Findings::default();
            let movement = StockMovementDraft::from_json(&movement, &mut findings)?;
            if findings.has_errors() {
                StockMovement::check_with(&movement, &device.settings(), findings)?;
            }
            Ok(device.move_stock(&reference, &movement).await?.into())
        })
    }

    /// Reports what is left of an item, a decimal text.
    pub fn report_balance(&self, reference: String, item_code: String, remaining: String) -> Work<Ticket> {
        self.with(async move |device| {
            let remaining: Decimal =
                remaining.parse().map_err(|problem| Error::argument("remaining", format_args!("{problem}")))?;
            Ok(device.report_balance(&reference, &item_code, Quantity::new(remaining), None).await?.into())
        })
    }

    /// Takes up everything that waits, without waiting out a pause.
    pub fn hurry(&self) -> Work<()> {
        self.with(async |device| Ok(device.hurry().await?))
    }

    /// Lets lanes go on that stand still because the store looked older than it had been.
    pub fn resume(&self) -> Work<()> {
        self.with(async |device| Ok(device.resume().await?))
    }

    /// What happens from now on.
    pub fn events(&self) -> Work<EventStream> {
        let inner = self.inner.clone();
        work(async move {
            let events = inner.device().await?.events();
            Ok(EventStream::new(events, inner.opened.get_or_init(Opened::new).closing.subscribe()))
        })
    }

    /// Stops taking up work; what is on its way is finished, what waits stays stored. Everything after it is `CLOSED`.
    pub fn close(&self) -> Work<()> {
        let inner = self.inner.clone();
        work(async move {
            inner.closed.store(true, Ordering::SeqCst);
            if let Some(opened) = inner.opened.get() {
                let mut slot = opened.device.lock().await;
                if let Some(device) = slot.take() {
                    device.shut().await;
                }
                opened.closing.send_replace(true);
            }
            Ok(())
        })
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.inner.closed.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// This process's device: another process's is left alone, whatever state it is in.
    async fn device(&self) -> Result<client::Device, Error> {
        let mut slot = self.opened.get_or_init(Opened::new).device.lock().await;
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(&error::CLOSED, "the device was closed"));
        }
        if let Some(device) = slot.as_ref() {
            return Ok(device.clone());
        }
        let settings = self.settings.clone();
        let parts = aside(move || Ok(client::DeviceParts::from_config(&settings.config()?)?)).await?;
        let device = client::Device::with_parts(parts).await?;
        *slot = Some(device.clone());
        Ok(device)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Not closed by hand: what is under way is finished in the background, and no new work is taken up.
        let opened = self.opened.get().filter(|_| !self.closed.load(Ordering::SeqCst));
        if let Some(device) = opened.and_then(|opened| opened.device.try_lock().ok()?.take()) {
            crate::runtime::runtime().spawn(async move { device.close().await });
        }
    }
}

/// Reads a document. What is wrong with its form is found here, together with what is wrong with its content.
fn draft(document: &[u8], settings: &Settings) -> Result<InvoiceDraft, Error> {
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(document, &mut findings)?;
    if findings.has_errors() {
        let all = match draft.kind {
            Kind::Sale => Invoice::check_with(&draft, settings, None, findings).map(drop),
            // What it credits is looked up later.
            Kind::CreditNote => findings.into_result().map(drop),
        };
        all?;
    }
    Ok(draft)
}

/// Reads many: what is wrong with each, and the good ones in order.
fn drafts(documents: &[Vec<u8>], settings: &Settings) -> (Vec<Result<(), Error>>, Vec<InvoiceDraft>) {
    let mut good = Vec::with_capacity(documents.len());
    let read = |document: &Vec<u8>| draft(document, settings).map(|draft| good.push(draft));
    (documents.iter().map(read).collect(), good)
}

/// Puts the outcomes of the good ones back to where they stood.
fn in_place<T, U>(
    read: Vec<Result<(), Error>>,
    outcomes: Vec<Result<T, etims_client::error::Error>>,
    make: impl Fn(T) -> U,
) -> Vec<Result<U, Error>> {
    let mut outcomes = outcomes.into_iter();
    let mut next = || outcomes.next().expect("one outcome for each draft");
    read.into_iter().map(|read| read.and_then(|()| Ok(make(next()?)))).collect()
}

const STATES: [&str; 9] =
    ["queued", "in_flight", "uncertain", "signed", "recorded", "rejected", "stopped", "cancelled", "paper_only"];

fn state_named(name: &str) -> Result<&'static str, Error> {
    STATES
        .into_iter()
        .find(|state| *state == name)
        .ok_or_else(|| Error::argument("states", format_args!("{name:?} is no state; use {}", STATES.join(", "))))
}
