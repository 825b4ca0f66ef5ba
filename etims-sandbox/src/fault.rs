//! Faults: what goes wrong, on which call, how often.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::operation::Operation;

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// KRA records and signs; the connection ends without an answer.
    LoseAnswer,
    /// The connection ends before KRA sees the request.
    LoseRequest,
    /// KRA records at once and answers late.
    DelayAnswer {
        /// How late.
        milliseconds: u64,
    },
    /// The request reaches KRA late, even when the client has hung up.
    DelayRequest {
        /// How late.
        milliseconds: u64,
    },
    /// KRA records; the connection is reset in the middle of the answer.
    ResetMidBody,
    /// KRA records; the answer's JSON breaks off, in proper HTTP.
    TruncateJson,
    /// An HTML page in HTTP 200 instead of the answer.
    HtmlPage {
        /// Whether KRA has recorded.
        recorded: bool,
    },
    /// The token is refused as expired (gateway only).
    ExpireToken,
    /// HTTP 429; KRA sees nothing.
    TooManyRequests,
    /// HTTP 500, 502, 503 or 504 instead of the answer.
    ServerError {
        /// The status.
        status: u16,
        /// Whether KRA has recorded.
        recorded: bool,
    },
    /// Invoice detail does not know an invoice for its first look-ups, or for a time after signing.
    LagDetail {
        /// Look-ups of one invoice that answer 001.
        look_ups: u32,
        /// Time after signing during which it answers 001.
        milliseconds: i64,
    },
    /// The stock is looked at before the number, so that a repeated sale is refused for its stock.
    StockBeforeSequence,
    /// Somebody else's sale takes the number first.
    ForeignWriter,
    /// The answer carries another `curRcptNo` than was recorded.
    WrongReceiptNumber,
    /// Times in answers are off.
    ClockSkew {
        /// By how much; negative is early.
        seconds: i64,
    },
    /// The sales counter moves without an invoice.
    CounterDrift {
        /// By how much.
        by: i64,
    },
    /// The answer arrives in small pieces.
    SlowDrip {
        /// Pause between pieces.
        milliseconds: u64,
    },
    /// "Query did not return a unique result: N results were returned".
    ManyResults {
        /// The N.
        count: u32,
    },
    /// KRA records and says so, without a signature.
    NoSignature,
    /// The sale is refused as a duplicate although it is new.
    Duplicate {
        /// `994`, `921`, `899`, or `unique` for the unique-constraint text.
        code: DuplicateCode,
    },
}

/// How a duplicate is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum DuplicateCode {
    /// 994, overlapped data.
    #[serde(rename = "994")]
    Overlapped,
    /// 921, already declared.
    #[serde(rename = "921")]
    Declared,
    /// 899, client error.
    #[serde(rename = "899")]
    Client,
    /// The database's "violates unique constraint".
    #[serde(rename = "unique")]
    Unique,
}

impl DuplicateCode {
    pub(crate) fn result_code(self) -> &'static str {
        match self {
            DuplicateCode::Overlapped => "994",
            DuplicateCode::Declared => "921",
            DuplicateCode::Client => "899",
            DuplicateCode::Unique => "unique",
        }
    }
}

/// How often a fault strikes among the calls it is for.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// On the next call only.
    Once,
    /// On every n-th call; 1 is always.
    EveryNth(u64),
    /// With this probability on each call, in an order that follows from the seed.
    Probability(f64, u64),
}

/// A fault to be armed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often.
    pub when: When,
    /// On which operation; `None` is every business call.
    pub operation: Option<Operation>,
}

