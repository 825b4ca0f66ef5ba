//! From settings to a device: store, line, keys.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use etims_core::codes::PaymentCodes;
use etims_core::submission::Limits;

use super::{Device, DeviceParts};
use crate::config::{Config, StoreAddress, VaultKeys};
use crate::connection::Connection;
use crate::credentials::{KeyFile, KeyRing, SecretName, Vault};
use crate::error::Error;
use crate::outbox::Pace;
use crate::store::Store;
use crate::store::sqlite::{SqliteOptions, SqliteStore};

/// A signature this much younger than its document is called late.
const LATE_AFTER: Duration = Duration::from_secs(15 * 60);

impl Device {
    /// Opens the device of a configuration: its store, its keys and its line to KRA. What was left unfinished is taken
    /// up at once.
    ///
    /// # Errors
    /// The store is damaged or of a newer version, the keys cannot be read, or the line cannot be set up.
    pub async fn open(config: &Config) -> Result<Device, Error> {
        let StoreAddress::File(path) = &config.store else {
            return Err(Error::Misuse("PostgreSQL stores are not there yet: give store.path a file".to_owned()));
        };
        let options = SqliteOptions { request_timeout: config.timeouts.write, ..SqliteOptions::default() };
        let vault = Vault::new(key_ring(config, path)?);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path, options)?);
        let connection = Arc::new(Connection::open(config)?);
        let timeout = u64::try_from(config.timeouts.write.as_millis()).unwrap_or(u64::MAX);
        Device::assemble(DeviceParts {
            seller: config.seller.clone(),
            settings: config.settings.clone(),
            payment_codes: PaymentCodes::default(),
            store,
            connection,
            vault,
            limits: Limits::for_timeout(timeout),
            pace: Pace::default(),
            late_after: LATE_AFTER,
        })
        .await
    }
}

fn key_ring(config: &Config, database: &Path) -> Result<KeyRing, Error> {
    match &config.vault_keys {
        VaultKeys::File(path) => Ok(KeyFile::apart_from(path, database)?.read_or_create()?),
        VaultKeys::Source => {
            let text = config.secrets.read(config.environment(), SecretName::VaultKeys)?;
            Ok(KeyRing::from_text(&text)?)
        }
    }
}
