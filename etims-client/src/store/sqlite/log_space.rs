use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::Connection;

use super::soundness::beside;
use crate::store::StoreError;

/// Pages of write-ahead log after which it is moved into the file and begun again.
pub(super) const CHECKPOINT_PAGES: u32 = 1000;
/// What the log grows to before that: every page with its frame, and some for the commit that goes over.
const LOG_BYTES: u64 = (CHECKPOINT_PAGES as u64 + 100) * (4096 + 24);

/// Gives the write-ahead log the space it will need, in written zeros. A commit that makes a file longer waits for the
/// file system's own journal too, which costs some forty times as much as the data; and on a full disk there is still
/// room for the answers that are on their way.
///
/// SQLite reads the log up to the first frame that is not of its present round, as it does after every round. The
/// write lock keeps others from appending meanwhile.
pub(super) fn reserve(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let log = OpenOptions::new().write(true).open(beside(path, "-wal"));
    if let Ok(mut log) = log {
        // A disk without that much space has to do without.
        let _ = lengthen(&mut log);
    }
    Ok(connection.execute_batch("ROLLBACK")?)
}

fn lengthen(log: &mut File) -> std::io::Result<()> {
    let length = log.metadata()?.len();
    if length >= LOG_BYTES {
        return Ok(());
    }
    let missing = usize::try_from(LOG_BYTES - length).unwrap_or(0);
    log.seek(SeekFrom::Start(length))?;
    let written = log.write_all(&vec![0; missing]).and_then(|()| log.sync_all());
    if written.is_err() {
        log.set_len(length)?;
    }
    written
}
