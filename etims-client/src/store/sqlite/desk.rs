use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tokio::sync::oneshot;

use super::BUSY_WAIT;
use super::standstill::{self, Pause};
use crate::store::StoreError;

/// How long a caller waits for another process's transaction before the desk's thread does so in its place.
const SHORT_WAIT: Duration = Duration::from_millis(20);
/// After work that took longer than this, whoever asks next leaves it to the desk's thread: a caller who waits on a slow
/// disk could not be interrupted, and one change of threads is nothing beside it.
const SLOW: Duration = Duration::from_millis(50);
/// Most requests that share one commit.
const LARGEST_BATCH: usize = 256;

/// One connection and the requests for it, in order. Whoever asks while nobody sits at it does the work at once, for
/// everybody who has asked by then; while somebody does, a thread takes up what has come in meanwhile. So a single
/// caller pays for no change of threads, and many share commits.
pub(super) struct Desk {
    shared: Arc<Shared>,
    inbox: Option<Arc<Sender<Message>>>,
    thread: Option<JoinHandle<()>>,
    /// The process it lives in: a forked child has the desk but not the thread.
    process: u32,
}

/// Where a request is served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// By whoever asks, if nobody sits at the desk and it is not slow.
    Here,
    /// By the desk's thread: whoever asks has something else to do meanwhile.
    Aside,
}

/// What a desk's thread is told.
pub(super) enum Message {
    /// Requests are waiting.
    Serve,
    Pause(Pause),
}

struct Shared {
    queue: Mutex<VecDeque<Job>>,
    /// Empty while the store stands still, and after the end.
    seat: Mutex<Option<Connection>>,
    /// What was done last was [`SLOW`], or nothing has been done yet.
    is_slow: AtomicBool,
    way: Box<Way>,
}

/// How a batch of requests is run, at this place. Gives back those that it did not begin.
type Way = dyn Fn(&Connection, Vec<Job>, Place) -> Vec<Job> + Send + Sync;
type Job = Box<dyn Request>;

/// Work that is run on the connection and told afterwards whether it was committed.
trait Request: Send {
    /// Does the work and keeps its result. Returns whether there is something to commit.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Hands the result to whoever asked, or the reason why it did not come about.
    fn announce(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Asked<W, T> {
    work: Option<W>,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Request for Asked<W, T>
where
    W: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.outcome = self.work.take().map(|work| work(connection));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn announce(self: Box<Self>, committed: Result<(), StoreError>) {
        let outcome = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (Some(outcome), Ok(())) => outcome,
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(StoreError::Failed("the request was not run".to_owned())),
        };
        // Whoever asked may be gone; the work is done all the same.
        let _ = self.answer.send(outcome);
    }
}

impl Desk {
    /// A desk for reading: every request stands for itself.
    pub(super) fn reading(
        connect: impl Fn() -> Result<Connection, StoreError> + Send + 'static,
    ) -> Result<Desk, StoreError> {
        let way = |connection: &Connection, batch: Vec<Job>, _| {
            for mut job in batch {
                job.run(connection);
                job.announce(Ok(()));
            }
            Vec::new()
        };
        Desk::start("etims-store-read", connect()?, connect, Box::new(way))
    }

    /// The desk for writing: requests that wait while a commit is under way share the next one. `measure` looks at what
    /// is about to be committed; `committed` hears of it after the commit, before anybody else.
    pub(super) fn writing<M>(
        connection: Connection,
        connect: impl Fn() -> Result<Connection, StoreError> + Send + 'static,
        measure: impl Fn(&Connection) -> rusqlite::Result<M> + Send + Sync + 'static,
        committed: impl Fn(M) + Send + Sync + 'static,
        after_statement: Option<fn()>,
    ) -> Result<Desk, StoreError> {
        let watched = move |mut connection: Connection| -> Result<Connection, StoreError> {
            if let Some(after_statement) = after_statement {
                connection.trace_v2(
                    TraceEventCodes::SQLITE_TRACE_PROFILE,
                    Some(move |_: TraceEvent<'_>| after_statement()),
                )?;
            }
            Ok(connection)
        };
        let way = move |connection: &Connection, batch, place| commit(connection, batch, place, &measure, &committed);
        let connection = watched(connection)?;
        Desk::start("etims-store-write", connection, move || connect().and_then(watched), Box::new(way))
    }

    fn start(
        name: &str,
        connection: Connection,
        connect: impl Fn() -> Result<Connection, StoreError> + Send + 'static,
        way: Box<Way>,
    ) -> Result<Desk, StoreError> {
        let seat = Mutex::new(Some(connection));
        let shared = Arc::new(Shared { queue: Mutex::default(), seat, is_slow: AtomicBool::new(true), way });
        let (sender, inbox) = channel();
        let sender = Arc::new(sender);
        standstill::join(Arc::downgrade(&sender));
        let served = shared.clone();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || attend(&served, &inbox, &connect))?;
        Ok(Desk { shared, inbox: Some(sender), thread: Some(thread), process: std::process::id() })
    }

