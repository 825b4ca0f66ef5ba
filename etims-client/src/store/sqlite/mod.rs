//! A store in one file of one machine, shared by as many processes as like to.
//!
//! SQLite in WAL mode with `synchronous=FULL`: a commit is on the disk when it returns. One connection writes; requests
//! that wait while it commits share the next commit.

mod blob;
mod custody;
mod dependency;
mod desk;
mod journal;
mod lane;
mod log_space;
mod presence;
mod reserve;
mod row;
mod schema;
mod soundness;
mod standstill;
mod submission;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use etims_core::wire::Operation;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params, params_from_iter};
use tokio::sync::watch;

use self::desk::{Desk, Place};
use self::lane::LaneRow;
use self::presence::Presence;
use self::soundness::{Mark, beside};
pub use self::standstill::{Standstill, stand_still};
use self::write::Writer;
use super::{
    Act, Binding, Bound, DeviceRow, DeviceStatus, Evidence, Farewell, FirstBinding, Follow, Head, Hold, JournalRow,
    LaneView, ListFilter, NewSubmission, Settled, Store, StoreError, Stored, SubmissionId, SubmissionRow, Submitted,
    Takeover, Whereabouts,
};

/// How a store behaves.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// The longest one request to KRA may take. A lane is taken for longer than that.
    pub request_timeout: Duration,
    /// Wait for the disk on every commit. Only measurements turn this off.
    pub durable: bool,
    /// Runs after every statement of the thread that writes. For tests that pull the plug there.
    pub after_statement: Option<fn()>,
}

impl Default for SqliteOptions {
    /// 120 s, durable.
    fn default() -> SqliteOptions {
        SqliteOptions { request_timeout: Duration::from_secs(120), durable: true, after_statement: None }
    }
}

/// Added to the request timeout for the time to live of a lease.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// How long another process's transaction is waited for.
const BUSY_WAIT: Duration = Duration::from_secs(30);
/// Statements that stay prepared on each connection.
const PREPARED: usize = 64;

/// A store in one file. See the [module](self).
pub struct SqliteStore {
    path: PathBuf,
    // Dropped in this order: the connection that is closed last moves the log into the file, and a living owner is gone
    // only when nothing is written any more.
    read: Desk,
    write: Desk,
    writer: Arc<Writer>,
    owners: PathBuf,
    presence: Arc<Mutex<Presence>>,
    mark: Arc<Mutex<Mark>>,
    halted: Arc<Mutex<Option<String>>>,
    /// Dropped after everything else.
    open: watch::Sender<()>,
}

impl SqliteStore {
    /// Opens the store at `path`, or makes it. Files named `path` with a suffix belong to it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the file is damaged: it was set aside then. [`StoreError::TooNew`] when a newer
    /// version of this library made it.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref().to_path_buf();
        let _opening = standstill::opening();
        let owners = beside(&path, ".owners");
        let (estates, others_alive) = presence::estates(&owners, None)?;
        soundness::check(&path, !estates.is_empty(), others_alive)?;
        let connection = connect(&path, options)?;
        schema::migrate(&connection)?;
        log_space::reserve(&connection, &path)?;
        let presence = Presence::announce(&owners)?;
        let request = u64::try_from(options.request_timeout.as_millis()).unwrap_or(u64::MAX / 4);
        let margin = u64::try_from(LEASE_MARGIN.as_millis()).unwrap_or(u64::MAX / 4);
        let writer =
            Arc::new(Writer { owner: presence.owner.clone(), lease: request + margin, margin: request + margin / 2 });
        let mut mark = Mark::open(&path)?;
        let halted = older_than_marked(&connection, &mut mark)?;
        for mut estate in estates {
            let spilled = estate.spilled()?;
            take_up(&connection, &writer, spilled)?;
            estate.close()?;
        }
        let mark = Arc::new(Mutex::new(mark));
        let halted = Arc::new(Mutex::new(halted));
        let (noted, stopped) = (mark.clone(), halted.clone());
        let committed = move |growth: u64| {
            if lock(&stopped).is_none() {
                // A mark that could not be written is an older one, which claims less.
                let _ = lock(&noted).write(growth);
            }
        };
        let (read_place, write_place) = (path.clone(), path.clone());
        let connect_writing = move || {
            let connection = connect(&write_place, options)?;
            log_space::reserve(&connection, &write_place)?;
            Ok(connection)
        };
        Ok(SqliteStore {
            read: Desk::reading(move || connect(&read_place, options))?,
            write: Desk::writing(connection, connect_writing, blob::growth, committed, options.after_statement)?,
            path,
            writer,
            owners,
            presence: Arc::new(Mutex::new(presence)),
            mark,
            halted,
            open: watch::Sender::new(()),
        })
    }

    /// Whether there is a store at `path`, be it one that was set aside and waits for a decision.
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        path.as_ref().exists() || soundness::marker(path.as_ref()).exists()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks something small up: with the connection that writes, if it is free. That one still has at hand what it has
    /// just written; every other has to read it from the file.
    fn look<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Stored<'_, T> {
        Box::pin(async move {
            match self.write.glance(&work) {
                Some(seen) => seen,
                None => self.read.run(Place::Here, work).await,
            }
        })
    }
}

