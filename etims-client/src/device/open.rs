use std::sync::Arc;
use std::time::Duration;

use etims_core::codes::PaymentCodes;
use etims_core::submission::Limits;

use super::{Device, DeviceParts};
use crate::config::{Config, StoreAddress, VaultKeys};
use crate::connection::Connection;
use crate::credentials::{KeyFile, KeyRing, SecretName, Vault};
use crate::error::Error;
use crate::events;
use crate::outbox::Pace;
use crate::store::sqlite::{SqliteOptions, SqliteStore};

/// A signature that comes this much after the document's own time is called late.
const LATE_AFTER: Duration = Duration::from_secs(300);

impl DeviceParts {
    /// The parts of a configured device: its SQLite store, its vault and its line to KRA.
    ///
    /// # Errors
    /// The store, the key file or the line cannot be opened.
    pub fn from_config(config: &Config) -> Result<DeviceParts, Error> {
        let StoreAddress::File(path) = &config.store else {
            return Err(Error::Misuse("only SQLite stores can be opened: give the path of a file".to_owned()));
        };
        if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory).map_err(crate::store::StoreError::from)?;
        }
        // Before anything is made: without credentials there is nothing to keep.
        let connection = Arc::new(Connection::open(config)?);
        let vault = Vault::new(match &config.vault_keys {
            VaultKeys::File(file) => KeyFile::apart_from(file, path)?.read_or_create()?,
            VaultKeys::Source => {
                KeyRing::from_text(&config.secrets.read(config.environment(), SecretName::VaultKeys)?)?
            }
        });
        let request_timeout = config.timeouts.write;
        let store = SqliteStore::open(path, SqliteOptions { request_timeout, ..SqliteOptions::default() })?;
        let milliseconds = u64::try_from(request_timeout.as_millis()).unwrap_or(u64::MAX);
        Ok(DeviceParts {
            seller: config.seller.clone(),
            settings: config.settings.clone(),
            payment_codes: PaymentCodes::default(),
            codes: config.codes(),
            counters: config.counters,
            store: Arc::new(store),
            connection,
            vault,
            limits: Limits::for_timeout(milliseconds),
            pace: Pace::default(),
            late_after: LATE_AFTER,
            events: events::channel(),
            idle: false,
            observer: None,
        })
    }
}

impl Device {
    /// Opens the configured device with its own store, vault and line to KRA. See [`Device::with_parts`].
    ///
    /// # Errors
    /// As [`DeviceParts::from_config`] and [`Device::with_parts`].
    pub async fn open(config: &Config) -> Result<Device, Error> {
        Device::with_parts(DeviceParts::from_config(config)?).await
    }
}