    /// Queues `work` at once. It is done when the future is first waited for, or together with somebody else's, and
    /// also when nobody waits; aside it is begun at once.
    pub(super) fn run<T, W>(
        &self,
        place: Place,
        work: W,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(Asked { work: Some(work), outcome: None, answer });
        lock(&self.shared.queue).push_back(job);
        let waiting = Waiting { shared: self.shared.clone(), inbox: self.inbox.clone(), begun: false };
        let here = place == Place::Here && !self.shared.is_slow.load(Ordering::Relaxed);
        // Dropped it calls the thread.
        let waiting = Some(waiting).filter(|_| here);
        async move {
            if let Some(waiting) = waiting {
                waiting.begin();
            }
            let closed = |_| StoreError::Failed("the store's thread has ended".to_owned());
            result.await.map_err(closed)?
        }
    }
}

impl Desk {
    /// Looks something up at once, outside any commit; `None` while somebody else sits at the desk.
    pub(super) fn glance<T>(&self, work: impl FnOnce(&Connection) -> T) -> Option<T> {
        let seat = self.shared.seat.try_lock().ok()?;
        let seen = seat.as_ref().filter(|connection| connection.is_autocommit()).map(work);
        if self.shared.leave(seat)
            && let Some(inbox) = &self.inbox
        {
            // A thread that has ended has served what there was.
            let _ = inbox.send(Message::Serve);
        }
        seen
    }
}

/// A request that is queued and that nobody may have begun yet.
struct Waiting {
    shared: Arc<Shared>,
    inbox: Option<Arc<Sender<Message>>>,
    begun: bool,
}

impl Waiting {
    /// Does the work here if nobody sits at the desk, and leaves to the thread what came in meanwhile.
    fn begin(mut self) {
        self.begun = true;
        if self.shared.serve() {
            self.call_thread();
        }
    }

