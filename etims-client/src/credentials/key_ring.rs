//! The vault's keys and the file they live in, apart from the database.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::TryRngCore;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::private_file::{self, PrivateFileError};
use super::vault::VaultError;

/// Bytes of a key's public name.
pub(super) const KEY_ID_BYTES: usize = 4;
const KEY_BYTES: usize = 32;
/// First word of every line of a key file.
const LINE_MARK: &str = "etims-vault-key-1";

/// One encryption key with its public name.
#[derive(Clone)]
pub(super) struct VaultKey {
    id: [u8; KEY_ID_BYTES],
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl VaultKey {
    fn generate() -> Result<VaultKey, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        rand::rngs::OsRng
            .try_fill_bytes(bytes.as_mut_slice())
            .map_err(|error| VaultError::NoRandomness(error.to_string()))?;
        Ok(VaultKey::from_bytes(bytes))
    }

    fn from_bytes(bytes: Zeroizing<[u8; KEY_BYTES]>) -> VaultKey {
        VaultKey { id: digest(b"etims vault key id", &bytes), bytes }
    }

    pub(super) fn id(&self) -> &[u8; KEY_ID_BYTES] {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// `etims-vault-key-1 <id> <key> <check value>`: the check value tells a slip of the pen on a paper backup from a
    /// wrong key.
    fn line(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(STANDARD.encode(self.bytes.as_slice()));
        let check = hex(&digest(b"etims vault key check", &self.bytes));
        Zeroizing::new(format!("{LINE_MARK} {} {} {check}\n", hex(&self.id), key.as_str()))
    }

    fn parse(line: &str) -> Result<VaultKey, &'static str> {
        let mut words = line.split_ascii_whitespace();
        let (Some(LINE_MARK), Some(id), Some(key), Some(check), None) =
            (words.next(), words.next(), words.next(), words.next(), words.next())
        else {
            return Err("is not of the form `etims-vault-key-1 <id> <key> <check value>`");
        };
        let decoded = Zeroizing::new(STANDARD.decode(key).map_err(|_| "holds a key that is not base64")?);
        let bytes = <[u8; KEY_BYTES]>::try_from(decoded.as_slice()).map_err(|_| "holds a key that is not 32 bytes")?;
        let key = VaultKey::from_bytes(Zeroizing::new(bytes));
        if hex(&key.id) != id || hex(&digest(b"etims vault key check", &key.bytes)) != check {
            return Err("holds a key that does not match its check value: a character is wrong");
        }
        Ok(key)
    }
}

fn digest(domain: &[u8], key: &[u8; KEY_BYTES]) -> [u8; KEY_ID_BYTES] {
    let digest = Sha256::new().chain_update(domain).chain_update([0]).chain_update(key).finalize();
    *digest.first_chunk().expect("SHA-256 is longer than a key id")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

/// The keys of a vault, oldest first: the newest seals, all open.
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<VaultKey>,
}

impl KeyRing {
    /// A ring with one new random key.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn generate() -> Result<KeyRing, VaultError> {
        Ok(KeyRing { keys: vec![VaultKey::generate()?] })
    }

    /// Reads the text form, one key a line, as it stands in a key file, a keyring or a variable.
    ///
    /// # Errors
    /// Says which line is wrong and why, without repeating it.
    pub fn from_text(text: &SecretString) -> Result<KeyRing, KeyRingError> {
        let keys: Vec<VaultKey> = (text.expose_secret().lines().enumerate())
            .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
            .map(|(index, line)| VaultKey::parse(line).map_err(|reason| KeyRingError::Line { line: index + 1, reason }))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(KeyRingError::Empty) } else { Ok(KeyRing { keys }) }
    }

    /// The text form, one key a line.
    pub fn to_text(&self) -> SecretString {
        let lines: Zeroizing<String> =
            Zeroizing::new(self.keys.iter().map(|key| key.line().as_str().to_owned()).collect());
        SecretString::from(lines.as_str())
    }

    /// Adds a new random key, which seals from now on.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn rotate(&mut self) -> Result<(), VaultError> {
        self.keys.push(VaultKey::generate()?);
        Ok(())
    }

    /// Takes in the keys of another ring that are not here yet, as older ones. Returns how many.
    pub fn merge(&mut self, other: KeyRing) -> usize {
        let missing: Vec<VaultKey> = other.keys.into_iter().filter(|key| self.key(&key.id).is_none()).collect();
        let count = missing.len();
        self.keys.splice(0..0, missing);
        count
    }

    /// Public names of the keys, oldest first.
    pub fn ids(&self) -> Vec<String> {
        self.keys.iter().map(|key| hex(&key.id)).collect()
    }

    pub(super) fn newest(&self) -> &VaultKey {
        self.keys.last().expect("a ring has a key: it is made with one and none is removed")
    }

    pub(super) fn key(&self, id: &[u8; KEY_ID_BYTES]) -> Option<&VaultKey> {
        self.keys.iter().find(|key| key.id == *id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({})", self.ids().join(", "))
    }
}

