//! Settings from code, a TOML file and variables, checked together: one error lists everything that is wrong.
//!
//! ```
//! use etims_client::config::Config;
//!
//! let config = Config::builder()
//!     .toml("dialect = \"oscu\"\npin = \"P000070007R\"\nserial = \"SHOP1-TILL1\"\n[timeouts]\nwrite = 90")
//!     .set("branch", "01")
//!     .build()?;
//! assert_eq!(config.timeouts.write.as_secs(), 90);
//! # Ok::<(), etims_client::config::ConfigError>(())
//! ```

mod error;
mod hosts;
mod keys;
mod layers;
mod parse;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etims_core::party::Seller;
use etims_core::pin::{BranchId, Pin};
use etims_core::settings::Settings;
use etims_core::submission::CounterScopes;
use etims_core::wire::{Dialect, Environment};
use secrecy::SecretString;

use crate::breaker::BreakerPolicy;
use crate::codes::CodesPolicy;
use crate::credentials::{KeyFile, KeyRingError, SecretSource};
use crate::limiter::RateLimits;
use crate::line::CallTimeouts;
use crate::offline::{ContactFile, OfflineLimits};
use crate::retry::RetryPolicy;
use crate::transport::HttpOptions;

pub use error::{ConfigError, Problem};
pub use hosts::{HostError, Hosts};
pub use keys::Key;

/// Where the store is.
#[derive(Clone)]
pub enum StoreAddress {
    /// A SQLite file, for one machine.
    File(PathBuf),
    /// A PostgreSQL database, for many. The address may hold a password.
    Postgres(SecretString),
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreAddress::File(path) => f.debug_tuple("File").field(path).finish(),
            StoreAddress::Postgres(_) => f.write_str("Postgres(***)"),
        }
    }
}

/// Where the vault's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultKeys {
    /// A file of their own.
    File(PathBuf),
    /// The source of the other secrets.
    Source,
}

/// Settings of one device, checked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Seller, branch and environment, as printed and sent.
    pub seller: Seller,
    /// Serial number of the device as KRA approved it (eTIMS `dvcSrlNo`).
    pub serial: String,
    /// What decides amounts and bodies.
    pub settings: Settings,
    /// KRA's addresses.
    pub hosts: Hosts,
    /// Where credentials come from.
    pub secrets: SecretSource,
    /// Where the store is.
    pub store: StoreAddress,
    /// Where the vault's keys are.
    pub vault_keys: VaultKeys,
    /// Sockets, TLS and sizes.
    pub http: HttpOptions,
    /// How long calls may take.
    pub timeouts: CallTimeouts,
    /// How often KRA is asked.
    pub limits: RateLimits,
    /// How look-ups are repeated.
    pub retry: RetryPolicy,
    /// When KRA is left alone.
    pub breaker: BreakerPolicy,
    /// How long a VSCU may be out of contact.
    pub offline: OfflineLimits,
    /// What KRA's counters span.
    pub counters: CounterScopes,
    /// How often KRA's code list is read; `None` for never.
    pub codes_every: Option<Duration>,
    /// Whether rates follow KRA's list: off the gateway, while none are set.
    pub follow_rates: bool,
    /// A call that takes longer counts as slow.
    pub slow_after: Duration,
    /// For how long an answer of a checker is kept.
    pub keep_checks: Duration,
    /// What is allowed and yet worth a thought.
    pub warnings: Vec<String>,
}

impl Config {
    /// Starts with the defaults.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Reads a TOML file, then the variables, which win.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        Config::builder().toml_file(path).variables().build()
    }

    /// The name of the device in its store: environment, PIN and branch.
    pub fn scope(&self) -> String {
        let seller = &self.seller;
        format!("{}/{}/{}", seller.environment.name(), seller.pin.as_str(), seller.branch.as_str())
    }

    /// The file of the vault's keys, when they are in one.
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

    /// Where the time of a VSCU's last answer is kept: beside the store, one file for each device.
    pub fn contact_file(&self) -> Option<ContactFile> {
        self.beside_store("contact").map(ContactFile::new)
    }

    /// What a device does with KRA's code list; the last one is kept beside the store.
    pub fn codes(&self) -> CodesPolicy {
        CodesPolicy { every: self.codes_every, follow_rates: self.follow_rates, file: self.beside_store("codes.json") }
    }

    fn beside_store(&self, ending: &str) -> Option<PathBuf> {
        let StoreAddress::File(path) = &self.store else { return None };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.{ending}", self.scope().replace('/', "-")));
        Some(path.with_file_name(name))
    }

    /// How KRA is spoken to.
    pub fn dialect(&self) -> Dialect {
        self.settings.dialect
    }

    /// KRA's test or live system.
    pub fn environment(&self) -> Environment {
        self.seller.environment
    }
}

/// Collects settings; what is set later wins.
#[derive(Clone, Default)]
pub struct ConfigBuilder {
    layers: layers::Layers,
    secrets: Option<SecretSource>,
}

impl ConfigBuilder {
    /// Adds the settings of a TOML file.
    pub fn toml_file(mut self, path: impl AsRef<Path>) -> ConfigBuilder {
        self.layers.toml_file(path.as_ref());
        self
    }

    /// Adds settings from TOML text.
    pub fn toml(mut self, text: &str) -> ConfigBuilder {
        self.layers.toml(text);
        self
    }

    /// Adds the settings of this process's variables (`ETIMS_PIN` …). Those that are not settings are left alone.
    pub fn variables(self) -> ConfigBuilder {
        let readable =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        self.variables_from(readable)
    }

    /// Adds settings from variables given by hand.
    pub fn variables_from(mut self, variables: impl IntoIterator<Item = (String, String)>) -> ConfigBuilder {
        self.layers.variables(variables);
        self
    }

    /// Sets one setting by its key, such as `timeouts.write`.
    pub fn set(mut self, key: &str, value: impl fmt::Display) -> ConfigBuilder {
        self.layers.set(key, value.to_string());
        self
    }

    /// Sets the environment.
    pub fn environment(self, environment: Environment) -> ConfigBuilder {
        self.set("environment", environment.name())
    }

    /// Sets the dialect.
    pub fn dialect(self, dialect: Dialect) -> ConfigBuilder {
        self.set("dialect", dialect)
    }

    /// Sets PIN, branch and serial number of the device.
    pub fn device(self, pin: Pin, branch: BranchId, serial: &str) -> ConfigBuilder {
        self.set("pin", pin).set("branch", branch).set("serial", serial)
    }

    /// Sets where credentials come from, a callback for instance.
    pub fn secrets(mut self, source: SecretSource) -> ConfigBuilder {
        self.secrets = Some(source);
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem there is.
    pub fn build(self) -> Result<Config, ConfigError> {
        parse::config(self.layers, self.secrets)
    }
}

impl fmt::Debug for ConfigBuilder {
    /// Without values, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").finish_non_exhaustive()
    }
}
