//! Keys and secrets: where they come from, which environment they are for, and how the device's key is kept.

mod key_ring;
mod private_file;
mod source;
mod vault;

use std::fmt;

use etims_core::wire::Environment;
use secrecy::SecretString;

pub use key_ring::{KeyFile, KeyRing, KeyRingError};
pub use private_file::{PrivateFileError, read_private_file};
pub use source::{SecretCallback, SecretName, SecretSource, SourceError};
pub use vault::{Binding, Vault, VaultError};

/// What a gateway application signs in with. Bound to the environment it was issued for: a connection to the other one
/// refuses it.
#[derive(Clone)]
pub struct Credentials {
    environment: Environment,
    app_id: String,
    consumer_key: SecretString,
    consumer_secret: SecretString,
}

impl Credentials {
    /// Credentials issued for `environment`: the application's id (a UUID, header `apigee_app_id`), its consumer key and
    /// its consumer secret, all three from KRA's developer portal.
    pub fn new(
        environment: Environment,
        app_id: impl Into<String>,
        consumer_key: SecretString,
        consumer_secret: SecretString,
    ) -> Credentials {
        Credentials { environment, app_id: app_id.into(), consumer_key, consumer_secret }
    }

    /// Reads them from a source, which keeps those of each environment apart.
    ///
    /// # Errors
    /// Everything that is missing, at once.
    pub fn load(source: &SecretSource, environment: Environment) -> Result<Credentials, Vec<SourceError>> {
        use secrecy::ExposeSecret;
        let mut missing = Vec::new();
        let mut read = |name| match source.read(environment, name) {
            Ok(secret) => secret,
            Err(error) => {
                missing.push(error);
                SecretString::default()
            }
        };
        let (app_id, consumer_key, consumer_secret) =
            (read(SecretName::AppId), read(SecretName::ConsumerKey), read(SecretName::ConsumerSecret));
        if missing.is_empty() {
            Ok(Credentials { environment, app_id: app_id.expose_secret().to_owned(), consumer_key, consumer_secret })
        } else {
            Err(missing)
        }
    }

    /// The environment they were issued for.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// The application's id.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The consumer key.
    pub fn consumer_key(&self) -> &SecretString {
        &self.consumer_key
    }

    /// The consumer secret.
    pub fn consumer_secret(&self) -> &SecretString {
        &self.consumer_secret
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, ***)", self.environment.name())
    }
}