/// Why the keys could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// A line is not a key.
    #[error("line {line} of the key file {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// There is no key in it.
    #[error("the key file holds no key")]
    Empty,
    /// The key file would lie beside the database, where one theft takes both.
    #[error("the key file {key} lies in the directory of the database: keep it elsewhere (ETIMS_VAULT_KEY_FILE)")]
    BesideTheDatabase {
        /// The key file.
        key: PathBuf,
    },
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// No random numbers.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// A key ring in a file that only its owner can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key file at `path`, for a database on another machine.
    pub fn new(path: impl Into<PathBuf>) -> KeyFile {
        KeyFile { path: path.into() }
    }

    /// The key file at `path`, for a database at `database`.
    ///
    /// # Errors
    /// [`KeyRingError::BesideTheDatabase`] when it lies in the database's directory or below it.
    pub fn apart_from(path: impl Into<PathBuf>, database: &Path) -> Result<KeyFile, KeyRingError> {
        let path = path.into();
        let directory = |file: &Path| {
            let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            std::fs::canonicalize(parent).or_else(|_| std::path::absolute(parent)).unwrap_or_else(|_| parent.into())
        };
        if directory(&path).starts_with(directory(database)) {
            return Err(KeyRingError::BesideTheDatabase { key: path });
        }
        Ok(KeyFile { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// When the file is missing, readable by others, or holds no keys.
    pub fn read(&self) -> Result<KeyRing, KeyRingError> {
        KeyRing::from_text(&private_file::read_private_file(&self.path)?)
    }

    /// Reads the keys, or makes the file with one new key when there is none yet.
    ///
    /// # Errors
    /// As [`KeyFile::read`], and when the file cannot be written.
    pub fn read_or_create(&self) -> Result<KeyRing, KeyRingError> {
        if self.path.exists() {
            return self.read();
        }
        let ring = KeyRing::generate()?;
        match private_file::create(&self.path, &ring.to_text()) {
            // Another process was faster: its key counts.
            Err(PrivateFileError::Exists { .. }) => self.read(),
            created => created.map(|()| ring).map_err(KeyRingError::from),
        }
    }

    /// Replaces the file's keys in one step: after a crash it holds the old keys or the new ones, never half of them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace(&self, ring: &KeyRing) -> Result<(), KeyRingError> {
        Ok(private_file::replace(&self.path, &ring.to_text())?)
    }

    /// Writes a copy of the keys to a new file that only its owner can read.
    ///
    /// # Errors
    /// When there is such a file already or it cannot be written.
    pub fn backup(&self, to: &Path) -> Result<KeyRing, KeyRingError> {
        let ring = self.read()?;
        private_file::create(to, &ring.to_text())?;
        Ok(ring)
    }

    /// Takes in the keys of a backup that the file does not hold. Returns how many were new.
    ///
    /// # Errors
    /// When the backup or the file cannot be read or written.
    pub fn restore(&self, from: &Path) -> Result<usize, KeyRingError> {
        let backup = KeyRing::from_text(&private_file::read_private_file(from)?)?;
        if !self.path.exists() {
            let count = backup.keys.len();
            private_file::create(&self.path, &backup.to_text())?;
            return Ok(count);
        }
        let mut ring = self.read()?;
        let count = ring.merge(backup);
        if count > 0 {
            self.replace(&ring)?;
        }
        Ok(count)
    }
}