impl Fault {
    /// The fault as it is mostly wanted: once, or for as long as it is armed where once makes no sense; on the
    /// operation that it is about.
    #[must_use]
    pub fn new(kind: FaultKind) -> Fault {
        use FaultKind::*;
        let (when, operation) = match kind {
            LagDetail { .. } => (When::EveryNth(1), Some(Operation::InvoiceDetail)),
            ClockSkew { .. } => (When::EveryNth(1), None),
            LoseAnswer
            | LoseRequest
            | NoSignature
            | ForeignWriter
            | StockBeforeSequence
            | WrongReceiptNumber
            | CounterDrift { .. }
            | Duplicate { .. } => (When::Once, Some(Operation::SaveSale)),
            _ => (When::Once, None),
        };
        Fault { kind, when, operation }
    }

    /// On every n-th call.
    #[must_use]
    pub fn every(mut self, n: u64) -> Fault {
        self.when = When::EveryNth(n);
        self
    }

    /// With a probability, in an order that follows from the seed.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Fault {
        self.when = When::Probability(probability, seed);
        self
    }

    /// On this operation only.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Fault {
        self.operation = Some(operation);
        self
    }

    /// On every business call.
    #[must_use]
    pub fn anywhere(mut self) -> Fault {
        self.operation = None;
        self
    }

    /// Reads `{"kind": "lose_answer", "every": 2, "operation": "save_sale", …}`.
    pub(crate) fn from_json(value: &Value) -> Result<Fault, FaultError> {
        let object = value.as_object().ok_or(FaultError::NoObject)?;
        Reader { object, read: vec!["kind"] }.fault()
    }
}

/// Why a fault's description could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Not an object.
    #[error("a fault is an object with a kind, such as {{\"kind\": \"lose_answer\", \"every\": 2}}")]
    NoObject,
    /// No such fault.
    #[error("there is no fault {0:?}; known are {known}", known = KINDS.join(", "))]
    UnknownKind(String),
    /// A key that this fault does not have.
    #[error("the fault {kind} has no {key:?}")]
    UnknownKey {
        /// The fault.
        kind: String,
        /// The key.
        key: String,
    },
    /// A value that cannot be used.
    #[error("{key} must be {expected}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

const KINDS: [&str; 20] = [
    "lose_answer",
    "lose_request",
    "delay_answer",
    "delay_request",
    "reset_mid_body",
    "truncate_json",
    "html_page",
    "expire_token",
    "too_many_requests",
    "server_error",
    "lag_detail",
    "stock_before_sequence",
    "foreign_writer",
    "wrong_receipt_number",
    "clock_skew",
    "counter_drift",
    "slow_drip",
    "many_results",
    "no_signature",
    "duplicate",
];

/// Reads a fault's keys and remembers which it has read.
struct Reader<'a> {
    object: &'a Map<String, Value>,
    read: Vec<&'static str>,
}

