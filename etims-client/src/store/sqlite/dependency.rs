//! What waits for what: writes that need another one recorded, and credit notes of a sale.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::{NewSubmission, StoreError, SubmissionId, Wait};

/// States a submission can be waited for in.
const UNRECORDED: &str = "('queued', 'in_flight', 'uncertain', 'stopped')";

/// What a new submission has to wait for.
pub(super) fn needs(connection: &Connection, new: &NewSubmission) -> Result<BTreeSet<i64>, StoreError> {
    let mut needs = BTreeSet::new();
    // Hardly ever is an item under way while it is sold.
    let nothing_touched =
        connection.prepare_cached("SELECT 1 FROM touch LIMIT 1")?.query_row([], |_| Ok(())).optional()?.is_none();
    for wait in &new.waits {
        match wait {
            Wait::Touching { .. } if nothing_touched => {}
            Wait::For(needed) => {
                let sql = format!("SELECT id FROM submission WHERE id = ?1 AND state IN {UNRECORDED}");
                let found = connection.prepare_cached(&sql)?.query_row([needed.0], |row| row.get(0)).optional()?;
                needs.extend::<Option<i64>>(found);
            }
            Wait::Touching { operation, subject } => {
                let sql = format!(
                    "SELECT s.id FROM touch t JOIN submission s ON s.id = t.submission \
                     WHERE t.subject = ?1 AND s.operation = ?2 AND s.state IN {UNRECORDED}"
                );
                let mut statement = connection.prepare_cached(&sql)?;
                for id in statement.query_map(params![subject, operation.name()], |row| row.get(0))? {
                    needs.insert(id?);
                }
            }
        }
    }
    Ok(needs)
}

/// Notes what a submission waits for and what others may wait for.
pub(super) fn join(
    connection: &Connection,
    id: SubmissionId,
    new: &NewSubmission,
    needs: &BTreeSet<i64>,
) -> Result<(), StoreError> {
    for subject in &new.touches {
        let sql = "INSERT OR IGNORE INTO touch (subject, submission) VALUES (?1, ?2)";
        connection.prepare_cached(sql)?.execute(params![subject, id.0])?;
    }
    for needed in needs {
        let sql = "INSERT INTO dependency (needs, submission) VALUES (?1, ?2)";
        connection.prepare_cached(sql)?.execute(params![needed, id.0])?;
    }
    Ok(())
}

/// What waited for it no longer does.
pub(super) fn set_free(connection: &Connection, id: SubmissionId) -> Result<bool, StoreError> {
    // Hardly anything is ever waited for, and to ask costs less than to change nothing.
    let sql = "SELECT EXISTS (SELECT 1 FROM dependency WHERE needs = ?1), \
         EXISTS (SELECT 1 FROM touch WHERE submission = ?1)";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?));
    let (is_needed, touches) = connection.prepare_cached(sql)?.query_row([id.0], read)?;
    if is_needed {
        let sql =
            "UPDATE submission SET waits = waits - 1 WHERE id IN (SELECT submission FROM dependency WHERE needs = ?1)";
        connection.prepare_cached(sql)?.execute([id.0])?;
        connection.prepare_cached("DELETE FROM dependency WHERE needs = ?1")?.execute([id.0])?;
    }
    if touches {
        connection.prepare_cached("DELETE FROM touch WHERE submission = ?1")?.execute([id.0])?;
    }
    Ok(is_needed)
}

/// The reference of something that waits for it.
pub(super) fn dependent(connection: &Connection, id: SubmissionId) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT s.reference FROM dependency d JOIN submission s ON s.id = d.submission WHERE d.needs = ?1 LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?)
}

/// The credit notes for a sale that count.
pub(super) fn credits_of(connection: &Connection, original: SubmissionId) -> Result<Vec<SubmissionId>, StoreError> {
    let sql = "SELECT id FROM submission WHERE original = ?1 AND state NOT IN ('rejected', 'cancelled', 'paper_only')";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([original.0], |row| row.get(0).map(SubmissionId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