/// A panic while a lock is held leaves nothing half-written behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(path: &Path, options: SqliteOptions) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Failed(format!("the file system does not support WAL (journal mode {mode})")));
    }
    connection.pragma_update(None, "synchronous", if options.durable { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "wal_autocheckpoint", log_space::CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -4096)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    // Else SQLite looks at what is bound when it considers the partial indexes, and compiles such a statement anew each
    // time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    #[cfg(target_vendor = "apple")]
    connection.pragma_update(None, "fullfsync", "ON")?;
    Ok(connection)
}

/// Why the lanes must stand still, when the store has less than its mark says.
fn older_than_marked(connection: &Connection, mark: &mut Mark) -> Result<Option<String>, StoreError> {
    let (had, has) = (mark.read()?, blob::growth(connection)?);
    Ok((had > has).then(|| {
        format!("it holds {has} records and has held {had}; documents of the time between may be signed already")
    }))
}

/// Stores answers that were put aside. One whose lane has moved on is of no use any more.
fn take_up(connection: &Connection, writer: &Writer, spilled: Vec<presence::Spilled>) -> Result<(), StoreError> {
    for entry in spilled {
        let (hold, evidence) = entry.into_parts();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let outcome = writer.settle(connection, &hold, &evidence, &Follow::default());
        match outcome {
            Ok(_) => connection.execute_batch("COMMIT")?,
            Err(StoreError::Superseded | StoreError::Misfit(_)) => connection.execute_batch("ROLLBACK")?,
            Err(error) => {
                connection.execute_batch("ROLLBACK")?;
                return Err(error);
            }
        }
    }
    Ok(())
}