impl Reader<'_> {
    fn fault(mut self) -> Result<Fault, FaultError> {
        let name = self.object.get("kind").and_then(Value::as_str).ok_or(FaultError::NoObject)?.replace('-', "_");
        let kind = self.kind(&name)?;
        let mut fault = Fault::new(kind);
        if let Some(when) = self.when()? {
            fault.when = when;
        }
        match self.take("operation") {
            None => {}
            Some(Value::String(text)) if text == "any" => fault.operation = None,
            Some(value) => {
                let expected = "an operation such as save_sale, or any";
                let operation = serde_json::from_value(value.clone());
                fault.operation = Some(operation.map_err(|_| FaultError::BadValue { key: "operation", expected })?);
            }
        }
        match self.object.keys().find(|key| !self.read.contains(&key.as_str())) {
            Some(key) => Err(FaultError::UnknownKey { kind: name, key: key.clone() }),
            None => Ok(fault),
        }
    }

    fn kind(&mut self, name: &str) -> Result<FaultKind, FaultError> {
        use FaultKind::*;
        Ok(match name {
            "lose_answer" => LoseAnswer,
            "lose_request" => LoseRequest,
            "delay_answer" => DelayAnswer { milliseconds: self.number("milliseconds", 1000)? },
            "delay_request" => DelayRequest { milliseconds: self.number("milliseconds", 1000)? },
            "reset_mid_body" => ResetMidBody,
            "truncate_json" => TruncateJson,
            "html_page" => HtmlPage { recorded: self.flag("recorded")? },
            "expire_token" => ExpireToken,
            "too_many_requests" => TooManyRequests,
            "server_error" => {
                let status = self.number("status", 500)?;
                let known = u16::try_from(status).ok().filter(|status| (500..=504).contains(status) && *status != 501);
                let status = known.ok_or(FaultError::BadValue { key: "status", expected: "500, 502, 503 or 504" })?;
                ServerError { status, recorded: self.flag("recorded")? }
            }
            "lag_detail" => {
                let milliseconds = self.number("milliseconds", 0)?;
                let look_ups = self.number("look_ups", u64::from(milliseconds == 0))?;
                LagDetail {
                    look_ups: u32::try_from(look_ups).unwrap_or(u32::MAX),
                    milliseconds: i64::try_from(milliseconds).unwrap_or(i64::MAX),
                }
            }
            "stock_before_sequence" => StockBeforeSequence,
            "foreign_writer" => ForeignWriter,
            "wrong_receipt_number" => WrongReceiptNumber,
            "clock_skew" => ClockSkew { seconds: self.signed("seconds", 3600)? },
            "counter_drift" => CounterDrift { by: self.signed("by", 1)? },
            "slow_drip" => SlowDrip { milliseconds: self.number("milliseconds", 50)? },
            "many_results" => ManyResults { count: u32::try_from(self.number("count", 2)?).unwrap_or(u32::MAX) },
            "no_signature" => NoSignature,
            "duplicate" => Duplicate { code: self.duplicate_code()? },
            _ => return Err(FaultError::UnknownKind(name.to_owned())),
        })
    }

    fn when(&mut self) -> Result<Option<When>, FaultError> {
        let seed = self.number("seed", 0)?;
        if let Some(value) = self.take("probability") {
            let expected = "a number from 0 to 1";
            let probability = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            let probability = probability.filter(|p| (0.0..=1.0).contains(p));
            let probability = probability.ok_or(FaultError::BadValue { key: "probability", expected })?;
            return Ok(Some(When::Probability(probability, seed)));
        }
        if self.object.contains_key("every") {
            let every = self.number("every", 1)?;
            if every == 0 {
                return Err(FaultError::BadValue { key: "every", expected: "1 or more" });
            }
            return Ok(Some(When::EveryNth(every)));
        }
        Ok(self.flag("once")?.then_some(When::Once))
    }

    fn duplicate_code(&mut self) -> Result<DuplicateCode, FaultError> {
        let value = self.take("code").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        match value.as_deref() {
            None | Some("994") => Ok(DuplicateCode::Overlapped),
            Some("921") => Ok(DuplicateCode::Declared),
            Some("899") => Ok(DuplicateCode::Client),
            Some("unique") => Ok(DuplicateCode::Unique),
            Some(_) => Err(FaultError::BadValue { key: "code", expected: "994, 921, 899 or unique" }),
        }
    }

    fn take(&mut self, key: &'static str) -> Option<&Value> {
        self.read.push(key);
        self.object.get(key)
    }

    fn number(&mut self, key: &'static str, default: u64) -> Result<u64, FaultError> {
        let Some(value) = self.take(key) else { return Ok(default) };
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        number.ok_or(FaultError::BadValue { key, expected: "a whole number" })
    }

    fn signed(&mut self, key: &'static str, default: i64) -> Result<i64, FaultError> {
        let Some(value) = self.take(key) else { return Ok(default) };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.ok_or(FaultError::BadValue { key, expected: "a whole number, possibly negative" })
    }

    fn flag(&mut self, key: &'static str) -> Result<bool, FaultError> {
        let Some(value) = self.take(key) else { return Ok(false) };
        let flag = value.as_bool().or_else(|| value.as_str()?.parse().ok());
        flag.ok_or(FaultError::BadValue { key, expected: "true or false" })
    }
}

