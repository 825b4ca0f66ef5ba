use etims_core::journal::{self, Entry, Hash};
use rusqlite::{Connection, OptionalExtension, params};

use super::row::damaged;
use crate::clock;
use crate::store::{StoreError, SubmissionId};

/// Appends to a device's journal.
pub(super) fn append(
    connection: &Connection,
    scope: &str,
    kind: &str,
    submission: Option<SubmissionId>,
    detail: &str,
    blob: Option<Hash>,
) -> Result<(), StoreError> {
    let sql = "SELECT place, hash FROM journal WHERE scope = ?1 ORDER BY place DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let last = connection.prepare_cached(sql)?.query_row([scope], read).optional()?;
    let (place, previous): (i64, Hash) = match last {
        Some((place, hash)) => (place, hash.try_into().map_err(|_| damaged("journal hash"))?),
        None => (0, journal::START),
    };
    let at = clock::calendar();
    let entry = Entry { at, kind, submission: submission.map(|id| id.0), detail, blob };
    let hash = journal::link(&previous, &entry);
    let sql = "INSERT INTO journal (scope, place, at, kind, submission, detail, blob, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        scope,
        place + 1,
        at,
        kind,
        submission.map(|id| id.0),
        detail,
        blob,
        hash
    ])?;
    Ok(())
}
