use etims_core::submission::Lane;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::blob;
use super::row::{self, carried, damaged, signed, unsigned};
use crate::store::{Head, StoreError, SubmissionId};

/// A lane with everything that is stored of it.
#[derive(Clone)]
pub(super) struct LaneRow {
    pub(super) id: i64,
    pub(super) key: String,
    pub(super) lane: Lane,
    pub(super) holder: Option<SubmissionId>,
    pub(super) owner: Option<String>,
    pub(super) generation: u64,
    pub(super) lease_until: u64,
    pub(super) reserved: Option<Reservation>,
}

/// A submission that is bound to the number after that of the lane's holder.
#[derive(Clone)]
pub(super) struct Reservation {
    pub(super) id: SubmissionId,
    pub(super) number: u64,
    pub(super) body: i64,
}

impl LaneRow {
    /// The lane under a key.
    pub(super) fn find(connection: &Connection, key: &str) -> Result<Option<LaneRow>, StoreError> {
        let sql = "SELECT id, key, accepted, recorded, poison, holder, owner, generation, lease_until, reserved, \
             reserved_number, reserved_body FROM lane WHERE key = ?1";
        let found = connection.prepare_cached(sql)?.query_row([key], |row| LaneRow::read(row).map_err(carried));
        found.optional().map_err(StoreError::from)
    }

    /// The lane under a key, made when it is new.
    pub(super) fn open(connection: &Connection, key: &str) -> Result<LaneRow, StoreError> {
        if let Some(found) = LaneRow::find(connection, key)? {
            return Ok(found);
        }
        connection.prepare_cached("INSERT INTO lane (key) VALUES (?1)")?.execute([key])?;
        LaneRow::find(connection, key)?.ok_or_else(|| damaged("lane"))
    }

    fn read(row: &Row<'_>) -> Result<LaneRow, StoreError> {
        let holder: Option<i64> = row.get(5)?;
        let reserved: Option<i64> = row.get(9)?;
        let reservation = |id| -> Result<Reservation, StoreError> {
            Ok(Reservation { id: SubmissionId(id), number: unsigned(row.get(10)?)?, body: row.get(11)? })
        };
        Ok(LaneRow {
            id: row.get(0)?,
            key: row.get(1)?,
            lane: Lane {
                accepted: unsigned(row.get(2)?)?,
                recorded: unsigned(row.get(3)?)?,
                held: holder.is_some(),
                poison: row.get(4)?,
            },
            holder: holder.map(SubmissionId),
            owner: row.get(6)?,
            generation: unsigned(row.get(7)?)?,
            lease_until: unsigned(row.get(8)?)?,
            reserved: reserved.map(reservation).transpose()?,
        })
    }

    /// Writes counter, holder, lease and reservation back.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), StoreError> {
        let sql = "UPDATE lane SET accepted = ?2, recorded = ?3, poison = ?4, holder = ?5, owner = ?6, generation = ?7, \
             lease_until = ?8, reserved = ?9, reserved_number = ?10, reserved_body = ?11 WHERE id = ?1";
        let reserved = self.reserved.as_ref();
        connection.prepare_cached(sql)?.execute(params![
            self.id,
            signed(self.lane.accepted)?,
            signed(self.lane.recorded)?,
            self.lane.poison,
            self.holder.map(|holder| holder.0),
            self.owner,
            signed(self.generation)?,
            signed(self.lease_until)?,
            reserved.map(|reserved| reserved.id.0),
            reserved.map(|reserved| signed(reserved.number)).transpose()?,
            reserved.map(|reserved| reserved.body),
        ])?;
        Ok(())
    }
}

fn next_in_lane() -> String {
    format!(
        "SELECT id FROM submission WHERE scope = ?1 AND lane = ?2 AND state = 'queued' AND waits = 0 AND {} \
         ORDER BY id LIMIT 1",
        row::OPEN
    )
}

/// The submission of a device that is sent next in a lane.
pub(super) fn next_in(connection: &Connection, device: &str, lane: i64) -> Result<Option<SubmissionId>, StoreError> {
    let next =
        connection.prepare_cached(&next_in_lane())?.query_row(params![device, lane], |row| row.get(0)).optional()?;
    Ok(next.map(SubmissionId))
}

/// The next submission of a lane with its document. At most two are `taken`: a holder and what is reserved behind it.
pub(super) fn head(
    connection: &Connection,
    device: &str,
    key: &str,
    taken: &[SubmissionId],
) -> Result<Option<Head>, StoreError> {
    let taken = |place: usize| taken.get(place).map_or(0, |id| id.0);
    let sql = format!(
        "SELECT s.id, s.operation, s.reference, s.document, {} FROM submission s JOIN blob b ON b.id = s.document \
         WHERE s.id = (SELECT id FROM submission WHERE scope = ?1 AND lane = (SELECT id FROM lane WHERE key = ?2) \
         AND state = 'queued' AND waits = 0 AND {} AND id <> ?3 AND id <> ?4 ORDER BY id LIMIT 1)",
        blob::COLUMNS,
        row::OPEN
    );
    let read = |row: &Row<'_>| {
        Ok(Head {
            id: SubmissionId(row.get(0)?),
            operation: row::operation(&row.get::<_, String>(1)?)?,
            reference: row.get(2)?,
            version: row.get(3)?,
            document: blob::unpacked(row, 4)?,
        })
    };
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![device, key, taken(0), taken(1)], |row| read(row).map_err(carried));
    Ok(found.optional()?)
}

/// State and device of a lane's holder.
pub(super) fn holder(connection: &Connection, id: SubmissionId) -> Result<(String, String), StoreError> {
    let sql = "SELECT state, scope FROM submission WHERE id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::super::{SqliteOptions, connect, schema};

    #[test]
    fn the_query_for_the_next_submission_is_compiled_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = connect(&folder.path().join("store.db"), SqliteOptions::default()).expect("a file");
        schema::migrate(&connection).expect("the schema");
        for lane in 0..3 {
            assert_eq!(super::next_in(&connection, "device", lane).expect("an answer"), None);
        }
        let statement = connection.prepare_cached(&super::next_in_lane()).expect("the statement");
        assert_eq!(statement.get_status(StatementStatus::Run), 3, "it is the one that was used");
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
