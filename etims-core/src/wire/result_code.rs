use serde::{Deserialize, Serialize};

/// Why KRA refused a request, as far as it can be told from its code or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The number is not the next of its sequence; KRA usually says which one is.
    Sequence,
    /// KRA's stock ledger does not know the item, or not enough of it. Right after a stock report this may pass.
    Stock,
    /// An amount, rate or quantity differs from what KRA computes.
    Amount,
    /// A field is missing or malformed.
    Field,
    /// Something must be reported first.
    Order,
    /// Too many requests: nothing was processed, come back later.
    Throttled,
    /// KRA's text is not one we know.
    Other,
}

/// What is wrong with the device or its credentials; no document is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceFault {
    /// The access token or the credentials behind it are refused.
    Credentials,
    /// The application id is missing or wrong (header `apigee_app_id`).
    Application,
    /// PIN, branch or communication key are missing from the headers (900).
    Headers,
    /// KRA does not know this device: serial not approved, or the wrong environment (901).
    Unknown,
    /// The device is initialised already; its key is not given out again (902).
    AlreadyInstalled,
    /// An OSCU serial on a VSCU or the other way round (903, 905).
    WrongKind,
    /// KRA holds several rows for this device after repeated initialisation.
    DuplicateRows,
    /// The path is not deployed at the gateway.
    NotRouted,
}

impl DeviceFault {
    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            DeviceFault::Credentials => "check consumer key, consumer secret and environment",
            DeviceFault::Application => {
                "set the App ID of the portal's validation page (a UUID, not the consumer key) and start a test session"
            }
            DeviceFault::Headers => "the device has no communication key here: initialise or adopt it",
            DeviceFault::Unknown => "check that KRA has approved this serial for this PIN, branch and environment",
            DeviceFault::AlreadyInstalled => {
                "KRA does not give the key out again: adopt the device with its key, ask timsupport@kra.go.ke, or apply for a new serial"
            }
            DeviceFault::WrongKind => {
                "apply for a serial of the right kind: OSCU and VSCU serials are not interchangeable"
            }
            DeviceFault::DuplicateRows => {
                "KRA has several rows for this device: never initialise again; ask KRA or register a new serial"
            }
            DeviceFault::NotRouted => "KRA does not offer this call here: check the base address",
        }
    }
}

/// What a result code means for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Success,
    Empty,
    Refused(RefusalReason),
    Duplicate,
    Device(DeviceFault),
    Fault,
}

/// Source: reference `codes/result_codes.json` (OSCU specification v2.0 §4.18; 905 and 913 seen live). 881–884 are
/// Rwandan and unconfirmed: like every unknown code they leave the fate of a write open.
#[rustfmt::skip]
const CODES: [(&str, Meaning); 27] = [
    ("000", Meaning::Success),
    ("001", Meaning::Empty),
    ("891", Meaning::Refused(RefusalReason::Field)),
    ("892", Meaning::Refused(RefusalReason::Field)),
    ("893", Meaning::Refused(RefusalReason::Field)),
    ("894", Meaning::Fault),
    ("895", Meaning::Refused(RefusalReason::Field)),
    ("896", Meaning::Fault),
    ("899", Meaning::Duplicate),
    ("900", Meaning::Device(DeviceFault::Headers)),
    ("901", Meaning::Device(DeviceFault::Unknown)),
    ("902", Meaning::Device(DeviceFault::AlreadyInstalled)),
    ("903", Meaning::Device(DeviceFault::WrongKind)),
    ("905", Meaning::Device(DeviceFault::WrongKind)),
    ("910", Meaning::Refused(RefusalReason::Field)),
    ("911", Meaning::Refused(RefusalReason::Field)),
    ("912", Meaning::Refused(RefusalReason::Field)),
    ("913", Meaning::Refused(RefusalReason::Field)),
    ("921", Meaning::Duplicate),
    ("922", Meaning::Refused(RefusalReason::Order)),
    ("990", Meaning::Refused(RefusalReason::Throttled)),
    ("991", Meaning::Fault),
    ("992", Meaning::Fault),
    ("993", Meaning::Fault),
    ("994", Meaning::Duplicate),
    ("995", Meaning::Empty),
    ("999", Meaning::Fault),
];

/// Looks a code up. Any all-zero string of up to four digits is a success; short numbers are padded.
pub(crate) fn meaning(code: &str) -> Option<Meaning> {
    if code.is_empty() {
        return None;
    }
    if code.len() <= 4 && code.bytes().all(|byte| byte == b'0') {
        return Some(Meaning::Success);
    }
    let padded = format!("{code:0>3}");
    CODES.iter().find(|(known, _)| *known == padded).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_success_and_one_is_empty() {
        for code in ["0", "00", "000", "0000"] {
            assert_eq!(meaning(code), Some(Meaning::Success), "{code}");
        }
        assert_eq!(meaning("1"), Some(Meaning::Empty));
        assert_eq!(meaning("00000"), None);
        assert_eq!(meaning(""), None);
        assert_eq!(meaning("881"), None);
    }
}
