//! From settings to a working device: store, keys, line to KRA, outbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use etims_core::codes::PaymentCodes;
use etims_core::submission::Limits;

use crate::config::{Config, StoreAddress, VaultKeys};
use crate::connection::Connection;
use crate::credentials::{KeyFile, KeyRing, KeyRingError, SecretName, SourceError, Vault};
use crate::device::{Device, DeviceParts};
use crate::error::Error;
use crate::line::{Line, LineError};
use crate::metrics::Metrics;
use crate::offline::ContactFile;
use crate::outbox::Pace;
use crate::store::sqlite::SqliteOptions;
use crate::store::{SqliteStore, Store, StoreError};

/// A signature that comes this long after the document is called late.
const LATE_AFTER: Duration = Duration::from_secs(15 * 60);

/// Why a device could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Credentials, TLS roots or proxy.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault's keys.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// The vault's keys are not where the settings say.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The key file is gone while the store holds secrets that need it.
    #[error(
        "the key file {0} is missing, but the store holds a device whose key was sealed with it: bring back the backup \
         (`etims key restore`); a new key would not open it"
    )]
    KeyFileMissing(PathBuf),
    /// The store is of a kind that this build lacks.
    #[error("this build has no {0} store")]
    NoSuchStore(&'static str),
    /// A directory could not be made.
    #[error("the directory {directory} cannot be made: {reason}")]
    Directory {
        /// Which one.
        directory: PathBuf,
        /// The operating system's words.
        reason: std::io::Error,
    },
    /// The device itself.
    #[error(transparent)]
    Device(#[from] Error),
}

impl Config {
    /// The name of the device in its store: environment, PIN and branch.
    pub fn scope(&self) -> String {
        let seller = &self.seller;
        format!("{}/{}/{}", seller.environment.name(), seller.pin.as_str(), seller.branch.as_str())
    }

    /// Opens the store, and makes it when there is none.
    ///
    /// # Errors
    /// When it cannot be made, is damaged, or is of a kind that this build lacks.
    pub fn open_store(&self) -> Result<Arc<dyn Store>, OpenError> {
        match &self.store {
            StoreAddress::File(path) => {
                make_directory(path)?;
                let options = SqliteOptions { request_timeout: self.timeouts.write, ..SqliteOptions::default() };
                Ok(Arc::new(SqliteStore::open(path, options)?))
            }
            StoreAddress::Postgres(_) => Err(OpenError::NoSuchStore("PostgreSQL")),
        }
    }

    /// The key file, when the keys are in one.
    ///
    /// # Errors
    /// When it would lie beside the database.
    pub fn key_file(&self) -> Result<Option<KeyFile>, KeyRingError> {
        match (&self.vault_keys, &self.store) {
            (VaultKeys::Source, _) => Ok(None),
            (VaultKeys::File(path), StoreAddress::File(database)) => KeyFile::apart_from(path, database).map(Some),
            (VaultKeys::File(path), StoreAddress::Postgres(_)) => Ok(Some(KeyFile::new(path))),
        }
    }

    /// Reads the vault's keys. A key file is made when there is none, unless the store already holds secrets.
    ///
    /// # Errors
    /// When the keys are missing or cannot be read.
    pub async fn open_vault(&self, store: &dyn Store) -> Result<Vault, OpenError> {
        let ring = match self.key_file()? {
            Some(file) => {
                if !file.path().exists() {
                    let sealed = store.device(&self.scope()).await?;
                    if sealed.is_some_and(|device| device.sealed_key.or(device.sealed_answer).is_some()) {
                        return Err(OpenError::KeyFileMissing(file.path().into()));
                    }
                }
                file.read_or_create()?
            }
            None => KeyRing::from_text(&self.secrets.read(self.environment(), SecretName::VaultKeys)?)?,
        };
        Ok(Vault::new(ring))
    }

    /// Opens the device: store, keys, line to KRA, outbox. What was left unfinished is taken up at once.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_device(&self) -> Result<Device, OpenError> {
        self.open_device_watched(None).await
    }

    /// [`Config::open_device`], with somebody who watches the line to KRA.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_device_watched(&self, metrics: Option<Arc<dyn Metrics>>) -> Result<Device, OpenError> {
        let store = self.open_store()?;
        let vault = self.open_vault(store.as_ref()).await?;
        let line = Line::open(self)?;
        let line = Arc::new(match metrics {
            Some(metrics) => line.with_metrics(metrics),
            None => line,
        });
        let connection = Connection::new(line, self.seller.pin, self.seller.branch)
            .with_offline_limits(self.offline, self.contact_file());
        let parts = DeviceParts {
            seller: self.seller.clone(),
            settings: self.settings.clone(),
            payment_codes: PaymentCodes::default(),
            store,
            connection: Arc::new(connection),
            vault,
            limits: Limits::for_timeout(self.timeouts.write.as_millis().try_into().unwrap_or(u64::MAX)),
            pace: Pace::default(),
            late_after: LATE_AFTER,
        };
        Ok(Device::open(parts).await?)
    }

    /// Where the time of a VSCU's last answer is kept: beside the store, one for each device.
    pub fn contact_file(&self) -> Option<ContactFile> {
        let StoreAddress::File(path) = &self.store else { return None };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.contact", self.scope().replace('/', "-")));
        Some(ContactFile::new(path.with_file_name(name)))
    }
}

fn make_directory(file: &Path) -> Result<(), OpenError> {
    match file.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        Some(directory) => std::fs::create_dir_all(directory)
            .map_err(|reason| OpenError::Directory { directory: directory.into(), reason }),
        None => Ok(()),
    }
}
