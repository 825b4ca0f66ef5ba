use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tokio::sync::oneshot;

use super::standstill::{self, Pause};
use crate::store::StoreError;

/// Most requests that share one commit.
const LARGEST_BATCH: usize = 256;

/// One thread that owns one connection and runs what it is handed, in order. It ends, with everything done, when the
/// desk is dropped.
pub(super) struct Desk {
    inbox: Option<Arc<Sender<Message>>>,
    thread: Option<JoinHandle<()>>,
    /// The process it lives in: a forked child has the desk but not the thread.
    process: u32,
}

type Job = Box<dyn Request>;

/// What a desk is told.
pub(super) enum Message {
    Job(Job),
    Pause(Pause),
}

/// Work that is run on the connection and told afterwards whether it was committed.
pub(super) trait Request: Send {
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
        let connection = connect()?;
        Desk::start("etims-store-read", connection, connect, |connection, inbox| {
            loop {
                match inbox.recv() {
                    Ok(Message::Job(mut job)) => {
                        job.run(connection);
                        job.announce(Ok(()));
                    }
                    Ok(Message::Pause(pause)) => return Some(pause),
                    Err(_) => return None,
                }
            }
        })
    }

    /// The desk for writing: requests that wait while a commit is under way share the next one. `committed` runs after
    /// every commit, before anybody hears of it.
    pub(super) fn writing(
        connection: Connection,
        connect: impl Fn() -> Result<Connection, StoreError> + Send + 'static,
        committed: impl Fn(&Connection) + Send + 'static,
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
        let connection = watched(connection)?;
        let connect = move || connect().and_then(watched);
        Desk::start("etims-store-write", connection, connect, move |connection, inbox| {
            loop {
                let (mut batch, mut pause) = (Vec::new(), None);
                let mut message = inbox.recv().ok();
                while let Some(next) = message.take() {
                    match next {
                        Message::Job(job) => batch.push(job),
                        Message::Pause(now) => pause = Some(now),
                    }
                    if pause.is_none() && batch.len() < LARGEST_BATCH {
                        message = inbox.try_recv().ok();
                    }
                }
                if batch.is_empty() {
                    return pause;
                }
                commit(connection, batch, &committed);
                if pause.is_some() {
                    return pause;
                }
            }
        })
    }

    /// `run` works until it is told to pause, or until nobody can ask any more.
    fn start(
        name: &str,
        mut connection: Connection,
        connect: impl Fn() -> Result<Connection, StoreError> + Send + 'static,
        run: impl Fn(&Connection, &Receiver<Message>) -> Option<Pause> + Send + 'static,
    ) -> Result<Desk, StoreError> {
        let (sender, inbox) = channel();
        let sender = Arc::new(sender);
        standstill::join(Arc::downgrade(&sender));
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(pause) = run(&connection, &inbox) {
                drop(connection);
                pause.stand();
                match reopened(&connect, &inbox) {
                    Some(again) => connection = again,
                    None => return,
                }
            }
        })?;
        Ok(Desk { inbox: Some(sender), thread: Some(thread), process: std::process::id() })
    }

    /// Queues `work` at once; the future waits for its result. It runs even when nobody waits.
    pub(super) fn run<T, W>(&self, work: W) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(Asked { work: Some(work), outcome: None, answer });
        let closed = || StoreError::Failed("the store's thread has ended".to_owned());
        let inbox = self.inbox.as_ref().ok_or_else(closed);
        let queued = inbox.and_then(|inbox| inbox.send(Message::Job(job)).map_err(|_| closed()));
        async move {
            queued?;
            result.await.map_err(|_| closed())?
        }
    }
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

/// Opens the connection again after a pause. While that fails, whoever asks is told why.
fn reopened(connect: &impl Fn() -> Result<Connection, StoreError>, inbox: &Receiver<Message>) -> Option<Connection> {
    loop {
        let error = match connect() {
            Ok(connection) => return Some(connection),
            Err(error) => error,
        };
        match inbox.recv() {
            Ok(Message::Job(job)) => job.announce(Err(error)),
            Ok(Message::Pause(pause)) => pause.stand(),
            Err(_) => return None,
        }
    }
}

/// Runs a batch in one transaction, each request in a savepoint of its own when there are several.
fn commit(connection: &Connection, mut batch: Vec<Job>, committed: &impl Fn(&Connection)) {
    let outcome = run_batch(connection, &mut batch);
    if !connection.is_autocommit() {
        // Nothing to keep, or it could not be kept: nothing of it stays.
        let _ = execute(connection, "ROLLBACK");
    }
    if outcome.is_ok() {
        committed(connection);
    }
    for job in batch {
        job.announce(outcome.as_ref().map(drop).map_err(StoreError::from_sqlite));
    }
}

fn run_batch(connection: &Connection, batch: &mut [Job]) -> rusqlite::Result<()> {
    execute(connection, "BEGIN IMMEDIATE")?;
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
    if changed { execute(connection, "COMMIT") } else { Ok(()) }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
