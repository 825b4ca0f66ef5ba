//! A fault in words: JSON for the control API, `kind:key=value` for the command line.

use serde_json::{Map, Value};

use crate::fault::{DuplicateCode, Fault, FaultKind, When};

impl Fault {
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
            "counter_drift" => CounterDrift { by: self.number("by", 1)? },
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
}
