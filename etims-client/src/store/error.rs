use std::path::PathBuf;

use etims_core::submission::Misfit;

/// Why the store did not do what was asked. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The reference stands for another document already.
    #[error(
        "reference {reference} was used for another document ({state}); the same document may be submitted again, a changed one needs a reference of its own"
    )]
    ReferenceTaken {
        /// The reference.
        reference: String,
        /// State of the document that has it.
        state: &'static str,
    },
    /// The reference names nothing.
    #[error("nothing is stored under {0}")]
    Unknown(String),
    /// The submission is not in a state where this can be done.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// Another submission waits for this one.
    #[error("{dependent} depends on it: cancel that first")]
    Needed {
        /// Reference of the dependent one.
        dependent: String,
    },
    /// Another credit note for the same sale came first: what is left to credit has changed.
    #[error("another credit note for the same sale was stored meanwhile: check what is left and submit again")]
    CreditedMeanwhile,
    /// Somebody else holds the lane by now.
    #[error("the lane was taken over by another process; this one stops working on it")]
    Superseded,
    /// The device was initialised here before, or an initialisation was interrupted.
    #[error("{0}")]
    Device(String),
    /// The disk is full.
    #[error("the disk that holds the store is full: {0}")]
    Full(String),
    /// The file is damaged and was set aside.
    #[error(
        "the store is damaged ({reason}) and was set aside as {set_aside}; no number is given out until you restore a backup or begin anew: then remove {marker}"
    )]
    Corrupt {
        /// What the check found.
        reason: String,
        /// Where the damaged file is now.
        set_aside: PathBuf,
        /// The marker that keeps this store closed.
        marker: PathBuf,
    },
    /// The store holds less than it did: an older copy was put back.
    #[error(
        "the store is an older copy of itself: {0}. Submit what was sold since then again under its old references, then let it go on (etims drain --resume)"
    )]
    Restored(String),
    /// Made by a newer version of this library.
    #[error("the store has schema {found}, this library knows {known}: upgrade the library")]
    TooNew {
        /// Schema of the file.
        found: u32,
        /// Newest schema known.
        known: u32,
    },
    /// The database engine or the file system failed.
    #[error("the store failed: {0}")]
    Failed(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&error)
    }
}

impl StoreError {
    pub(crate) fn from_sqlite(error: &rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full(error.to_string()),
            _ => StoreError::Failed(error.to_string()),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::Full(error.to_string()),
            _ => StoreError::Failed(error.to_string()),
        }
    }
}

impl StoreError {
    /// Whether the store could not be written, so that an answer has to be put aside.
    pub fn is_storage(&self) -> bool {
        matches!(self, StoreError::Full(_) | StoreError::Failed(_))
    }
}