impl Store for SqliteStore {
    fn submit(&self, new: NewSubmission, first: Option<FirstBinding>) -> Stored<'_, Submitted> {
        let (writer, halted) = (self.writer.clone(), self.halted.clone());
        Box::pin(self.write.run(Place::Here, move |connection| {
            let first = first.filter(|_| lock(&halted).is_none());
            writer.submit(connection, &new, first.as_ref())
        }))
    }

    fn lane(&self, lane: &str) -> Stored<'_, LaneView> {
        let (key, owner, halted) = (lane.to_owned(), self.writer.owner.clone(), self.halted.clone());
        Box::pin(self.read.run(Place::Here, move |connection| {
            let halted = lock(&halted).clone();
            let Some(row) = LaneRow::find(connection, &key)? else {
                return Ok(LaneView { halted, ..LaneView::default() });
            };
            let holder = row.holder.map(|holder| lane::holder(connection, holder)).transpose()?;
            Ok(LaneView {
                is_ours: row.owner.as_deref() == Some(&*owner),
                stopped: holder.as_ref().is_some_and(|(state, _)| state == "stopped"),
                holder_device: holder.map(|(_, device)| device),
                lane: row.lane,
                holder: row.holder,
                halted,
            })
        }))
    }

    fn head(&self, device: &str, lane: &str, taken: &[SubmissionId]) -> Stored<'_, Option<Head>> {
        let (device, key, taken) = (device.to_owned(), lane.to_owned(), taken.to_vec());
        self.look(move |connection| lane::head(connection, &device, &key, &taken))
    }

    fn bind(&self, lane: &str, binding: Binding) -> Stored<'_, Option<Bound>> {
        let (writer, halted, key) = (self.writer.clone(), self.halted.clone(), lane.to_owned());
        Box::pin(self.write.run(Place::Here, move |connection| match lock(&halted).as_ref() {
            Some(_) => Ok(None),
            None => writer.bind(connection, &key, &binding),
        }))
    }

    fn settle(&self, hold: Hold, evidence: Evidence, follow: Follow) -> Stored<'_, Settled> {
        let (writer, halted, held) = (self.writer.clone(), self.halted.clone(), hold.clone());
        // While the next bytes are out the caller has better things to do than to wait for the disk.
        let place = if follow.reserved == Whereabouts::Out { Place::Aside } else { Place::Here };
        let settled = self.write.run(place, move |connection| {
            let halted = lock(&halted).is_some();
            let Follow { next, reserve, reserved } = follow;
            let follow = Follow { next: next.filter(|_| !halted), reserve: reserve.filter(|_| !halted), reserved };
            writer.settle(connection, &held, &evidence, &follow)
        });
        Box::pin(async move {
            let settled = settled.await?;
            lock(&self.presence).stored(&hold)?;
            Ok(settled)
        })
    }

    fn take_over(&self, device: &str, lane: &str) -> Stored<'_, Option<Takeover>> {
        let (writer, owners) = (self.writer.clone(), self.owners.clone());
        let (device, key) = (device.to_owned(), lane.to_owned());
        Box::pin(self.write.run(Place::Here, move |connection| {
            writer.take_over(connection, &device, &key, |owner| presence::is_dead(&owners, owner))
        }))
    }

    fn spill(&self, hold: Hold, evidence: Evidence) -> Stored<'_, ()> {
        let presence = self.presence.clone();
        Box::pin(async move {
            let spill = tokio::task::spawn_blocking(move || lock(&presence).spill(&hold, &evidence));
            spill.await.map_err(|error| StoreError::Failed(error.to_string()))?
        })
    }

    fn find(&self, device: &str, operation: Operation, reference: &str) -> Stored<'_, Option<SubmissionRow>> {
        let (device, reference) = (device.to_owned(), reference.to_owned());
        Box::pin(self.read.run(Place::Here, move |connection| {
            let sql = "SELECT id FROM submission WHERE scope = ?1 AND operation = ?2 AND reference = ?3";
            let key = params![device, operation.name(), reference];
            let id: Option<i64> = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
            id.map_or(Ok(None), |id| submission::find_by_id(connection, SubmissionId(id)))
        }))
    }

    fn submission(&self, id: SubmissionId) -> Stored<'_, Option<SubmissionRow>> {
        self.look(move |connection| submission::find_by_id(connection, id))
    }

    fn document(&self, id: SubmissionId) -> Stored<'_, Vec<u8>> {
        Box::pin(self.read.run(Place::Here, move |connection| submission::document(connection, id)))
    }

    fn list(&self, filter: ListFilter) -> Stored<'_, Vec<SubmissionRow>> {
        Box::pin(self.read.run(Place::Here, move |connection| list(connection, &filter)))
    }

    fn credits_of(&self, original: SubmissionId) -> Stored<'_, Vec<SubmissionRow>> {
        Box::pin(self.read.run(Place::Here, move |connection| {
            let ids = dependency::credits_of(connection, original)?;
            let rows = ids.into_iter().filter_map(|id| submission::find_by_id(connection, id).transpose());
            rows.collect()
        }))
    }

    fn act(&self, id: SubmissionId, act: Act) -> Stored<'_, SubmissionRow> {
        let writer = self.writer.clone();
        Box::pin(self.write.run(Place::Here, move |connection| writer.act(connection, id, &act)))
    }

    fn recorded(&self, id: SubmissionId) -> Stored<'_, Bound> {
        Box::pin(self.read.run(Place::Here, move |connection| submission::recorded(connection, id)))
    }

    fn revisit(&self, id: SubmissionId, evidence: Evidence) -> Stored<'_, SubmissionRow> {
        Box::pin(self.write.run(Place::Here, move |connection| submission::revisit(connection, id, &evidence)))
    }

    fn open_lanes(&self, device: &str) -> Stored<'_, Vec<String>> {
        let device = device.to_owned();
        Box::pin(self.read.run(Place::Here, move |connection| {
            let sql = format!(
                "SELECT key FROM lane l WHERE EXISTS (SELECT 1 FROM submission WHERE id = l.holder AND scope = ?1) \
                 OR EXISTS (SELECT 1 FROM submission WHERE scope = ?1 AND lane = l.id AND state = 'queued' \
                 AND waits = 0 AND {}) ORDER BY id",
                row::OPEN
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let keys = statement.query_map([device], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(keys)
        }))
    }

    fn device(&self, device: &str) -> Stored<'_, Option<DeviceRow>> {
        let device = device.to_owned();
        Box::pin(self.read.run(Place::Here, move |connection| find_device(connection, &device)))
    }

    fn devices(&self) -> Stored<'_, Vec<DeviceRow>> {
        Box::pin(self.read.run(Place::Here, |connection| {
            let sql = format!("SELECT {} FROM device ORDER BY id", row::DEVICE_COLUMNS);
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], |row| row::device(row).map_err(row::carried))?;
            Ok(rows.collect::<Result<_, _>>()?)
        }))
    }

    fn counts(&self, device: &str) -> Stored<'_, BTreeMap<String, u64>> {
        let device = device.to_owned();
        Box::pin(self.read.run(Place::Here, move |connection| {
            let sql = "SELECT state, count(*) FROM submission WHERE scope = ?1 GROUP BY state";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([device], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            rows.map(|row| row.map_err(StoreError::from).and_then(|(state, n)| Ok((state, row::unsigned(n)?))))
                .collect()
        }))
    }

    fn begin_initialise(&self, device: DeviceRow) -> Stored<'_, ()> {
        Box::pin(self.write.run(Place::Here, move |connection| begin_initialise(connection, &device)))
    }

    fn keep_initialise_answer(&self, device: &str, sealed: Vec<u8>) -> Stored<'_, ()> {
        let device = device.to_owned();
        Box::pin(self.write.run(Place::Here, move |connection| {
            let sql = "UPDATE device SET status = ?2, sealed_answer = ?3 WHERE scope = ?1";
            connection.prepare_cached(sql)?.execute(params![device, DeviceStatus::Answered.name(), sealed])?;
            journal::append(connection, &device, "initialise_answered", None, "{}", None)
        }))
    }

    fn finish_initialise(&self, device: DeviceRow) -> Stored<'_, ()> {
        Box::pin(self.write.run(Place::Here, move |connection| {
            let sql = "UPDATE device SET status = ?2, identity = ?3, sealed_key = ?4 WHERE scope = ?1";
            let values = params![device.device, device.status.name(), device.identity, device.sealed_key];
            connection.prepare_cached(sql)?.execute(values)?;
            let kind = format!("initialise_{}", device.status.name());
            journal::append(connection, &device.device, &kind, None, device.identity.as_deref().unwrap_or("{}"), None)
        }))
    }

    fn adopt_device(&self, device: DeviceRow, counters: Vec<(String, u64)>) -> Stored<'_, ()> {
        Box::pin(self.write.run(Place::Here, move |connection| custody::adopt(connection, &device, &counters)))
    }

    fn reseal_device(
        &self,
        device: &str,
        sealed_answer: Option<Vec<u8>>,
        sealed_key: Option<Vec<u8>>,
    ) -> Stored<'_, ()> {
        let device = device.to_owned();
        Box::pin(self.write.run(Place::Here, move |connection| {
            custody::reseal(connection, &device, sealed_answer.as_deref(), sealed_key.as_deref())
        }))
    }

    fn journal(&self, device: &str, after: u64, most: u32) -> Stored<'_, Vec<JournalRow>> {
        let device = device.to_owned();
        Box::pin(self.read.run(Place::Here, move |connection| {
            let sql = "SELECT place, at, kind, submission, detail, blob, hash FROM journal \
                 WHERE scope = ?1 AND place > ?2 ORDER BY place LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement
                .query_map(params![device, row::signed(after)?, most], |row| row::journal(row).map_err(row::carried))?;
            Ok(rows.collect::<Result<_, _>>()?)
        }))
    }

    fn farewell(&self) -> Farewell {
        let mut open = self.open.subscribe();
        Box::pin(async move { while open.changed().await.is_ok() {} })
    }

    fn resume(&self) -> Stored<'_, ()> {
        let (halted, mark) = (self.halted.clone(), self.mark.clone());
        Box::pin(self.write.run(Place::Here, move |connection| {
            lock(&mark).write(blob::growth(connection)?)?;
            *lock(&halted) = None;
            Ok(())
        }))
    }
}

