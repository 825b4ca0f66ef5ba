//! One control unit of one PIN and branch: the front door of the SDK.

mod adopt;
mod compose;
mod identity;
mod initialise;
mod open;
mod submission;

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use etims_core::codes::{ItemType, PaymentCodes};
use etims_core::document::{
    Invoice, InvoiceDraft, Item, ItemDraft, Kind, Mode, Original, StockBalance, StockMovement, StockMovementDraft,
};
use etims_core::journal::{self, Hash};
use etims_core::money::Quantity;
use etims_core::party::{Operator, Seller};
use etims_core::rules::Violation;
use etims_core::settings::Settings;
use etims_core::submission::{Limits, State, WriteRule};
use etims_core::wire::Operation;
use tokio::sync::broadcast;
use tokio::time::Instant;

pub use self::adopt::WorkingDevice;
use self::compose::Bodies;
pub use self::identity::DeviceIdentity;
pub use self::submission::{IssuedReceipt, Submission, Ticket};
use crate::connection::Connection;
use crate::credentials::Vault;
use crate::error::Error;
use crate::events::DeviceEvent;
use crate::outbox::{Outbox, OutboxParts, Pace};
use crate::store::{
    Act, Credits, DeviceStatus, ListFilter, NewSubmission, Store, StoreError, SubmissionId, Submitted, Wait,
};

/// What a device is made of.
pub struct DeviceParts {
    /// Whose documents it issues.
    pub seller: Seller,
    /// What decides amounts and bodies.
    pub settings: Settings,
    /// KRA's codes of payment methods.
    pub payment_codes: PaymentCodes,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The way to KRA.
    pub connection: Arc<Connection>,
    /// Seals the device's key.
    pub vault: Vault,
    /// What counts as proof; see [`Limits::for_timeout`] with the request timeout of the connection.
    pub limits: Limits,
    /// How long to wait between tries.
    pub pace: Pace,
    /// From when on a signature is called late, counted from the document's own time.
    pub late_after: Duration,
}

/// One control unit. Cheap to clone; all clones are the same device.
#[derive(Clone)]
pub struct Device {
    inner: Arc<Inner>,
}

struct Inner {
    scope: String,
    seller: Arc<Seller>,
    settings: Settings,
    store: Arc<dyn Store>,
    connection: Arc<Connection>,
    vault: Vault,
    identity: Arc<RwLock<Option<DeviceIdentity>>>,
    outbox: Arc<Outbox>,
    late_after: Duration,
}

impl Device {
    /// A device made of parts. Whatever was left unfinished is taken up at once; an initialisation that was
    /// answered but not finished is finished from the stored answer.
    ///
    /// # Errors
    /// The store or the key failed. An interrupted initialisation is no error here: [`Device::initialise`] tells.
    pub async fn with_parts(parts: DeviceParts) -> Result<Device, Error> {
        let DeviceParts { seller, settings, payment_codes, store, connection, vault, limits, pace, late_after } = parts;
        let seller = Arc::new(seller);
        let scope = format!("{}/{}/{}", seller.environment.name(), seller.pin.as_str(), seller.branch.as_str());
        let identity = initialise::known_identity(store.as_ref(), &connection, &vault, &seller, &scope).await?;
        let identity = Arc::new(RwLock::new(identity));
        let composer = Arc::new(Bodies {
            scope: scope.clone(),
            seller: seller.clone(),
            dialect: settings.dialect,
            payment_codes,
            store: store.clone(),
            identity: identity.clone(),
        });
        let outbox = Outbox::start(OutboxParts {
            store: store.clone(),
            connection: connection.clone(),
            seller: seller.clone(),
            composer,
            limits,
            pace,
            late_after,
        });
        let inner = Inner { scope, seller, settings, store, connection, vault, identity, outbox, late_after };
        Ok(Device { inner: Arc::new(inner) })
    }

    /// What KRA calls this device; `None` before it is initialised.
    pub fn identity(&self) -> Option<DeviceIdentity> {
        self.inner.identity.read().expect("no code that holds this lock panics").clone()
    }

