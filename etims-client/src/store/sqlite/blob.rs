//! Bytes kept beside the rows that refer to them: documents, request bodies, answers.

use etims_core::journal::Hash;
use rusqlite::{Connection, params};

use crate::store::StoreError;

/// Keeps bytes. Returns their id.
pub(super) fn keep(connection: &Connection, hash: &Hash, bytes: &[u8]) -> Result<i64, StoreError> {
    connection.prepare_cached("INSERT INTO blob (hash, bytes) VALUES (?1, ?2)")?.execute(params![hash, bytes])?;
    Ok(connection.last_insert_rowid())
}

/// The bytes kept under `id`.
pub(super) fn read(connection: &Connection, id: i64) -> Result<Vec<u8>, StoreError> {
    let bytes: Option<Vec<u8>> =
        connection.prepare_cached("SELECT bytes FROM blob WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    bytes.ok_or_else(erased)
}

pub(super) fn erased() -> StoreError {
    StoreError::Failed("the bytes were erased".to_owned())
}

/// Whether the bytes kept under `id` are those of `hash`.
pub(super) fn has_hash(connection: &Connection, id: i64, hash: &Hash) -> bool {
    let sql = "SELECT hash = ?2 FROM blob WHERE id = ?1";
    let same = connection.prepare_cached(sql).and_then(|mut sql| sql.query_row(params![id, hash], |row| row.get(0)));
    same.unwrap_or(false)
}

/// A number that only grows: a copy of the store cannot have a higher one than the original had when it was made.
pub(super) fn growth(connection: &Connection) -> rusqlite::Result<u64> {
    let newest: i64 =
        connection.prepare_cached("SELECT coalesce(max(id), 0) FROM blob")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(newest).unwrap_or(0))
}
