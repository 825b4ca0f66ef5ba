//! Files that only their owner can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Larger than any file of secrets, small enough to refuse a wrong path.
const LARGEST: u64 = 64 * 1024;

/// Why a file of secrets cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateFileError {
    /// There is no such file.
    #[error("there is no file {path}")]
    Missing {
        /// Its path.
        path: PathBuf,
    },
    /// There is such a file already; secrets are not overwritten.
    #[error("{path} exists already and is not overwritten")]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// Others than the owner can read it.
    #[error(
        "{path} can be read by others (mode {mode:04o}): `chmod 600` it, and replace the secrets if others may have read them"
    )]
    TooOpen {
        /// Its path.
        path: PathBuf,
        /// Permission bits.
        mode: u32,
    },
    /// Too large, or not UTF-8 text.
    #[error("{path} is not a file of secrets: it is too large or not text")]
    NotText {
        /// Its path.
        path: PathBuf,
    },
    /// The operating system said no.
    #[error("{path} cannot be {attempted}: {reason}")]
    Io {
        /// Its path.
        path: PathBuf,
        /// What was tried: "read", "written".
        attempted: &'static str,
        /// The operating system's words.
        reason: io::Error,
    },
}

/// Reads a file of secrets after checking who else can.
///
/// # Errors
/// When it is missing, readable by others (where the system has modes), larger than 64 KiB, or not text.
pub fn read_private_file(path: &Path) -> Result<SecretString, PrivateFileError> {
    let failed = |reason: io::Error| match reason.kind() {
        io::ErrorKind::NotFound => PrivateFileError::Missing { path: path.into() },
        _ => PrivateFileError::Io { path: path.into(), attempted: "read", reason },
    };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(PrivateFileError::TooOpen { path: path.into(), mode });
        }
    }
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(PrivateFileError::NotText { path: path.into() });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    Read::by_ref(&mut file).take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| PrivateFileError::NotText { path: path.into() })?;
    Ok(SecretString::from(text))
}

/// Writes a new file of secrets, durable when this returns.
pub(super) fn create(path: &Path, text: &SecretString) -> Result<(), PrivateFileError> {
    let failed = |reason: io::Error| match reason.kind() {
        io::ErrorKind::AlreadyExists => PrivateFileError::Exists { path: path.into() },
        _ => PrivateFileError::Io { path: path.into(), attempted: "written", reason },
    };
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.expose_secret().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    sync_directory(path).map_err(failed)
}

/// Puts new contents in the place of a file in one step.
pub(super) fn replace(path: &Path, text: &SecretString) -> Result<(), PrivateFileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = PathBuf::from(name);
    // What a crash left behind was never in use.
    match std::fs::remove_file(&fresh) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
            return Err(PrivateFileError::Io { path: fresh, attempted: "removed", reason });
        }
        _ => {}
    }
    create(&fresh, text)?;
    std::fs::rename(&fresh, path).and_then(|()| sync_directory(path)).map_err(|reason| PrivateFileError::Io {
        path: path.into(),
        attempted: "written",
        reason,
    })
}

/// Makes a new or renamed directory entry durable.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(directory) = path.parent()
    {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
