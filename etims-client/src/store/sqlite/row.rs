//! Rows as records and back.

use etims_core::submission::State;
use etims_core::wire::{Dialect, Operation};
use rusqlite::Row;

use crate::store::{DeviceRow, DeviceStatus, JournalRow, StoreError, SubmissionId, SubmissionRow};

/// The columns [`submission`] reads.
pub(super) const SUBMISSION_COLUMNS: &str = "s.id, s.scope, s.dialect, s.operation, l.key, s.reference, s.digest, \
     s.detail, s.receipt, s.note, s.waits, s.issued_at, s.created_at, s.settled_at";

/// Submissions that somebody may still have to do something about, but for those that are out: they hold their lanes.
/// Written exactly as in the index `submission_open`, which SQLite uses only then.
pub(super) const OPEN: &str = "state <> 'in_flight' AND state <> 'signed' AND state <> 'recorded' \
     AND state <> 'cancelled' AND state <> 'paper_only'";

/// The columns [`device`] reads.
pub(super) const DEVICE_COLUMNS: &str = "scope, dialect, serial, status, identity, sealed_answer, sealed_key";

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Failed(format!("the store holds an unreadable {what}"))
}

/// Reads a row of [`SUBMISSION_COLUMNS`].
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