    /// The serial of an initialisation that was begun here and whose answer never arrived: KRA may have handed out its
    /// key, so that it is never repeated.
    ///
    /// # Errors
    /// The store failed.
    pub async fn interrupted_initialisation(&self) -> Result<Option<String>, Error> {
        let row = self.inner.store.device(&self.inner.scope).await?;
        Ok(row.filter(|row| row.status == DeviceStatus::Initialising).map(|row| row.serial))
    }

    /// Whose documents it issues.
    pub fn seller(&self) -> &Seller {
        &self.inner.seller
    }

    /// What decides amounts and bodies.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The connection, for look-ups.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.inner.connection
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<DeviceEvent> {
        self.inner.outbox.events()
    }

    /// Authenticates the control unit with KRA, once in its life: KRA gives the communication key out once. Never
    /// repeated automatically; the answer is stored, sealed, before it is read.
    ///
    /// # Errors
    /// [`Error::Initialise`] when KRA refuses; [`StoreError::Device`] when it was done before, or was interrupted.
    pub async fn initialise(&self, serial: &str) -> Result<DeviceIdentity, Error> {
        let inner = self.inner.clone();
        let serial = serial.to_owned();
        // In a task of its own: a caller that goes away must not lose the key.
        let task = tokio::spawn(async move { initialise::initialise(&inner, &serial).await });
        task.await.map_err(|error| Error::Misuse(error.to_string()))?
    }

