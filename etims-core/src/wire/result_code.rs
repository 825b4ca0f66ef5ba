use serde::{Deserialize, Serialize};

use crate::codes::{ResultClass, ResultCode, Retry};

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

/// What a result code of the table means for a request; of one that nobody has explained (881 to 884 are Rwanda's) a write's
/// fate stays open. Any all-zero string of up to four digits is a success; short numbers are padded.
pub(crate) fn meaning(code: &str) -> Option<Meaning> {
    if code.is_empty() {
        return None;
    }
    let known = ResultCode::from_code(&format!("{code:0>3}"))?;
    match known.class() {
        ResultClass::Accepted => Some(Meaning::Success),
        ResultClass::Empty => Some(Meaning::Empty),
        ResultClass::Refused if known.retry() == Retry::AfterSale => Some(Meaning::Refused(RefusalReason::Order)),
        ResultClass::Refused => Some(Meaning::Refused(RefusalReason::Field)),
        ResultClass::Throttled => Some(Meaning::Refused(RefusalReason::Throttled)),
        ResultClass::Duplicate | ResultClass::Ambiguous => Some(Meaning::Duplicate),
        ResultClass::ServerFault => Some(Meaning::Fault),
        ResultClass::Device => device_fault(known.code()).map(Meaning::Device),
        ResultClass::Unexplained => None,
    }
}

fn device_fault(code: &str) -> Option<DeviceFault> {
    match code {
        "900" => Some(DeviceFault::Headers),
        "901" | "E04" => Some(DeviceFault::Unknown),
        "902" => Some(DeviceFault::AlreadyInstalled),
        "903" | "905" => Some(DeviceFault::WrongKind),
        _ => None,
    }
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
