use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tokio::sync::oneshot;

use crate::store::StoreError;

/// Most requests that share one commit.
const LARGEST_BATCH: usize = 256;

/// One thread that owns one connection and runs what it is handed, in order.
pub(super) struct Desk {
    jobs: Sender<Job>,
}

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
    pub(super) fn reading(connection: Connection) -> Result<Desk, StoreError> {
        Desk::start("etims-store-read", connection, |connection, jobs| {
            for mut job in jobs {
                job.run(connection);
                job.announce(Ok(()));
            }
        })
    }

    /// The desk for writing: requests that wait while a commit is under way share the next one. `committed` runs after
    /// every commit, before anybody hears of it.
    pub(super) fn writing(
        mut connection: Connection,
        committed: impl Fn(&Connection) + Send + 'static,
        after_statement: Option<fn()>,
    ) -> Result<Desk, StoreError> {
        if let Some(after_statement) = after_statement {
            connection
                .trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(move |_: TraceEvent<'_>| after_statement()))?;
        }
        Desk::start("etims-store-write", connection, move |connection, jobs| {
            while let Ok(first) = jobs.recv() {
                let mut batch = vec![first];
                while batch.len() < LARGEST_BATCH
                    && let Ok(job) = jobs.try_recv()
                {
                    batch.push(job);
                }
                commit(connection, batch, &committed);
            }
        })
    }

    fn start(
        name: &str,
        connection: Connection,
        run: impl FnOnce(&Connection, &Receiver<Job>) + Send + 'static,
    ) -> Result<Desk, StoreError> {
        let (jobs, inbox) = channel();
        thread::Builder::new().name(name.to_owned()).spawn(move || run(&connection, &inbox))?;
        Ok(Desk { jobs })
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
        let queued = self.jobs.send(job).map_err(|_| closed());
        async move {
            queued?;
            result.await.map_err(|_| closed())?
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
