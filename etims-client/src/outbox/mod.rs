//! The durable outbox: stores first, sends after, and finds out what became of a write before anything follows it.
//!
//! One task works on a lane at a time. It belongs to the outbox and not to whoever asked: a caller that goes away
//! loses nothing.

mod awake;
mod exchange;
mod lane;
mod pace;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use etims_core::party::Seller;
use etims_core::submission::{Limits, WriteRule};
use etims_core::wire::{Dialect, Operation};
use tokio::sync::{Notify, OwnedMutexGuard, broadcast, oneshot, watch};
use tokio::time::Instant;

use self::exchange::Exchange;
pub use self::pace::Pace;
use crate::connection::Connection;
use crate::events::DeviceEvent;
use crate::store::{Act, FirstBinding, NewSubmission, Store, StoreError, SubmissionId, SubmissionRow, Submitted};

/// How often it is looked for lanes that another process left.
const ROUND: Duration = Duration::from_secs(2);

/// The exact bytes of a document under a number.
pub struct Composed {
    /// What goes over the wire.
    pub body: Vec<u8>,
    /// The document, where it had to be completed first: it replaces the stored one.
    pub document: Option<Vec<u8>>,
}

/// Why no bytes could be made of a document.
#[derive(Debug)]
pub enum ComposeError {
    /// It never will.
    Unsendable(String),
    /// The store could not be asked.
    Store(StoreError),
}

/// The future of [`Composer::compose`].
pub type Composing<'a> = Pin<Box<dyn Future<Output = Result<Composed, ComposeError>> + Send + 'a>>;

/// Makes the exact bytes of a document under a number.
pub trait Composer: Send + Sync {
    /// The body of `document`, the JSON that was stored with the submission.
    fn compose<'a>(&'a self, operation: Operation, document: &'a [u8], number: Option<u64>) -> Composing<'a>;
}

/// Makes the exact bytes of a checked document under a number, without reading the stored one.
pub type BodyOf = Box<dyn FnOnce(u64) -> Vec<u8> + Send>;

/// What an outbox is made of.
pub struct OutboxParts {
    /// Whose submissions are sent: `environment/pin/branch`.
    pub device: String,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The way to KRA.
    pub connection: Arc<Connection>,
    /// Whose documents they are.
    pub seller: Arc<Seller>,
    /// Makes bodies.
    pub composer: Arc<dyn Composer>,
    /// What counts as proof.
    pub limits: Limits,
    /// How long to wait between tries.
    pub pace: Pace,
    /// From when on a signature is called late.
    pub late_after: Duration,
    /// Where everything worth knowing is told.
    pub events: broadcast::Sender<DeviceEvent>,
    /// Store and decide only; send nothing.
    pub idle: bool,
    /// Is told where the work on a write stands. For tests that pull the plug there.
    pub observer: Option<Observer>,
}

/// Where the work on a write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It is about to be stored (T1).
    Storing,
    /// It is stored and waits for its turn.
    Stored,
    /// It is bound and its bytes are about to leave, or have left (after T2).
    Sending,
    /// KRA's answer is here and about to be stored (before T3).
    Answered,
    /// What came of it is stored (after T3).
    Settled,
}

/// See [`OutboxParts::observer`]. It runs where the work runs: when it waits, the work waits.
pub type Observer = Arc<dyn Fn(Phase) + Send + Sync>;

/// See the [module](self).
pub struct Outbox {
    device: String,
    store: Arc<dyn Store>,
    exchange: Exchange,
    composer: Arc<dyn Composer>,
    dialect: Dialect,
    pace: Pace,
    late_after: Duration,
    observer: Option<Observer>,
    lanes: Mutex<HashMap<String, Arc<LaneHandle>>>,
    waiters: Mutex<HashMap<SubmissionId, Waiters>>,
    events: broadcast::Sender<DeviceEvent>,
    closed: watch::Sender<bool>,
}

/// Who works on a lane in this process.
#[derive(Default)]
struct LaneHandle {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Something may be waiting that the worker has not seen.
    pending: AtomicBool,
    /// The worker had nothing left to do when it was last seen, with this number used last.
    idle_at: Mutex<Option<u64>>,
    /// It was told that the store is an older copy of itself.
    is_halted: AtomicBool,
    /// Cuts a wait short.
    hurry: Notify,
}

/// Who is told when a submission has come to rest.
#[derive(Default)]
struct Waiters {
    told: Vec<oneshot::Sender<SubmissionRow>>,
    /// It is being worked on here: whoever waits need not look first.
    under_way: bool,
}

impl Outbox {
    /// An outbox. Lanes with something to do are taken up at once.
    pub fn start(parts: OutboxParts) -> Arc<Outbox> {
        let OutboxParts {
            device,
            store,
            connection,
            seller,
            composer,
            limits,
            pace,
            late_after,
            events,
            idle,
            observer,
        } = parts;
        let dialect = connection.dialect();
        let outbox = Arc::new(Outbox {
            device,
            store,
            exchange: Exchange { connection, seller, limits },
            composer,
            dialect,
            pace,
            late_after,
            observer,
            lanes: Mutex::default(),
            waiters: Mutex::default(),
            events,
            closed: watch::Sender::new(idle),
        });
        tokio::spawn(make_rounds(Arc::downgrade(&outbox)));
        outbox
    }