/// The command line's form: `lose-answer:every=2,operation=save_sale`.
impl std::str::FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut object = Map::new();
        object.insert("kind".to_owned(), kind.into());
        for part in rest.split(',').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, "true"));
            let value = if key == "operation" { value.replace('-', "_") } else { value.to_owned() };
            object.insert(key.replace('-', "_"), value.into());
        }
        Fault::from_json(&Value::Object(object))
    }
}

/// An armed fault, by which it can be disarmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Every armed fault.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    last: u64,
}

/// One armed fault and how it has done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Armed {
    id: FaultId,
    #[serde(flatten)]
    fault: Fault,
    /// Calls that it was for.
    seen: u64,
    /// Calls that it struck.
    struck: u64,
    #[serde(skip)]
    dice: u64,
}

impl Faults {
    pub(crate) fn arm(&mut self, fault: Fault) -> FaultId {
        self.last += 1;
        let id = FaultId(self.last);
        let dice = if let When::Probability(_, seed) = fault.when { seed } else { 0 };
        self.armed.push(Armed { id, fault, seen: 0, struck: 0, dice });
        id
    }

    /// `false` when there is no such fault.
    pub(crate) fn disarm(&mut self, id: FaultId) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn armed(&self) -> &[Armed] {
        &self.armed
    }

    /// The faults that strike this call.
    pub(crate) fn strike(&mut self, operation: Operation) -> Vec<FaultKind> {
        let mut struck = Vec::new();
        for armed in &mut self.armed {
            let is_spent = armed.fault.when == When::Once && armed.struck > 0;
            if is_spent || armed.fault.operation.is_some_and(|only| only != operation) {
                continue;
            }
            armed.seen += 1;
            let strikes = match armed.fault.when {
                When::Once => true,
                When::EveryNth(n) => armed.seen.is_multiple_of(n.max(1)),
                When::Probability(probability, _) => roll(&mut armed.dice) < probability,
            };
            if strikes {
                armed.struck += 1;
                struck.push(armed.fault.kind.clone());
            }
        }
        struck
    }
}

/// A number in 0..1 from SplitMix64, so that a seed gives the same faults in every version.
#[expect(clippy::float_arithmetic, reason = "a probability, not money")]
fn roll(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    f64::from((mixed >> 32) as u32) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_from_a_flag() {
        let fault: Fault = "lose-answer:every=2".parse().expect("a fault");
        assert_eq!(fault, Fault::new(FaultKind::LoseAnswer).every(2));
        let fault: Fault = "server-error:status=504,recorded,operation=any,probability=0.5,seed=9".parse().expect("ok");
        assert_eq!(fault.kind, FaultKind::ServerError { status: 504, recorded: true });
        assert_eq!((fault.when, fault.operation), (When::Probability(0.5, 9), None));
        for kind in KINDS {
            assert!(kind.replace('_', "-").parse::<Fault>().is_ok(), "{kind}");
        }
        for bad in
            ["", "lose", "lose-answer:evry=2", "lose-answer:every=0", "server-error:status=404", "duplicate:code=1"]
        {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn strikes_as_often_as_it_is_told() {
        let mut faults = Faults::default();
        faults.arm(Fault::new(FaultKind::LoseAnswer).every(3));
        faults.arm(Fault::new(FaultKind::NoSignature));
        let struck: Vec<usize> = (0..6).map(|_| faults.strike(Operation::SaveSale).len()).collect();
        assert_eq!(struck, [1, 0, 1, 0, 0, 1]);
        assert!(faults.strike(Operation::SaveItem).is_empty());
    }

    #[test]
    fn a_seed_gives_the_same_faults() {
        let run = |seed| {
            let mut faults = Faults::default();
            faults.arm(Fault::new(FaultKind::LoseAnswer).with_probability(0.25, seed));
            (0..1000).map(|_| faults.strike(Operation::SaveSale).len()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let struck: usize = run(1).iter().sum();
        assert!((200..300).contains(&struck), "{struck}");
    }
}
