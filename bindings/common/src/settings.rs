//! The settings of a device, from a file, the process's variables and the caller.

use std::collections::HashMap;
use std::sync::Arc;

use etims_client::config::{Config, Key};
use etims_client::credentials::SecretSource;
use etims_core::error;
use secrecy::SecretString;

use crate::Error;

/// Gives a secret by environment (`sandbox`, `production`) and name (`app_id`, `consumer_key`, `consumer_secret`,
/// `vault_keys`). The text of an error must hold no secret.
pub type SecretFunction = dyn Fn(&str, &str) -> Result<String, String> + Send + Sync;

/// Where a device's settings come from. What comes later in this list wins.
#[derive(Clone, Default)]
pub struct DeviceSettings {
    /// A TOML file.
    pub file: Option<String>,
    /// Whether the variables of this process count (`ETIMS_PIN` …).
    pub variables: bool,
    /// Single settings by key, such as `timeouts.write`.
    pub values: Vec<(String, String)>,
    /// Where secrets come from, when not from where the settings say.
    pub secrets: Option<Arc<SecretFunction>>,
}

impl DeviceSettings {
    /// Secrets that are at hand.
    pub fn with_secrets(mut self, secrets: HashMap<String, String>) -> DeviceSettings {
        let secrets: HashMap<String, SecretString> =
            secrets.into_iter().map(|(name, secret)| (name, SecretString::from(secret))).collect();
        self.secrets = Some(Arc::new(move |_, name| {
            let known = secrets.get(name).ok_or_else(|| "it is not among the secrets given".to_owned())?;
            Ok(secrecy::ExposeSecret::expose_secret(known).to_owned())
        }));
        self
    }

    pub(crate) fn config(&self) -> Result<Config, Error> {
        let mut builder = Config::builder();
        if let Some(file) = &self.file {
            builder = builder.toml_file(file);
        }
        if self.variables {
            builder = builder.variables();
        }
        for (key, value) in &self.values {
            builder = builder.set(key, value);
        }
        if let Some(secrets) = self.secrets.clone() {
            builder = builder.secrets(SecretSource::Callback(Arc::new(move |environment, name| {
                secrets(environment.name(), name.name()).map(SecretString::from)
            })));
        }
        builder.build().map_err(|problems| Error::new(&error::INVALID_CONFIG, problems))
    }
}

/// Every setting there is: key, variable, default in words, meaning.
pub fn setting_keys() -> impl Iterator<Item = (&'static str, String, &'static str, &'static str)> {
    Key::ALL.iter().map(|key| (key.name, key.variable(), key.default, key.meaning))
}
