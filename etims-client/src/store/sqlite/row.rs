//! Rows as records and back.

use etims_core::submission::{Lane, State};
use etims_core::wire::{Dialect, Operation};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::store::{DeviceRow, DeviceStatus, JournalRow, StoreError, SubmissionId, SubmissionRow};

/// The columns [`submission`] reads.
pub(super) const SUBMISSION_COLUMNS: &str = "s.id, s.scope, s.dialect, s.operation, l.key, s.reference, s.digest, \
     s.detail, s.receipt, s.note, s.waits, s.issued_at, s.created_at, s.settled_at";

/// Submissions that somebody may still have to do something about. Written exactly as in the index `submission_open`,
/// which SQLite uses only then.
pub(super) const OPEN: &str = "state NOT IN ('signed', 'recorded', 'cancelled', 'paper_only')";

/// The columns [`device`] reads.
pub(super) const DEVICE_COLUMNS: &str = "scope, dialect, serial, status, identity, sealed_answer, sealed_key";

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Failed(format!("the store holds an unreadable {what}"))
}

/// Reads a row of [`SUBMISSION_COLUMNS`], without the document.
pub(super) fn submission(row: &Row<'_>) -> Result<SubmissionRow, StoreError> {
    let digest: Vec<u8> = row.get(6)?;
    let receipt: Option<String> = row.get(8)?;
    Ok(SubmissionRow {
        id: SubmissionId(row.get(0)?),
        device: row.get(1)?,
        dialect: dialect(&row.get::<_, String>(2)?)?,
        operation: operation(&row.get::<_, String>(3)?)?,
        lane: row.get(4)?,
        reference: row.get(5)?,
        digest: digest.try_into().map_err(|_| damaged("digest"))?,
        state: state(&row.get::<_, String>(7)?)?,
        receipt: match receipt {
            Some(json) => Some(serde_json::from_str(&json).map_err(|_| damaged("receipt"))?),
            None => None,
        },
        note: row.get(9)?,
        waits_for: row.get(10)?,
        issued_at: row.get(11)?,
        created_at: row.get(12)?,
        settled_at: row.get(13)?,
        document: Vec::new(),
    })
}

pub(super) fn state(json: &str) -> Result<State, StoreError> {
    serde_json::from_str(json).map_err(|_| damaged("state"))
}

pub(super) fn dialect(name: &str) -> Result<Dialect, StoreError> {
    Dialect::from_name(name).ok_or_else(|| damaged("dialect"))
}

pub(super) fn operation(name: &str) -> Result<Operation, StoreError> {
    Operation::from_name(name).ok_or_else(|| damaged("operation"))
}

/// A lane with everything that is stored of it.
pub(super) struct LaneRow {
    pub(super) id: i64,
    pub(super) key: String,
    pub(super) lane: Lane,
    pub(super) holder: Option<SubmissionId>,
    pub(super) owner: Option<String>,
    pub(super) generation: u64,
    pub(super) lease_until: u64,
}

impl LaneRow {
    /// The lane under a key.
    pub(super) fn find(connection: &Connection, key: &str) -> Result<Option<LaneRow>, StoreError> {
        let sql = "SELECT id, key, accepted, recorded, poison, holder, owner, generation, lease_until FROM lane WHERE key = ?1";
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
        })
    }

    /// Writes counter, holder and lease back.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), StoreError> {
        let sql = "UPDATE lane SET accepted = ?2, recorded = ?3, poison = ?4, holder = ?5, owner = ?6, generation = ?7, \
             lease_until = ?8 WHERE id = ?1";
        connection.prepare_cached(sql)?.execute(params![
            self.id,
            signed(self.lane.accepted)?,
            signed(self.lane.recorded)?,
            self.lane.poison,
            self.holder.map(|holder| holder.0),
            self.owner,
            signed(self.generation)?,
            signed(self.lease_until)?,
        ])?;
        Ok(())
    }
}

pub(super) fn device(row: &Row<'_>) -> Result<DeviceRow, StoreError> {
    let status: String = row.get(3)?;
    Ok(DeviceRow {
        device: row.get(0)?,
        dialect: dialect(&row.get::<_, String>(1)?)?,
        serial: row.get(2)?,
        status: DeviceStatus::ALL
            .into_iter()
            .find(|known| known.name() == status)
            .ok_or_else(|| damaged("device status"))?,
        identity: row.get(4)?,
        sealed_answer: row.get(5)?,
        sealed_key: row.get(6)?,
    })
}

pub(super) fn journal(row: &Row<'_>) -> Result<JournalRow, StoreError> {
    let hash: Vec<u8> = row.get(6)?;
    let blob: Option<Vec<u8>> = row.get(5)?;
    Ok(JournalRow {
        place: unsigned(row.get(0)?)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        submission: row.get::<_, Option<i64>>(3)?.map(SubmissionId),
        detail: row.get(4)?,
        blob: blob.map(|blob| blob.try_into().map_err(|_| damaged("journal hash"))).transpose()?,
        hash: hash.try_into().map_err(|_| damaged("journal hash"))?,
    })
}

/// SQLite's integers are signed; ours count.
pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Failed(format!("{number} is too large to be stored")))
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| damaged("number"))
}

/// Carries our own error through a row callback.
pub(super) fn carried(error: StoreError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
