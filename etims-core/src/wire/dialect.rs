use serde::{Deserialize, Serialize};

/// The three ways KRA's eTIMS is spoken. They share field names and differ in paths, headers, envelope and strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Direct OSCU: KRA numbers and signs on request; headers `tin`, `bhfId`, `cmcKey`; flat answers.
    DirectOscu,
    /// Integrator gateway (GavaConnect): OAuth2, `apigee_app_id`, enveloped answers, strict arithmetic and sequences.
    Gateway,
    /// Local Java service on the trader's network: no authentication, `tin` and `bhfId` in every body.
    Vscu,
}

impl Dialect {
    /// Every dialect, in the order of the reference.
    pub const ALL: [Dialect; 3] = [Dialect::DirectOscu, Dialect::Gateway, Dialect::Vscu];

    /// The name used on the command line and in settings.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::DirectOscu => "oscu",
            Dialect::Gateway => "gateway",
            Dialect::Vscu => "vscu",
        }
    }

    /// Reads a name as printed by [`Dialect::name`]; `direct` is accepted for the direct OSCU.
    pub fn from_name(name: &str) -> Option<Dialect> {
        match name {
            "oscu" | "direct" => Some(Dialect::DirectOscu),
            "gateway" => Some(Dialect::Gateway),
            "vscu" => Some(Dialect::Vscu),
            _ => None,
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// KRA's test or live system. Credentials, devices and idempotency keys are bound to one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// KRA's test system, or a sandbox of one's own.
    #[default]
    Sandbox,
    /// KRA's live system: every document is a tax document.
    Production,
}

impl Environment {
    /// The name used in settings: `sandbox` or `production`.
    pub fn name(self) -> &'static str {
        match self {
            Environment::Sandbox => "sandbox",
            Environment::Production => "production",
        }
    }
}