    fn call_thread(&self) {
        if let Some(inbox) = &self.inbox {
            // A thread that has ended has served what there was.
            let _ = inbox.send(Message::Serve);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.begun {
            self.call_thread();
        }
    }
}

impl Shared {
    /// Serves what waits, once, if nobody else is at it. Returns whether something came in that is not served yet.
    fn serve(&self) -> bool {
        let seat = match self.seat.try_lock() {
            Ok(seat) => seat,
            // Whoever sits there looks again when done.
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        self.serve_at(seat, Place::Here)
    }

    fn serve_at(&self, seat: MutexGuard<'_, Option<Connection>>, place: Place) -> bool {
        let Some(connection) = seat.as_ref() else { return false };
        let batch: Vec<Job> = {
            let mut queue = lock(&self.queue);
            let many = queue.len().min(LARGEST_BATCH);
            queue.drain(..many).collect()
        };
        if !batch.is_empty() {
            let begun = Instant::now();
            let left = (self.way)(connection, batch, place);
            self.is_slow.store(begun.elapsed() > SLOW, Ordering::Relaxed);
            left.into_iter().rev().for_each(|job| lock(&self.queue).push_front(job));
        }
        self.leave(seat)
    }

    /// Returns whether something came in that is not served yet: whoever found the seat taken has gone away to wait.
    fn leave(&self, seat: MutexGuard<'_, Option<Connection>>) -> bool {
        drop(seat);
        !lock(&self.queue).is_empty()
    }
}

/// The thread of a desk: serves when called, stands still when told, and clears up in the end.
fn attend(shared: &Shared, inbox: &Receiver<Message>, connect: &impl Fn() -> Result<Connection, StoreError>) {
    loop {
        match inbox.recv() {
            Ok(Message::Serve) => while shared.serve_at(lock(&shared.seat), Place::Aside) {},
            Ok(Message::Pause(pause)) => {
                let mut seat = lock(&shared.seat);
                *seat = None;
                pause.stand();
                *seat = reopened(shared, inbox, connect);
                drop(seat);
                while shared.serve_at(lock(&shared.seat), Place::Aside) {}
            }
            Err(_) => {
                while shared.serve_at(lock(&shared.seat), Place::Aside) {}
                *lock(&shared.seat) = None;
                return;
            }
        }
    }
}

/// Opens the connection again after a pause. While that fails, whoever asks is told why.
fn reopened(
    shared: &Shared,
    inbox: &Receiver<Message>,
    connect: &impl Fn() -> Result<Connection, StoreError>,
) -> Option<Connection> {
    loop {
        let error = match connect() {
            Ok(connection) => return Some(connection),
            Err(error) => error.to_string(),
        };
        for job in lock(&shared.queue).drain(..) {
            job.announce(Err(StoreError::Failed(error.clone())));
        }
        match inbox.recv_timeout(Duration::from_millis(100)) {
            Ok(Message::Pause(pause)) => pause.stand(),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
            Ok(Message::Serve) | Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

/// A panic while one of these locks is held leaves nothing half-written behind it: the transaction is rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.inbox = None;
        if let Some(thread) = self.thread.take()
            && self.process == std::process::id()
        {
            // A thread that has panicked has nothing left to do either.
            let _ = thread.join();
        }
    }
}

/// Runs a batch in one transaction, each request in a savepoint of its own when there are several. Whoever came with a
/// request does not wait long for another process: that is the thread's.
fn commit<M>(
    connection: &Connection,
    mut batch: Vec<Job>,
    place: Place,
    measure: &impl Fn(&Connection) -> rusqlite::Result<M>,
    committed: &impl Fn(M),
) -> Vec<Job> {
    let begun = begin(connection, place);
    if place == Place::Here && begun.as_ref().is_err_and(is_busy) {
        return batch;
    }
    let outcome = begun.and_then(|()| run_batch(connection, &mut batch, measure));
    if !connection.is_autocommit() {
        // Nothing to keep, or it could not be kept: nothing of it stays.
        let _ = execute(connection, "ROLLBACK");
    }
    let outcome = outcome.map(|measured| measured.map(committed));
    for job in batch {
        job.announce(outcome.as_ref().map(drop).map_err(StoreError::from_sqlite));
    }
    Vec::new()
}

fn begin(connection: &Connection, place: Place) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        // Left open by a panic.
        execute(connection, "ROLLBACK")?;
    }
    if place == Place::Aside {
        return execute(connection, "BEGIN IMMEDIATE");
    }
    connection.busy_timeout(SHORT_WAIT)?;
    let begun = execute(connection, "BEGIN IMMEDIATE");
    connection.busy_timeout(BUSY_WAIT)?;
    begun
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// Returns what was measured right before the commit; `None` when there was nothing to commit.
fn run_batch<M>(
    connection: &Connection,
    batch: &mut [Job],
    measure: &impl Fn(&Connection) -> rusqlite::Result<M>,
) -> rusqlite::Result<Option<M>> {
    let alone = batch.len() == 1;
    let mut changed = false;
    for job in batch {
        if !alone {
            execute(connection, "SAVEPOINT request")?;
        }
        let keep = job.run(connection);
        changed |= keep;
        if connection.is_autocommit() {
            // A full disk or a failed write takes the whole transaction with it.
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                Some("the transaction was rolled back by the database".to_owned()),
            ));
        }
        if !alone {
            if !keep {
                execute(connection, "ROLLBACK TO request")?;
            }
            execute(connection, "RELEASE request")?;
        }
    }
    if !changed {
        return Ok(None);
    }
    let measured = measure(connection)?;
    execute(connection, "COMMIT")?;
    Ok(Some(measured))
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
