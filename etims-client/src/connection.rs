//! One PIN and branch on a line to KRA: who asks, and the rules on what goes where.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use etims_core::pin::{BranchId, Pin};
use etims_core::wire::{Dialect, Operation, Outcome, Reply};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::broadcast;
use tracing::Instrument;

use crate::config::Config;
use crate::events::DeviceEvent;
use crate::line::{Call, Line, LineError};
use crate::metrics::Metrics;
use crate::notice::{Listeners, Notice};
use crate::offline::{Contact, ContactFile, OfflineLimits, OfflineWatch};
use crate::transport::{CallError, Cause, ClearToSend, Header};

pub use crate::transport::Answer;

/// A look-up that a server did not finish is asked at most this often in all: each try may take minutes.
const TRIES_WHEN_LATE: u32 = 2;

/// One PIN and branch on a line to KRA.
pub struct Connection {
    line: Arc<Line>,
    pin: Pin,
    branch: BranchId,
    headers: Vec<Header>,
    /// The headers and the device's communication key.
    with_key: RwLock<Option<Arc<[Header]>>>,
    offline: Option<OfflineWatch>,
    /// Devices on this very PIN and branch.
    listeners: Listeners,
}

/// A look-up without a usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookUpError {
    /// There is no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// KRA answered something else than rows or "nothing found".
    #[error("KRA does not answer {}: {}", .0.operation.name(), .0.summary())]
    Answer(Box<Reply>),
}

impl Connection {
    /// The device of the settings on a line of its own.
    ///
    /// # Errors
    /// As [`Line::open`].
    pub fn open(config: &Config) -> Result<Connection, LineError> {
        Ok(Connection::on(config, Line::open(config)?))
    }

    /// [`Connection::open`], with somebody who watches the line.
    ///
    /// # Errors
    /// As [`Line::open`].
    pub fn open_watched(config: &Config, metrics: Arc<dyn Metrics>) -> Result<Connection, LineError> {
        Ok(Connection::on(config, Line::open(config)?.with_metrics(metrics)))
    }

    fn on(config: &Config, line: Line) -> Connection {
        Connection::new(Arc::new(line), config.seller.pin, config.seller.branch)
            .with_offline_limits(config.offline, config.contact_file())
    }

    /// One of the devices on a line.
    pub fn new(line: Arc<Line>, pin: Pin, branch: BranchId) -> Connection {
        let mut headers =
            vec![Header::new("content-type", "application/json"), Header::new("accept", "application/json")];
        if line.hosts().dialect() != Dialect::Vscu {
            headers.extend([Header::new("tin", pin.as_str()), Header::new("bhfid", branch.as_str())]);
        }
        Connection {
            line,
            pin,
            branch,
            headers,
            with_key: RwLock::default(),
            offline: None,
            listeners: Listeners::default(),
        }
    }

    /// Counts how long a VSCU has not answered, from the time in the file or from now. Without effect on the other
    /// dialects.
    pub fn with_offline_limits(self, limits: OfflineLimits, file: Option<ContactFile>) -> Connection {
        let offline = (self.dialect() == Dialect::Vscu).then(|| OfflineWatch::new(limits, file, SystemTime::now()));
        Connection { offline, ..self }
    }

    /// The line it is on.
    pub fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// From now on the device with these events hears of this connection and of its line.
    pub(crate) fn add_listener(&self, events: &broadcast::Sender<DeviceEvent>) {
        self.line.listeners().add(events);
        self.listeners.add(events);
    }

    pub(crate) fn notice(&self, notice: &Notice) {
        self.line.tell(notice, &self.listeners);
    }

    /// The dialect spoken.
    pub fn dialect(&self) -> Dialect {
        self.line.hosts().dialect()
    }

    /// PIN of the taxpayer.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    /// Branch.
    pub fn branch(&self) -> BranchId {
        self.branch
    }

    /// Sets the device's communication key (eTIMS `cmcKey`), sent as a header from now on and never part of a body.
    pub fn set_communication_key(&self, key: &SecretString) {
        let key = Header::new("cmckey", key.expose_secret());
        let with_key = self.headers.iter().cloned().chain([key]).collect();
        *self.with_key.write().expect("no code that holds this lock panics") = Some(with_key);
    }

    /// Whether the device's communication key is known.
    pub fn has_communication_key(&self) -> bool {
        self.with_key.read().expect("no code that holds this lock panics").is_some()
    }

