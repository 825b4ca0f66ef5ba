use etims_core::journal::{self, Entry, Hash};
use rusqlite::{Connection, OptionalExtension, params};

use super::row::damaged;
use crate::clock;
use crate::store::{StoreError, SubmissionId};

/// The end of a device's journal, as it is in one transaction.
pub(super) struct Journal<'a> {
    connection: &'a Connection,
    scope: &'a str,
    /// The number of the last entry.
    place: i64,
    last: Hash,
}

impl<'a> Journal<'a> {
    /// Finds the end.
    pub(super) fn open(connection: &'a Connection, scope: &'a str) -> Result<Journal<'a>, StoreError> {
        let sql = "SELECT place, hash FROM journal WHERE scope = ?1 ORDER BY place DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        let last = connection.prepare_cached(sql)?.query_row([scope], read).optional()?;
        let (place, last) = match last {
            Some((place, hash)) => (place, hash.try_into().map_err(|_| damaged("journal hash"))?),
            None => (0, journal::START),
        };
        Ok(Journal { connection, scope, place, last })
    }

    /// Appends an entry.
    pub(super) fn append(
        &mut self,
        kind: &str,
        submission: Option<SubmissionId>,
        detail: &str,
        blob: Option<Hash>,
    ) -> Result<(), StoreError> {
        let at = clock::calendar();
        let submission = submission.map(|id| id.0);
        self.place += 1;
        self.last = journal::link(&self.last, &Entry { at, kind, submission, detail, blob });
        let sql = "INSERT INTO journal (scope, place, at, kind, submission, detail, blob, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![self.scope, self.place, at, kind, submission, detail, blob, self.last];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}

/// Appends one entry to a device's journal.
pub(super) fn append(
    connection: &Connection,
    scope: &str,
    kind: &str,
    submission: Option<SubmissionId>,
    detail: &str,
    blob: Option<Hash>,
) -> Result<(), StoreError> {
    Journal::open(connection, scope)?.append(kind, submission, detail, blob)
}
