use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use etims_core::journal::{self, Hash};
use serde::{Deserialize, Serialize};

use crate::store::{Evidence, Hold, StoreError};

/// Space reserved for answers that cannot be written to a full disk. A save's answer is well below a kilobyte.
const SPILL_BYTES: usize = 256 * 1024;
/// First bytes of an answer put aside.
const SPILL_MARK: &[u8; 8] = b"ETSPILL1";
const HEAD_BYTES: usize = SPILL_MARK.len() + 4 + size_of::<Hash>();
/// Files that are being made; nobody may take them for a dead owner's.
const UNFINISHED: &str = "new-";

/// A living owner: a file that is locked as long as the process lives, with space for answers that cannot be stored.
pub(super) struct Presence {
    pub(super) owner: String,
    path: PathBuf,
    file: File,
    used: usize,
    waiting: Vec<Hold>,
}

/// An answer put aside.
#[derive(Serialize, Deserialize)]
pub(super) struct Spilled {
    lane: String,
    id: crate::store::SubmissionId,
    generation: u64,
    evidence: Evidence,
}

impl Spilled {
    pub(super) fn into_parts(self) -> (Hold, Evidence) {
        let Spilled { lane, id, generation, evidence } = self;
        let deadline = evidence.at;
        (Hold { lane, id, generation, deadline }, evidence)
    }
}

impl Presence {
    /// Locks a new owner file in `directory`.
    pub(super) fn announce(directory: &Path) -> Result<Presence, StoreError> {
        fs::create_dir_all(directory)?;
        let owner = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
        let unfinished = directory.join(format!("{UNFINISHED}{owner}"));
        let path = directory.join(&owner);
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&unfinished)?;
        file.lock()?;
        // Written, not merely sized: the blocks have to be ours before the disk is full.
        file.write_all(&vec![0; SPILL_BYTES])?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        File::open(directory)?.sync_all()?;
        Ok(Presence { owner, path, file, used: 0, waiting: Vec::new() })
    }

    /// Puts an answer aside, fsynced, without taking a block from the disk.
    pub(super) fn spill(&mut self, hold: &Hold, evidence: &Evidence) -> Result<(), StoreError> {
        let spilled =
            Spilled { lane: hold.lane.clone(), id: hold.id, generation: hold.generation, evidence: evidence.clone() };
        let payload = serde_json::to_vec(&spilled).expect("evidence holds nothing that JSON cannot express");
        let end = self.used + HEAD_BYTES + payload.len();
        if end > SPILL_BYTES {
            return Err(StoreError::Full("the space reserved for unstorable answers is used up".to_owned()));
        }
        let mut entry = Vec::with_capacity(HEAD_BYTES + payload.len());
        entry.extend_from_slice(SPILL_MARK);
        entry.extend_from_slice(&u32::try_from(payload.len()).expect("below the reserved space").to_be_bytes());
        entry.extend_from_slice(&journal::digest(&payload));
        entry.extend_from_slice(&payload);
        self.file.seek(SeekFrom::Start(self.used as u64))?;
        self.file.write_all(&entry)?;
        self.file.sync_data()?;
        self.used = end;
        self.waiting.push(hold.clone());
        Ok(())
    }

    /// What was put aside for this hold is stored now; when that was all, the space is free again.
    pub(super) fn stored(&mut self, hold: &Hold) -> Result<(), StoreError> {
        if self.used == 0 {
            return Ok(());
        }
        self.waiting.retain(|waiting| waiting != hold);
        if !self.waiting.is_empty() {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&vec![0; self.used])?;
        self.file.sync_data()?;
        self.used = 0;
        Ok(())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.used == 0 {
            // A file left behind only says that its owner is gone, which is true.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn read_spill(file: &mut File) -> Result<Vec<Spilled>, StoreError> {
    let mut bytes = Vec::with_capacity(SPILL_BYTES);
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while let Some((mark, after)) = rest.split_first_chunk::<8>()
        && mark == SPILL_MARK
        && let Some((length, after)) = after.split_first_chunk::<4>()
        && let Some((hash, after)) = after.split_first_chunk::<32>()
        && let Some((payload, after)) = after.split_at_checked(u32::from_be_bytes(*length) as usize)
        && journal::digest(payload) == *hash
        && let Ok(entry) = serde_json::from_slice(payload)
    {
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

/// Whether an owner is gone: its file is missing or nobody holds its lock.
pub(super) fn is_dead(directory: &Path, owner: &str) -> bool {
    match File::open(directory.join(owner)) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(file) => match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        },
    }
}

/// A dead owner, locked by us while we wind it up.
pub(super) struct Estate {
    path: PathBuf,
    file: File,
}

impl Estate {
    /// What the dead owner put aside.
    pub(super) fn spilled(&mut self) -> Result<Vec<Spilled>, StoreError> {
        read_spill(&mut self.file)
    }

    /// Removes the file.
    pub(super) fn close(self) -> Result<(), StoreError> {
        Ok(fs::remove_file(&self.path)?)
    }
}

/// The dead owners of a directory, and whether any other owner is alive.
pub(super) fn estates(directory: &Path, ourselves: Option<&str>) -> Result<(Vec<Estate>, bool), StoreError> {
    let mut dead = Vec::new();
    let mut others_alive = false;
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((dead, others_alive)),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if ourselves == Some(name) || name.starts_with(UNFINISHED) {
            continue;
        }
        let Ok(file) = OpenOptions::new().read(true).write(true).open(entry.path()) else { continue };
        match file.try_lock() {
            Ok(()) => dead.push(Estate { path: entry.path(), file }),
            Err(_) => others_alive = true,
        }
    }
    Ok((dead, others_alive))
}