fn find_device(connection: &Connection, device: &str) -> Result<Option<DeviceRow>, StoreError> {
    let sql = format!("SELECT {} FROM device WHERE scope = ?1", row::DEVICE_COLUMNS);
    let found = connection.prepare_cached(&sql)?.query_row([device], |row| row::device(row).map_err(row::carried));
    Ok(found.optional()?)
}

fn begin_initialise(connection: &Connection, device: &DeviceRow) -> Result<(), StoreError> {
    if let Some(before) = find_device(connection, &device.device)? {
        let again = before.status == DeviceStatus::Failed
            || (before.status == DeviceStatus::Initialising && before.serial != device.serial);
        if !again {
            return Err(StoreError::Device(match before.status {
                DeviceStatus::Ready => format!("the device with serial {} is initialised already", before.serial),
                _ => format!(
                    "an initialisation of serial {} was interrupted and is never repeated: KRA may have handed out its key",
                    before.serial
                ),
            }));
        }
    }
    let sql = "INSERT INTO device (scope, dialect, serial, status) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (scope) DO UPDATE SET dialect = ?2, serial = ?3, status = ?4, sealed_answer = NULL, sealed_key = NULL";
    let values = params![device.device, device.dialect.name(), device.serial, DeviceStatus::Initialising.name()];
    connection.prepare_cached(sql)?.execute(values)?;
    let detail = serde_json::json!({ "serial": device.serial, "dialect": device.dialect.name() });
    journal::append(connection, &device.device, "initialise", None, &detail.to_string(), None)
}

