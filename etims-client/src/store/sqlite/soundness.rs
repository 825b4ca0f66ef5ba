//! Before a file is trusted: is it whole, and is it as new as it once was?

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::clock;
use crate::store::StoreError;

/// Files up to this size are checked with all their indexes on every open; larger ones page by page, and only after an
/// end without farewell.
const SMALL_BYTES: u64 = 16 * 1024 * 1024;

/// A path beside the store: `FILE` and a suffix.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn marker(path: &Path) -> PathBuf {
    beside(path, ".set-aside")
}

/// Refuses a store that was set aside and not decided about, and sets a damaged one aside. `unclean`: its last owner
/// ended without farewell.
pub(super) fn check(path: &Path, unclean: bool, others_alive: bool) -> Result<(), StoreError> {
    let marker = marker(path);
    if let Ok(text) = fs::read_to_string(&marker) {
        let mut lines = text.lines().map(str::to_owned);
        let set_aside = PathBuf::from(lines.next().unwrap_or_default());
        return Err(StoreError::Corrupt { reason: lines.next().unwrap_or_default(), set_aside, marker });
    }
    let Ok(metadata) = fs::metadata(path) else { return Ok(()) };
    if !metadata.is_file() {
        let place = path.display();
        return Err(StoreError::Failed(format!("{place} is no file: name one, such as {place}/etims.db")));
    }
    if metadata.len() == 0 || others_alive {
        return Ok(());
    }
    let check = match (metadata.len() <= SMALL_BYTES, unclean) {
        (true, _) => Some("PRAGMA integrity_check(1)"),
        (false, true) => Some("PRAGMA quick_check(1)"),
        (false, false) => None,
    };
    let Some(reason) = damage(path, check)? else { return Ok(()) };
    let set_aside = beside(path, &format!(".damaged-{}", clock::calendar()));
    // The marker first: whatever happens in between, no empty store is taken for this one.
    let mut file = File::create(&marker)?;
    writeln!(file, "{}\n{reason}", set_aside.display())?;
    file.sync_all()?;
    for suffix in ["-wal", "-shm", ""] {
        let part = beside(path, suffix);
        if part.exists() {
            fs::rename(part, beside(&set_aside, suffix))?;
        }
    }
    Err(StoreError::Corrupt { reason, set_aside, marker })
}

/// What is wrong with the file's content. A file that cannot be read, for want of a permission or because somebody else
/// has it, is not damaged.
fn damage(path: &Path, check: Option<&str>) -> Result<Option<String>, StoreError> {
    match examine(path, check) {
        Ok(verdict) => Ok(verdict.filter(|verdict| verdict != "ok")),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(Some(error.to_string())),
            _ => Err(StoreError::Failed(format!("{} cannot be read: {error}", path.display()))),
        },
    }
}

fn examine(path: &Path, check: Option<&str>) -> rusqlite::Result<Option<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let check = check.filter(|_| tables > 0);
    check.map(|check| connection.query_row(check, [], |row| row.get(0))).transpose()
}

/// How far the store has grown, in a small file of its own: when an older copy of the store is put back, the file
/// still tells.
pub(super) struct Mark(File);

impl Mark {
    /// Opens the mark of a store; what it says is compared with what the store has.
    pub(super) fn open(path: &Path) -> Result<Mark, StoreError> {
        let path = beside(path, ".mark");
        Ok(Mark(OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?))
    }

    /// What was noted last; 0 when nothing was.
    pub(super) fn read(&mut self) -> Result<u64, StoreError> {
        let mut bytes = [0; 8];
        self.0.seek(SeekFrom::Start(0))?;
        match self.0.read_exact(&mut bytes) {
            Ok(()) => Ok(u64::from_be_bytes(bytes)),
            Err(_) => Ok(0),
        }
    }

    /// Notes how far the store has grown. Written after the commit and not synced: it never claims too much.
    pub(super) fn write(&mut self, growth: u64) -> std::io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(&growth.to_be_bytes())
    }
}