    /// Checks and stores an invoice or credit note. It is durable when this returns, and is sent as soon as its turn
    /// comes. The same draft again gives the same ticket.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation at once; [`StoreError::ReferenceTaken`] for another document under the
    /// reference.
    pub async fn submit(&self, draft: &InvoiceDraft) -> Result<Ticket, Error> {
        if draft.kind == Kind::CreditNote
            && let Some(row) = self.inner.store.find(&self.inner.scope, Operation::SaveSale, &draft.reference).await?
            && row.digest == draft.digest()
        {
            // What is left to credit may have changed since; the note that was taken then still stands.
            return Ok(Ticket::of(&row));
        }
        // A credit note that another one for the same sale has overtaken is checked anew against what is left.
        loop {
            let (new, warnings) = self.prepare(draft).await?;
            match self.inner.outbox.submit(new).await {
                Ok(submitted) => return Ok(Ticket::new(draft.reference.clone(), submitted, warnings)),
                Err(StoreError::CreditedMeanwhile) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// [`Device::submit`] for many, in order and sharing commits.
    ///
    /// # Errors
    /// One outcome for each draft, in order.
    pub async fn submit_many(&self, drafts: &[InvoiceDraft]) -> Vec<Result<Ticket, Error>> {
        let mut tickets = Vec::with_capacity(drafts.len());
        let mut good = Vec::new();
        let mut prepared = Vec::new();
        for (index, draft) in drafts.iter().enumerate() {
            if draft.kind == Kind::CreditNote {
                // It may credit a sale before it in the list: that one has to be stored first.
                self.submit_prepared(&mut tickets, &mut good, &mut prepared, drafts).await;
                tickets.push((index, self.submit(draft).await));
                continue;
            }
            match self.prepare(draft).await {
                Ok((new, warnings)) => {
                    good.push((index, warnings));
                    prepared.push(new);
                }
                Err(error) => tickets.push((index, Err(error))),
            }
        }
        self.submit_prepared(&mut tickets, &mut good, &mut prepared, drafts).await;
        tickets.sort_by_key(|(index, _)| *index);
        tickets.into_iter().map(|(_, ticket)| ticket).collect()
    }

    async fn submit_prepared(
        &self,
        tickets: &mut Vec<(usize, Result<Ticket, Error>)>,
        good: &mut Vec<(usize, Vec<Violation>)>,
        prepared: &mut Vec<NewSubmission>,
        drafts: &[InvoiceDraft],
    ) {
        let outcomes = self.inner.outbox.submit_many(std::mem::take(prepared)).await;
        for ((index, warnings), outcome) in std::mem::take(good).into_iter().zip(outcomes) {
            let ticket = outcome.map(|submitted| Ticket::new(drafts[index].reference.clone(), submitted, warnings));
            tickets.push((index, ticket.map_err(Error::from)));
        }
    }

    async fn prepare(&self, draft: &InvoiceDraft) -> Result<(NewSubmission, Vec<Violation>), Error> {
        self.ready()?;
        let Checked { invoice, waits, credits } = self.check(draft).await?;
        let warnings = invoice.warnings().to_vec();
        let document = serde_json::to_vec(&invoice).expect("an invoice holds nothing that JSON cannot express");
        let new = NewSubmission {
            issued_at: invoice.issued_at().timestamp_millis(),
            waits,
            credits,
            paper_only: invoice.mode() != Mode::Normal,
            ..self.new_submission(Operation::SaveSale, invoice.reference(), draft.digest(), document)?
        };
        Ok((new, warnings))
    }

    /// [`Device::submit`], then waits until KRA has decided, at most for `patience`. The document goes on by itself
    /// when that runs out: ask again with [`Device::wait`] or [`Device::status`].
    ///
    /// # Errors
    /// As [`Device::submit`]. A refusal by KRA is not an error here: see [`Submission::state`].
    pub async fn issue(&self, draft: &InvoiceDraft, patience: Duration) -> Result<Submission, Error> {
        let deadline = Instant::now() + patience;
        let ticket = self.submit(draft).await?;
        self.wait_until(ticket.id(), deadline).await
    }

    /// [`Device::submit`] for all, then waits for all of them together.
    ///
    /// # Errors
    /// One outcome for each draft, in order.
    pub async fn issue_many(&self, drafts: &[InvoiceDraft], patience: Duration) -> Vec<Result<Submission, Error>> {
        let deadline = Instant::now() + patience;
        let tickets = self.submit_many(drafts).await;
        let mut submissions = Vec::with_capacity(drafts.len());
        for ticket in tickets {
            submissions.push(match ticket {
                Ok(ticket) => self.wait_until(ticket.id(), deadline).await,
                Err(error) => Err(error),
            });
        }
        submissions
    }

    /// Waits until an invoice or credit note has come to rest, at most for `patience`.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a reference that was never submitted.
    pub async fn wait(&self, reference: &str, patience: Duration) -> Result<Submission, Error> {
        let deadline = Instant::now() + patience;
        let row = self.row(Operation::SaveSale, reference).await?;
        self.wait_until(row.id, deadline).await
    }

    /// Waits for any submission by its ticket.
    ///
    /// # Errors
    /// The store failed.
    pub async fn wait_for(&self, ticket: &Ticket, patience: Duration) -> Result<Submission, Error> {
        self.wait_until(ticket.id(), Instant::now() + patience).await
    }

    /// Where an invoice or credit note stands.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a reference that was never submitted.
    pub async fn status(&self, reference: &str) -> Result<Submission, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    /// Everything a receipt is printed from; `None` while the document is not signed.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a reference that was never submitted.
    pub async fn receipt(&self, reference: &str) -> Result<Option<IssuedReceipt>, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        IssuedReceipt::of(&row, self.identity().as_ref())
    }

    /// Submissions in the order they came in.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self, filter: ListFilter) -> Result<Vec<Submission>, Error> {
        let filter = ListFilter { device: Some(self.inner.scope.clone()), ..filter };
        let rows = self.inner.store.list(filter).await?;
        Ok(rows.into_iter().map(|row| Submission::new(row, self.inner.late_after)).collect())
    }

    /// Gives a refused invoice or credit note another document under the same reference, and sends it again.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`StoreError::Misfit`] when it is not refused or waiting.
    pub async fn amend(&self, reference: &str, draft: &InvoiceDraft) -> Result<Submission, Error> {
        if draft.reference != reference {
            return Err(Error::Misuse(format!("the draft's reference is {}, not {reference}", draft.reference)));
        }
        let row = self.row(Operation::SaveSale, reference).await?;
        let Checked { invoice, .. } = self.check(draft).await?;
        let document = serde_json::to_vec(&invoice).expect("an invoice holds nothing that JSON cannot express");
        let issued_at = invoice.issued_at().timestamp_millis();
        self.act(row.id, Act::Amend { digest: draft.digest(), document, issued_at }).await
    }

    /// Takes an invoice or credit note back. Only while KRA has not got it.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] once it may have been sent; [`StoreError::Needed`] while another waits for it.
    pub async fn cancel(&self, reference: &str) -> Result<Submission, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        self.act(row.id, Act::Cancel).await
    }