    /// Stores a submission; it is durable when this returns. It is sent by and by, at once when its lane is free: with
    /// the bytes of `body`, or the composer's.
    ///
    /// # Errors
    /// [`StoreError::ReferenceTaken`] when the reference stands for another document; else the store failed.
    pub async fn submit(self: &Arc<Self>, new: NewSubmission, body: Option<BodyOf>) -> Result<Submitted, StoreError> {
        let mut work = Box::pin(self.clone().submit_here(new, body));
        if let Poll::Ready(done) = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
            return done;
        }
        // Somebody is in the way. A caller that goes away, or looks elsewhere meanwhile, must not keep a taken lane.
        tokio::spawn(work).await.map_err(|error| StoreError::Failed(error.to_string()))?
    }

    async fn submit_here(self: Arc<Self>, new: NewSubmission, body: Option<BodyOf>) -> Result<Submitted, StoreError> {
        let key = new.lane.clone();
        let handle = self.handle(&key);
        if new.paper_only {
            return self.store.submit(new, None).await;
        }
        let turn = handle.turn.clone().try_lock_owned().ok();
        let idle_at = turn.as_ref().and_then(|_| *lock(&handle.idle_at));
        let first = match idle_at {
            Some(accepted) => self.first_binding(&new, accepted, body).await,
            None => None,
        };
        self.observe(Phase::Storing);
        let mut submitted = self.store.submit(new, first).await?;
        self.observe(if submitted.bound.is_some() { Phase::Sending } else { Phase::Stored });
        match (turn, submitted.bound.take()) {
            (Some(turn), Some(bound)) => {
                lock(&self.waiters).entry(bound.hold.id).or_default().under_way = true;
                tokio::spawn(self.clone().work(key, turn, Some(bound)));
            }
            (turn, _) => {
                drop(turn);
                self.kick(&key);
            }
        }
        Ok(submitted)
    }

    async fn first_binding(&self, new: &NewSubmission, accepted: u64, body: Option<BodyOf>) -> Option<FirstBinding> {
        let rule = WriteRule::of(self.dialect, new.operation)?;
        let number = rule.numbered.then_some(accepted + 1);
        let Composed { body, document } = match (body, number) {
            (Some(body), Some(number)) => Composed { body: body(number), document: None },
            _ => self.composer.compose(new.operation, &new.document, number).await.ok()?,
        };
        Some(FirstBinding { number, body: body.into(), version: None, document })
    }

    /// Stores many submissions, in order and sharing commits.
    ///
    /// # Errors
    /// One outcome for each, as [`Outbox::submit`].
    pub async fn submit_many(self: &Arc<Self>, many: Vec<NewSubmission>) -> Vec<Result<Submitted, StoreError>> {
        let lanes: BTreeSet<String> = many.iter().map(|new| new.lane.clone()).collect();
        // The store takes each of them up when it is handed over, not when it is waited for.
        let stored: Vec<_> = many.into_iter().map(|new| self.store.submit(new, None)).collect();
        let mut outcomes = Vec::with_capacity(stored.len());
        for one in stored {
            outcomes.push(one.await);
        }
        lanes.iter().for_each(|lane| self.kick(lane));
        outcomes
    }

    /// Sees to it that somebody works on the lane.
    pub fn kick(self: &Arc<Self>, lane: &str) {
        let handle = self.handle(lane);
        handle.pending.store(true, Ordering::SeqCst);
        if self.is_closed() {
            return;
        }
        if let Ok(turn) = handle.turn.clone().try_lock_owned() {
            tokio::spawn(self.clone().work(lane.to_owned(), turn, None));
        }
    }

    /// Works on every lane that has something to do, without waiting out a pause.
    ///
    /// # Errors
    /// [`StoreError::Restored`] when nothing is taken up; the store failed.
    pub async fn hurry(self: &Arc<Self>) -> Result<(), StoreError> {
        for lane in self.store.open_lanes(&self.device).await? {
            self.handle(&lane).hurry.notify_one();
            self.kick(&lane);
            self.goes_on(&lane).await?;
        }
        Ok(())
    }

    async fn goes_on(&self, lane: &str) -> Result<(), StoreError> {
        self.store.lane(lane).await?.halted.map_or(Ok(()), |message| Err(StoreError::Restored(message)))
    }

    /// Waits until a submission has come to rest, at most until `deadline`. Returns what is known then.
    ///
    /// # Errors
    /// [`StoreError::Restored`] when the lane stands still until a person lets it go on; [`StoreError::Unknown`]; the store
    /// failed.
    pub async fn wait(&self, id: SubmissionId, deadline: Instant) -> Result<SubmissionRow, StoreError> {
        loop {
            let (told, news) = oneshot::channel();
            let under_way = {
                let mut waiters = lock(&self.waiters);
                let waiters = waiters.entry(id).or_default();
                waiters.told.push(told);
                std::mem::take(&mut waiters.under_way)
            };
            let is_over = Instant::now() >= deadline;
            if is_over || !under_way {
                let row = self.store.submission(id).await?.ok_or_else(|| StoreError::Unknown(id.0.to_string()))?;
                if row.state.is_settled() || is_over {
                    return Ok(row);
                }
                self.goes_on(&row.lane).await?;
            }
            // Another process may be the one that works on it: look now and then.
            let look = Instant::now() + self.pace.watch;
            let told = tokio::time::timeout_at(look.min(deadline), news).await;
            if let Ok(Ok(row)) = told
                && row.state.is_settled()
            {
                return Ok(row);
            }
            self.forget_gone_waiters(id);
        }
    }

    fn forget_gone_waiters(&self, id: SubmissionId) {
        let mut waiters = lock(&self.waiters);
        if let Some(of_id) = waiters.get_mut(&id) {
            of_id.told.retain(|waiter| !waiter.is_closed());
            if of_id.told.is_empty() && !of_id.under_way {
                waiters.remove(&id);
            }
        }
    }

    /// Decides about a submission from outside the exchange with KRA.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] when its state does not allow that.
    pub async fn act(self: &Arc<Self>, id: SubmissionId, act: Act) -> Result<SubmissionRow, StoreError> {
        let row = self.store.act(id, act).await?;
        self.tell_waiters(row.clone());
        self.kick(&row.lane);
        Ok(row)
    }

    /// Asks KRA once more for the receipt of a sale that is recorded without one.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] when it is not such a sale.
    pub async fn revisit(&self, id: SubmissionId) -> Result<SubmissionRow, StoreError> {
        let bound = self.store.recorded(id).await?;
        let number = bound.state.number().unwrap_or_default();
        let outcomes = self.exchange.query(&bound, number).await;
        let row = self.store.revisit(id, outcomes.evidence).await?;
        self.tell_waiters(row.clone());
        Ok(row)
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<DeviceEvent> {
        self.events.subscribe()
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Stops taking up work. What is on its way is finished; what waits stays stored.
    pub async fn close(&self) {
        self.closed.send_replace(true);
        let handles: Vec<_> = lock(&self.lanes).values().cloned().collect();
        for handle in handles {
            let _ = handle.turn.lock().await;
        }
    }

    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    fn handle(&self, lane: &str) -> Arc<LaneHandle> {
        let mut lanes = lock(&self.lanes);
        if let Some(handle) = lanes.get(lane) {
            return handle.clone();
        }
        lanes.entry(lane.to_owned()).or_default().clone()
    }

    fn observe(&self, phase: Phase) {
        if let Some(observer) = &self.observer {
            observer(phase);
        }
    }

    fn tell(&self, event: DeviceEvent) {
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    fn tell_waiters(&self, row: SubmissionRow) {
        let told = lock(&self.waiters).remove(&row.id).unwrap_or_default().told;
        for (row, waiter) in std::iter::repeat_n(row, told.len()).zip(told) {
            let _ = waiter.send(row);
        }
    }

    /// Whoever waits looks in the store.
    fn wake_waiters(&self, id: SubmissionId) {
        lock(&self.waiters).remove(&id);
    }

    /// Something was recorded: what waited for it in other lanes may go now.
    fn wake_dependents(self: &Arc<Self>, lane: &str) {
        let others: Vec<String> = lock(&self.lanes).keys().filter(|key| *key != lane).cloned().collect();
        others.iter().for_each(|other| self.kick(other));
    }

    async fn work(self: Arc<Self>, key: String, turn: OwnedMutexGuard<()>, first: Option<crate::store::Bound>) {
        let handle = self.handle(&key);
        let first_id = first.as_ref().map(|first| first.hold.id);
        let at_rest = lane::Worker::new(self.clone(), key.clone(), handle.clone()).run(first).await;
        drop(turn);
        at_rest.into_iter().for_each(|row| self.tell_waiters(row));
        first_id.into_iter().for_each(|id| self.wake_waiters(id));
        if handle.pending.load(Ordering::SeqCst) {
            self.kick(&key);
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("store", &self.store).field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

/// A panic while one of these locks is held leaves nothing half-written behind it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks for work now and then: what was there at the start, and what another process left when it died.
async fn make_rounds(outbox: Weak<Outbox>) {
    loop {
        let Some(outbox) = outbox.upgrade().filter(|outbox| !outbox.is_closed()) else { return };
        match outbox.store.open_lanes(&outbox.device).await {
            Ok(lanes) => lanes.iter().for_each(|lane| outbox.kick(lane)),
            Err(error) => tracing::warn!(%error, "the store could not be asked for open lanes"),
        }
        drop(outbox);
        tokio::time::sleep(ROUND).await;
    }
}
