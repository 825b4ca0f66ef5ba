//! Bytes kept beside the rows that refer to them: documents, request bodies, answers.
//!
//! What is long is packed (LZ4): an invoice takes a third of the space, and a commit has so much less to write.

use etims_core::journal::Hash;
use rusqlite::{Connection, Row, params};

use super::row::damaged;
use crate::store::StoreError;

/// Shorter bytes are kept as they are, and longer ones than what anybody sends.
const WORTH_PACKING: u32 = 512;
const LONGEST: u32 = 256 << 20;

/// The columns [`unpacked`] reads.
pub(super) const COLUMNS: &str = "b.bytes, b.plain";

/// Keeps bytes. Returns their id.
pub(super) fn keep(connection: &Connection, hash: &Hash, bytes: &[u8]) -> Result<i64, StoreError> {
    let plain = u32::try_from(bytes.len()).ok().filter(|plain| (WORTH_PACKING..=LONGEST).contains(plain));
    let packed = plain.map(|_| lz4_flex::compress(bytes));
    let sql = "INSERT INTO blob (hash, bytes, plain) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![hash, packed.as_deref().unwrap_or(bytes), plain])?;
    Ok(connection.last_insert_rowid())
}

/// The bytes kept under `id`.
pub(super) fn read(connection: &Connection, id: i64) -> Result<Vec<u8>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM blob b WHERE b.id = ?1");
    connection.prepare_cached(&sql)?.query_row([id], |row| Ok(unpacked(row, 0)))?
}

/// The bytes of a row that has [`COLUMNS`] from `first` on.
pub(super) fn unpacked(row: &Row<'_>, first: usize) -> Result<Vec<u8>, StoreError> {
    let bytes = row.get_ref(first)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let bytes = bytes.ok_or_else(|| StoreError::Failed("the bytes were erased".to_owned()))?;
    let Some(plain) = row.get::<_, Option<u32>>(first + 1)? else { return Ok(bytes.to_vec()) };
    let unpacked = (plain <= LONGEST).then(|| lz4_flex::decompress(bytes, plain as usize).ok()).flatten();
    unpacked.ok_or_else(|| damaged("document or body"))
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
