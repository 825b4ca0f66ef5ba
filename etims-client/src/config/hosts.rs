//! Where KRA is: the addresses of every dialect and environment, and the guard that keeps them apart.

use etims_core::wire::{Dialect, Environment};
use url::{Host, Url};

/// A host of KRA's and the environment it belongs to. Source: reference `etims-protocol.md` §1.
const KNOWN: [(&str, Environment); 7] = [
    ("sbx.kra.go.ke", Environment::Sandbox),
    ("etims-sbx.kra.go.ke", Environment::Sandbox),
    ("etims-api-sbx.kra.go.ke", Environment::Sandbox),
    ("api.kra.go.ke", Environment::Production),
    ("etims.kra.go.ke", Environment::Production),
    ("etims-api.kra.go.ke", Environment::Production),
    ("api.developer.go.ke", Environment::Production),
];

/// Everything else below these names is taken for production: the safe side.
const KRA_DOMAINS: [&str; 2] = ["kra.go.ke", "developer.go.ke"];

/// The addresses of one dialect in one environment. Made only after the check that they belong together, so that the
/// keys of one environment never reach the hosts of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    dialect: Dialect,
    environment: Environment,
    base: String,
    token: String,
    checkers: String,
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Not an absolute `http` or `https` address.
    #[error("is not an address like https://host/path")]
    NotAnAddress,
    /// Has a user, a query or a fragment.
    #[error("is a plain address: no user, password, `?` or `#`")]
    NotPlain,
    /// Plain HTTP over a network.
    #[error("needs https: plain http is for this machine and for a VSCU")]
    NeedsHttps,
    /// A host of the other environment.
    #[error(
        "is a host of KRA's {} environment, but this is a {} device: credentials never cross over",
        .host.name(),
        .device.name()
    )]
    OtherEnvironment {
        /// Environment of the host.
        host: Environment,
        /// Environment of the device.
        device: Environment,
    },
}

impl Hosts {
    /// The known addresses. The gateway's production host is unconfirmed: ask KRA.
    pub fn new(dialect: Dialect, environment: Environment) -> Hosts {
        let gateway = match environment {
            Environment::Sandbox => "https://sbx.kra.go.ke",
            Environment::Production => "https://api.kra.go.ke",
        };
        let base = match (dialect, environment) {
            (Dialect::Gateway, _) => format!("{gateway}/etims-oscu/api/v1"),
            (Dialect::DirectOscu, Environment::Sandbox) => "https://etims-api-sbx.kra.go.ke/etims-api".to_owned(),
            (Dialect::DirectOscu, Environment::Production) => "https://etims-api.kra.go.ke/etims-api".to_owned(),
            (Dialect::Vscu, _) => "http://localhost:8088".to_owned(),
        };
        let token = format!("{gateway}/v1/token/generate");
        Hosts { dialect, environment, base, token, checkers: gateway.to_owned() }
    }

    /// With another base address of the dialect's calls.
    ///
    /// # Errors
    /// [`HostError`] when it is no address, not safe, or of the other environment.
    pub fn with_base(self, address: &str) -> Result<Hosts, HostError> {
        Ok(Hosts { base: self.checked(address, self.dialect == Dialect::Vscu)?, ..self })
    }

    /// With another address of the token call, without its query.
    ///
    /// # Errors
    /// As [`Hosts::with_base`].
    pub fn with_token(self, address: &str) -> Result<Hosts, HostError> {
        Ok(Hosts { token: self.checked(address, false)?, ..self })
    }

    /// With another base address of the GavaConnect checkers.
    ///
    /// # Errors
    /// As [`Hosts::with_base`].
    pub fn with_checkers(self, address: &str) -> Result<Hosts, HostError> {
        Ok(Hosts { checkers: self.checked(address, false)?, ..self })
    }

    fn checked(&self, address: &str, plain_allowed: bool) -> Result<String, HostError> {
        let url = Url::parse(address.trim()).map_err(|_| HostError::NotAnAddress)?;
        let (Some(host), "http" | "https") = (url.host(), url.scheme()) else { return Err(HostError::NotAnAddress) };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(HostError::NotPlain);
        }
        if url.scheme() == "http" && !plain_allowed && !is_loopback(&host) {
            return Err(HostError::NeedsHttps);
        }
        match environment_of(&host) {
            Some(host) if host != self.environment => {
                Err(HostError::OtherEnvironment { host, device: self.environment })
            }
            _ => Ok(url.as_str().trim_end_matches('/').to_owned()),
        }
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The environment.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// Base address of the dialect's calls, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Address of the token call, with its query.
    pub fn token_url(&self) -> String {
        format!("{}?grant_type=client_credentials", self.token)
    }

    /// Base address of the GavaConnect checkers.
    pub fn checkers(&self) -> &str {
        &self.checkers
    }

    /// Whether the base address is one of KRA's own, or of a sandbox or proxy.
    pub fn is_kra(&self) -> bool {
        Url::parse(&self.base).ok().and_then(|url| url.host().and_then(|host| environment_of(&host))).is_some()
    }
}

/// The environment a host belongs to; `None` when it is not KRA's.
fn environment_of(host: &Host<&str>) -> Option<Environment> {
    let Host::Domain(name) = host else { return None };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Some((_, environment)) = KNOWN.iter().find(|(known, _)| *known == name) {
        return Some(*environment);
    }
    KRA_DOMAINS
        .iter()
        .any(|domain| name == *domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
        .then_some(Environment::Production)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
