use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use etims_core::wire::Environment;
use secrecy::{ExposeSecret, SecretString};

use super::private_file::{self, PrivateFileError};

/// A secret that the client asks its source for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretName {
    /// The gateway application's id: no secret by itself, kept with the others because they belong together.
    AppId,
    /// The gateway application's consumer key.
    ConsumerKey,
    /// The gateway application's consumer secret.
    ConsumerSecret,
    /// The vault's keys in text form, one a line, oldest first.
    VaultKeys,
}

impl SecretName {
    /// Name in files and keyrings; in capitals, the end of the variable's name.
    pub fn name(self) -> &'static str {
        match self {
            SecretName::AppId => "app_id",
            SecretName::ConsumerKey => "consumer_key",
            SecretName::ConsumerSecret => "consumer_secret",
            SecretName::VaultKeys => "vault_keys",
        }
    }

    /// `ETIMS_SANDBOX_CONSUMER_KEY`: the environment is part of the name, so that one cannot stand for the other.
    pub fn variable(self, environment: Environment) -> String {
        format!("ETIMS_{}_{}", environment.name().to_ascii_uppercase(), self.name().to_ascii_uppercase())
    }
}

/// The function behind [`SecretSource::Callback`].
pub type SecretCallback = dyn Fn(Environment, SecretName) -> Result<SecretString, String> + Send + Sync;

/// Where secrets come from. Every source keeps the secrets of the two environments under different names.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum SecretSource {
    /// Variables such as `ETIMS_SANDBOX_CONSUMER_KEY`.
    #[default]
    Variables,
    /// A TOML file with the tables `[sandbox]` and `[production]`, readable by its owner only.
    File(PathBuf),
    /// The operating system's keyring: service `etims-sdk`, account `sandbox/consumer_key`.
    #[cfg(feature = "keyring")]
    Keyring,
    /// A function, for secret stores of one's own. Its error text must not hold secrets.
    Callback(Arc<SecretCallback>),
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The variable is not set, or empty.
    #[error("the variable {0} is not set")]
    Variable(String),
    /// The file has no such entry.
    #[error("{path} has no `{name}` in its table [{table}]")]
    Entry {
        /// The file.
        path: PathBuf,
        /// `sandbox` or `production`.
        table: &'static str,
        /// Name of the entry.
        name: &'static str,
    },
    /// The file is not TOML. Its text is not repeated.
    #[error("{path} is not a TOML file of texts in the tables [sandbox] and [production]: see line {line}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where the first mistake is, counted from 1.
        line: usize,
    },
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The keyring has no such entry or cannot be reached.
    #[error("the keyring gives no `{account}` of service etims-sdk: {reason}")]
    Keyring {
        /// Account name of the entry.
        account: String,
        /// The keyring's words.
        reason: String,
    },
    /// The callback failed.
    #[error("no `{name}` from the callback: {reason}")]
    Callback {
        /// Name of the secret.
        name: &'static str,
        /// Its own words.
        reason: String,
    },
}

impl SecretSource {
    /// Reads one secret of one environment.
    ///
    /// # Errors
    /// Says where it was looked for; never holds a secret.
    pub fn read(&self, environment: Environment, name: SecretName) -> Result<SecretString, SourceError> {
        match self {
            SecretSource::Variables => {
                let variable = name.variable(environment);
                match std::env::var(&variable) {
                    Ok(text) if !text.trim().is_empty() => Ok(SecretString::from(text.trim())),
                    _ => Err(SourceError::Variable(variable)),
                }
            }
            SecretSource::File(path) => {
                let text = private_file::read_private_file(path)?;
                let table: BTreeMap<String, BTreeMap<String, SecretString>> = toml::from_str(text.expose_secret())
                    .map_err(|error| {
                        let start = error.span().map_or(0, |span| span.start);
                        let line = 1 + text.expose_secret().bytes().take(start).filter(|byte| *byte == b'\n').count();
                        SourceError::Toml { path: path.clone(), line }
                    })?;
                (table.get(environment.name()))
                    .and_then(|table| table.get(name.name()))
                    .map(|secret| SecretString::from(secret.expose_secret().trim()))
                    .filter(|secret| !secret.expose_secret().is_empty())
                    .ok_or_else(|| SourceError::Entry {
                        path: path.clone(),
                        table: environment.name(),
                        name: name.name(),
                    })
            }
            #[cfg(feature = "keyring")]
            SecretSource::Keyring => {
                let account = format!("{}/{}", environment.name(), name.name());
                keyring::Entry::new("etims-sdk", &account)
                    .and_then(|entry| entry.get_password())
                    .map(SecretString::from)
                    .map_err(|error| SourceError::Keyring { account, reason: error.to_string() })
            }
            SecretSource::Callback(read) => {
                read(environment, name).map_err(|reason| SourceError::Callback { name: name.name(), reason })
            }
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Variables => f.write_str("Variables"),
            SecretSource::File(path) => f.debug_tuple("File").field(path).finish(),
            #[cfg(feature = "keyring")]
            SecretSource::Keyring => f.write_str("Keyring"),
            SecretSource::Callback(_) => f.write_str("Callback"),
        }
    }
}