    /// Sends `body` once and returns KRA's answer as it came. An access token that the gateway refuses at its door is
    /// renewed and the call made again: it has not been passed on then.
    ///
    /// `clear_to_send` is asked when the connection stands and the body is about to leave; `false` calls it back. It
    /// may be asked twice, when a token had to be renewed.
    ///
    /// # Errors
    /// [`CallError`]; its `delivery` is `NotSent` when no byte of the body has left.
    pub async fn call(
        &self,
        operation: Operation,
        body: &[u8],
        clear_to_send: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Answer, CallError> {
        let clear_to_send: ClearToSend = Arc::new(clear_to_send);
        self.exchange(operation, body, Some(&clear_to_send), 1).await
    }

    /// Asks KRA and reads the answer. Asked again after faults that pass, within the line's budget.
    ///
    /// # Errors
    /// [`CallError`] when there is no answer, and for writes, which are not sent. An answer is `Ok` whatever it says.
    pub async fn look_up(&self, operation: Operation, body: &[u8]) -> Result<Reply, CallError> {
        if operation.is_write() {
            let message = format!("{} is recorded by KRA: it goes through the outbox", operation.name());
            return Err(CallError::not_sent(Cause::Unsupported, message));
        }
        let mut attempt = 1;
        loop {
            let result = self.exchange(operation, body, None, attempt).await;
            let again = match result {
                Ok(answer) => {
                    let reply = Reply::parse(operation, answer.status, &answer.body);
                    match reply.outcome {
                        Outcome::ServerFault | Outcome::Unreadable => {
                            self.line.retries().next(attempt, answer.retry_after).ok_or(Ok(reply))
                        }
                        // KRA's own limit of views (990) is not tried again; a gateway that names a time is.
                        Outcome::Refused(_) if answer.status == 429 && answer.retry_after.is_some() => {
                            self.line.retries().next(attempt, answer.retry_after).ok_or(Ok(reply))
                        }
                        _ => {
                            self.line.retries().earned();
                            self.answered();
                            Err(Ok(reply))
                        }
                    }
                }
                Err(error) => match error.cause {
                    Cause::Connect | Cause::Interrupted => {
                        self.line.retries().next(attempt, error.retry_after).ok_or(Err(error))
                    }
                    Cause::Timeout if attempt < TRIES_WHEN_LATE => {
                        self.line.retries().next(attempt, error.retry_after).ok_or(Err(error))
                    }
                    _ => Err(Err(error)),
                },
            };
            match again {
                Ok(pause) => tokio::time::sleep(pause).await,
                Err(done) => return done,
            }
            attempt += 1;
        }
    }

    async fn exchange(
        &self,
        operation: Operation,
        body: &[u8],
        clear_to_send: Option<&ClearToSend>,
        attempt: u32,
    ) -> Result<Answer, CallError> {
        let span = tracing::debug_span!(
            "kra_call",
            operation = operation.name(),
            dialect = self.dialect().name(),
            pin = %self.pin.masked(),
            branch = %self.branch,
            attempt,
            reference = tracing::field::Empty,
        );
        let with_key = self.with_key(operation);
        let headers = with_key.as_deref().unwrap_or(&self.headers);
        let result = self
            .line
            .exchange(Call { operation, headers, body, clear_to_send, attempt })
            .instrument(span.clone())
            .await;
        if let (Ok(answer), false) = (&result, span.is_disabled()) {
            // Only for the log: reading the answer is the caller's business.
            if let Some(reference) = Reply::parse(operation, answer.status, &answer.body).reference_id {
                span.record("reference", reference);
                // Fields that come late are shown with the next event.
                span.in_scope(|| tracing::debug!("KRA knows the call by its reference"));
            }
        }
        result
    }

    /// The headers with the communication key; `None` where there is none to send.
    fn with_key(&self, operation: Operation) -> Option<Arc<[Header]>> {
        if self.dialect() == Dialect::Vscu || operation == Operation::Initialise {
            return None;
        }
        self.with_key.read().expect("no code that holds this lock panics").clone()
    }

    fn answered(&self) {
        if let Some(watch) = &self.offline {
            watch.answered(SystemTime::now());
        }
    }

    /// How long a VSCU has been without an answer; `None` on the other dialects.
    pub fn contact(&self) -> Option<Contact> {
        self.offline.as_ref().map(|watch| watch.contact(SystemTime::now()))
    }

    /// When a VSCU last answered a look-up; `None` on the other dialects.
    pub fn last_answer(&self) -> Option<SystemTime> {
        self.offline.as_ref().map(OfflineWatch::last_answer)
    }

    /// Asks a VSCU for notices when it has not been asked anything for an hour, and tells when it has been silent for
    /// too long. To be called now and then; without effect on the other dialects.
    pub async fn keep_contact(&self) -> Option<Contact> {
        let watch = self.offline.as_ref()?;
        if watch.probe_due(SystemTime::now()) {
            // A failure shows in the time that goes on passing.
            let _ = self.notices(None).await;
        }
        match watch.news(SystemTime::now()) {
            Some(Contact::Warn { since }) => self.notice(&Notice::VscuOffline { since, refusing: false }),
            Some(Contact::Refuse { since }) => self.notice(&Notice::VscuOffline { since, refusing: true }),
            Some(Contact::Fresh) => self.notice(&Notice::VscuBack),
            None => {}
        }
        Some(watch.contact(SystemTime::now()))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("hosts", self.line.hosts())
            .field("pin", &self.pin)
            .field("branch", &self.branch)
            .field("initialised", &self.has_communication_key())
            .finish_non_exhaustive()
    }
}