fn list(connection: &Connection, filter: &ListFilter) -> Result<Vec<SubmissionRow>, StoreError> {
    let marks = vec!["?"; filter.states.len()].join(", ");
    let mut sql =
        format!("SELECT {} FROM submission s JOIN lane l ON l.id = s.lane WHERE s.id > ?1", row::SUBMISSION_COLUMNS);
    let after = filter.after.map_or(0, |after| after.0);
    let mut values: Vec<Box<dyn rusqlite::ToSql>> = vec![Box::new(after)];
    if let Some(device) = &filter.device {
        sql.push_str(" AND s.scope = ?");
        values.push(Box::new(device.clone()));
    }
    if filter.open {
        // Left to itself SQLite walks through everything that was ever stored.
        sql.push_str(&format!(
            " AND s.id IN (SELECT id FROM submission INDEXED BY submission_open WHERE {} \
             UNION SELECT holder FROM lane WHERE holder IS NOT NULL)",
            row::OPEN
        ));
    }
    if !filter.states.is_empty() {
        sql.push_str(&format!(" AND s.state IN ({marks})"));
        values.extend(filter.states.iter().map(|state| Box::new(*state) as Box<dyn rusqlite::ToSql>));
    }
    sql.push_str(" ORDER BY s.id LIMIT ?");
    values.push(Box::new(if filter.most == 0 { 100 } else { filter.most }));
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| row::submission(row).map_err(row::carried))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}
