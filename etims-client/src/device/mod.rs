//! One control unit of one PIN and branch: the front door of the SDK.

mod adopt;
mod codes;
mod compose;
mod contact;
mod goods;
mod identity;
mod initialise;
mod invoices;
mod open;
mod queue;
mod submission;

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use etims_core::codes::PaymentCodes;
use etims_core::journal::Hash;
use etims_core::party::Seller;
use etims_core::settings::Settings;
use etims_core::submission::{CounterScopes, Limits, WriteRule};
use etims_core::wire::{Dialect, Operation};
use tokio::sync::broadcast;

pub use self::adopt::WorkingDevice;
use self::codes::CodesInUse;
use self::compose::Bodies;
pub use self::identity::DeviceIdentity;
pub use self::submission::{IssuedReceipt, Submission, Ticket};
use crate::codes::CodesPolicy;
use crate::connection::Connection;
use crate::credentials::Vault;
use crate::error::Error;
use crate::events::DeviceEvent;
use crate::outbox::{Observer, Outbox, OutboxParts, Pace};
use crate::store::{DeviceStatus, NewSubmission, Store, Wait};

/// The longest that a device which is shut waits for its store.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a device is made of.
pub struct DeviceParts {
    /// Whose documents it issues.
    pub seller: Seller,
    /// What decides amounts and bodies.
    pub settings: Settings,
    /// KRA's codes of payment methods, until its list is read.
    pub payment_codes: PaymentCodes,
    /// What is done with KRA's code list.
    pub codes: CodesPolicy,
    /// What KRA's counters span.
    pub counters: CounterScopes,
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
    /// Where events are told, see [`crate::events::channel`]. Subscribe before the device is opened to miss nothing.
    pub events: broadcast::Sender<DeviceEvent>,
    /// Store and decide only; send nothing. For tools that look at a queue.
    pub idle: bool,
    /// Is told where the work on a write stands. For tests that pull the plug there.
    pub observer: Option<Observer>,
}

/// One control unit. Cheap to clone; all clones are the same device.
#[derive(Clone)]
pub struct Device {
    inner: Arc<Inner>,
}

struct Inner {
    scope: String,
    seller: Arc<Seller>,
    codes: Arc<CodesInUse>,
    counters: CounterScopes,
    dialect: Dialect,
    store: Arc<dyn Store>,
    connection: Arc<Connection>,
    vault: Vault,
    identity: Arc<RwLock<Option<DeviceIdentity>>>,
    bodies: Arc<Bodies>,
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
        let DeviceParts {
            seller,
            settings,
            payment_codes,
            codes,
            counters,
            store,
            connection,
            vault,
            limits,
            pace,
            late_after,
            events,
            idle,
            observer,
        } = parts;
        connection.add_listener(&events);
        let seller = Arc::new(seller);
        let scope = format!("{}/{}/{}", seller.environment.name(), seller.pin.as_str(), seller.branch.as_str());
        let identity =
            initialise::known_identity(store.as_ref(), &connection, &vault, &seller, &scope, counters).await?;
        let identity = Arc::new(RwLock::new(identity));
        let dialect = settings.dialect;
        let codes = Arc::new(CodesInUse::new(settings, payment_codes, codes));
        let bodies = Arc::new(Bodies {
            scope: scope.clone(),
            seller: seller.clone(),
            dialect,
            payment_codes: codes.payment_codes(),
            store: store.clone(),
            identity: identity.clone(),
        });
        let outbox = Outbox::start(OutboxParts {
            device: scope.clone(),
            store: store.clone(),
            connection: connection.clone(),
            seller: seller.clone(),
            composer: bodies.clone(),
            limits,
            pace,
            late_after,
            events,
            idle,
            observer,
        });
        contact::keep(&connection);
        let inner = Inner {
            scope,
            seller,
            codes,
            counters,
            dialect,
            store,
            connection,
            vault,
            identity,
            bodies,
            outbox,
            late_after,
        };
        let inner = Arc::new(inner);
        if !idle {
            codes::keep(&inner);
        }
        Ok(Device { inner })
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

    /// What decides amounts and bodies, as it stands now: rates may follow KRA's list.
    pub fn settings(&self) -> Arc<Settings> {
        self.inner.codes.settings()
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
    /// [`Error::Initialise`] when KRA refuses; [`StoreError::Device`](crate::store::StoreError::Device) when it was done before, or was interrupted.
    pub async fn initialise(&self, serial: &str) -> Result<DeviceIdentity, Error> {
        let inner = self.inner.clone();
        let serial = serial.to_owned();
        // In a task of its own: a caller that goes away must not lose the key.
        let task = tokio::spawn(async move { initialise::initialise(&inner, &serial).await });
        task.await.map_err(|error| Error::Misuse(error.to_string()))?
    }

    /// Stops taking up work; what is on its way is finished, what waits stays stored.
    pub async fn close(&self) {
        self.inner.outbox.close().await;
    }

    /// Closes it and waits until the store's files are closed too: for a moment at most, when a clone of this device is
    /// still in use.
    pub async fn shut(self) {
        self.close().await;
        let farewell = self.inner.store.farewell();
        drop(self);
        // Whoever has a clone closes the files later.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }

    fn ready(&self) -> Result<(), Error> {
        contact::check(&self.inner.connection)?;
        match self.identity() {
            Some(_) => Ok(()),
            None => {
                let seller = &self.inner.seller;
                Err(Error::NotInitialised(format!("{} {}", seller.pin.masked(), seller.branch)))
            }
        }
    }

    fn new_submission(
        &self,
        operation: Operation,
        reference: &str,
        digest: Hash,
        document: Vec<u8>,
    ) -> Result<NewSubmission, Error> {
        let dialect = self.inner.dialect;
        let rule = WriteRule::of(dialect, operation)
            .ok_or_else(|| Error::Misuse(format!("{} does not go through the outbox", operation.name())))?;
        let seller = &self.inner.seller;
        Ok(NewSubmission {
            device: self.inner.scope.clone(),
            dialect,
            operation,
            lane: rule.lane_key(
                self.inner.counters,
                seller.environment.name(),
                seller.pin.as_str(),
                seller.branch.as_str(),
            ),
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
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("connection", &self.inner.connection).finish_non_exhaustive()
    }
}

fn touching(operation: Operation, item_code: &str) -> Wait {
    Wait::Touching { operation, subject: item_code.to_owned() }
}