    /// Sends a refused one again as it is, or looks again at one that waits for a person.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] when it is neither.
    pub async fn retry(&self, reference: &str) -> Result<Submission, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        self.act(row.id, Act::Retry).await
    }

    /// Any submission by reference and kind.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub async fn find(&self, operation: Operation, reference: &str) -> Result<Submission, Error> {
        let row = self.row(operation, reference).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    /// Decides about any submission.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] when its state does not allow that.
    pub async fn act(&self, id: SubmissionId, act: Act) -> Result<Submission, Error> {
        let row = self.inner.outbox.act(id, act).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    /// Registers an item, or changes it. `reference` is the caller's, like an invoice's.
    ///
    /// # Errors
    /// As [`Device::submit`].
    pub async fn register_item(&self, reference: &str, draft: &ItemDraft) -> Result<Ticket, Error> {
        self.ready()?;
        let item = Item::check(draft, &self.inner.settings)?;
        let document = serde_json::to_vec(&item).expect("an item holds nothing that JSON cannot express");
        let new = NewSubmission {
            touches: vec![draft.code.clone()],
            ..self.new_submission(Operation::SaveItem, reference, digest_of(draft), document)?
        };
        self.hand_in(reference, new).await
    }

    /// Reports a stock movement. It waits for the registration of its items.
    ///
    /// # Errors
    /// As [`Device::submit`].
    pub async fn move_stock(&self, reference: &str, draft: &StockMovementDraft) -> Result<Ticket, Error> {
        self.ready()?;
        let movement = StockMovement::check(draft, &self.inner.settings)?;
        let document = serde_json::to_vec(&movement).expect("a movement holds nothing that JSON cannot express");
        let codes: Vec<String> = draft.lines.iter().map(|line| line.item_code.clone()).collect();
        let new = NewSubmission {
            issued_at: draft.occurred_at.timestamp_millis(),
            waits: codes.iter().map(|code| touching(Operation::SaveItem, code)).collect(),
            touches: codes,
            ..self.new_submission(Operation::SaveStockMovement, reference, digest_of(draft), document)?
        };
        self.hand_in(reference, new).await
    }

    /// Reports what is left of an item. It waits for the item's movements.
    ///
    /// # Errors
    /// As [`Device::submit`].
    pub async fn report_balance(
        &self,
        reference: &str,
        item_code: &str,
        remaining: Quantity,
        operator: Option<Operator>,
    ) -> Result<Ticket, Error> {
        self.ready()?;
        let balance = StockBalance::check(item_code, remaining, operator)?;
        let document = serde_json::to_vec(&balance).expect("a balance holds nothing that JSON cannot express");
        let new = NewSubmission {
            waits: [Operation::SaveItem, Operation::SaveStockMovement].map(|of| touching(of, item_code)).to_vec(),
            touches: vec![item_code.to_owned()],
            ..self.new_submission(Operation::SaveStockMaster, reference, digest_of(&balance), document)?
        };
        self.hand_in(reference, new).await
    }

    /// Takes up everything that waits, without waiting out a pause.
    ///
    /// # Errors
    /// The store failed.
    pub async fn hurry(&self) -> Result<(), Error> {
        Ok(self.inner.outbox.hurry().await?)
    }

    /// Lets lanes go on that stand still because the store looked older than it had been: a person has made sure of
    /// that.
    ///
    /// # Errors
    /// The store failed.
    pub async fn resume(&self) -> Result<(), Error> {
        self.inner.store.resume().await?;
        self.hurry().await
    }

    /// Stops taking up work; what is on its way is finished, what waits stays stored.
    pub async fn close(&self) {
        self.inner.outbox.close().await;
    }

    fn ready(&self) -> Result<(), Error> {
        match self.identity() {
            Some(_) => Ok(()),
            None => Err(Error::NotInitialised(self.inner.scope.clone())),
        }
    }

    async fn row(&self, operation: Operation, reference: &str) -> Result<crate::store::SubmissionRow, Error> {
        let found = self.inner.store.find(&self.inner.scope, operation, reference).await?;
        Ok(found.ok_or_else(|| StoreError::Unknown(reference.to_owned()))?)
    }

    async fn wait_until(&self, id: SubmissionId, deadline: Instant) -> Result<Submission, Error> {
        let row = self.inner.outbox.wait(id, deadline).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    async fn hand_in(&self, reference: &str, new: NewSubmission) -> Result<Ticket, Error> {
        let submitted: Submitted = self.inner.outbox.submit(new).await?;
        Ok(Ticket::new(reference.to_owned(), submitted, Vec::new()))
    }

    fn new_submission(
        &self,
        operation: Operation,
        reference: &str,
        digest: Hash,
        document: Vec<u8>,
    ) -> Result<NewSubmission, Error> {
        let dialect = self.inner.settings.dialect;
        let rule = WriteRule::of(dialect, operation)
            .ok_or_else(|| Error::Misuse(format!("{} does not go through the outbox", operation.name())))?;
        let seller = &self.inner.seller;
        Ok(NewSubmission {
            device: self.inner.scope.clone(),
            dialect,
            operation,
            lane: rule.lane_key(seller.environment.name(), seller.pin.as_str(), seller.branch.as_str()),
            reference: reference.to_owned(),
            digest,
            document,
            issued_at: crate::clock::calendar(),
            waits: Vec::new(),
            touches: Vec::new(),
            paper_only: false,
            credits: None,
        })
    }

    async fn check(&self, draft: &InvoiceDraft) -> Result<Checked, Error> {
        let named = draft.credit.as_ref().and_then(|credit| credit.original.reference.as_deref());
        if draft.kind == Kind::CreditNote
            && let Some(reference) = named
        {
            return self.check_credit(draft, reference).await;
        }
        let invoice = Invoice::check(draft, &self.inner.settings)?;
        let goods = invoice.lines().iter().filter(|line| line.item_type != ItemType::Service);
        let mut waits: Vec<Wait> =
            invoice.lines().iter().map(|line| touching(Operation::SaveItem, &line.item_code)).collect();
        for line in goods {
            waits.push(touching(Operation::SaveStockMovement, &line.item_code));
            waits.push(touching(Operation::SaveStockMaster, &line.item_code));
        }
        Ok(Checked { invoice, waits, credits: None })
    }

    /// A credit note for a sale of this store, checked against what is left of it. The sale may still be on its way:
    /// the note waits for it then, and gets its numbers when it is sent.
    async fn check_credit(&self, draft: &InvoiceDraft, reference: &str) -> Result<Checked, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        if matches!(row.state, State::Rejected(_) | State::Cancelled | State::PaperOnly | State::Recorded { .. }) {
            let message =
                format!("the original {reference} is {}: only a signed sale can be credited", row.state.name());
            return Err(Error::Misuse(message));
        }
        let stored = |document: &[u8]| -> Result<Invoice, Error> {
            serde_json::from_slice(document)
                .map_err(|error| Error::Misuse(format!("a stored document cannot be read: {error}")))
        };
        let signed = IssuedReceipt::of(&row, self.identity().as_ref())?;
        let notes = self.inner.store.credits_of(row.id).await?;
        let earlier = notes.iter().filter(|note| note.reference != draft.reference);
        let credited = earlier.map(|note| stored(&note.document)).collect::<Result<Vec<Invoice>, Error>>()?;
        let invoice = stored(&row.document)?;
        let original = Original {
            invoice: &invoice,
            invoice_number: signed.as_ref().map_or(0, |signed| signed.invoice_number),
            cu_invoice_number: signed.as_ref().map(IssuedReceipt::cu_invoice_number).unwrap_or_default(),
            credited: &credited,
        };
        let note = Invoice::check_credit(draft, &self.inner.settings, &original)?;
        let seen = u32::try_from(notes.len()).unwrap_or(u32::MAX);
        let credits = Some(Credits { original: row.id, seen });
        Ok(Checked { invoice: note, waits: vec![Wait::For(row.id)], credits })
    }
}

/// An invoice that may be stored.
struct Checked {
    invoice: Invoice,
    /// What it has to wait for.
    waits: Vec<Wait>,
    credits: Option<Credits>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("connection", &self.inner.connection).finish_non_exhaustive()
    }
}

fn touching(operation: Operation, item_code: &str) -> Wait {
    Wait::Touching { operation, subject: item_code.to_owned() }
}

fn digest_of(draft: &impl serde::Serialize) -> Hash {
    journal::digest(&serde_json::to_vec(draft).expect("a draft holds nothing that JSON cannot express"))
}
