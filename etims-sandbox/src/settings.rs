//! What a sandbox can be told before it starts.

use serde::{Deserialize, Serialize};

use crate::operation::Dialect;

/// How much KRA checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The gateway of 2026: arithmetic, rates, packages, sequences, stock, identities.
    Strict,
    /// The direct host: fields, devices and duplicates.
    Lenient,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    /// For every dialect; without it the gateway is strict, the others lenient.
    pub(crate) profile: Option<Profile>,
    /// Refuse `splyAmt` ≠ round2(`qty` × `prc`) on sales.
    pub(crate) check_supply: bool,
    /// Newest documents that are kept in full.
    pub(crate) keep_documents: usize,
    /// Consumer key and secret, `apigee_app_id`; `None` accepts any.
    pub(crate) credentials: Option<(String, String)>,
    pub(crate) app_id: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: 0,
            profile: None,
            check_supply: false,
            keep_documents: 10_000,
            credentials: None,
            app_id: None,
        }
    }
}

impl Settings {
    pub(crate) fn profile(&self, dialect: Dialect) -> Profile {
        let usual = if dialect == Dialect::Gateway { Profile::Strict } else { Profile::Lenient };
        self.profile.unwrap_or(usual)
    }
}
