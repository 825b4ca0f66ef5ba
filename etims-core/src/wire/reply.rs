use std::fmt;

use serde::{Deserialize, Serialize};

use super::answer_object::AnswerObject;
use super::known_text::known_text;
use super::result_code::{DeviceFault, Meaning, RefusalReason, meaning};
use super::{Expected, Operation, SignedReceipt, UnreadableReceipt};
use crate::time::{Timestamp, parse_wire_moment};

/// How far a request is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Nothing that KRA could act on has left: sending again cannot double anything.
    NotSent,
    /// KRA may have acted on it: its fate must be asked for before anything else is done.
    MaybeDelivered,
    /// KRA has answered.
    Answered,
}

/// What an answer of KRA's means, whatever envelope it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done. Whether a sale's answer carries its receipt is asked separately: [`Reply::receipt`].
    Accepted,
    /// Nothing found (001): an empty list, or an invoice that is not recorded.
    Empty,
    /// KRA has looked at the request and does not want it.
    Refused(Refusal),
    /// KRA says that it has this record already (994, 921, a unique constraint; 899 on a VSCU).
    Duplicate,
    /// Device or credentials are refused; no document is at fault and nothing was recorded.
    DeviceProblem(DeviceFault),
    /// KRA's server failed; it may have recorded the request before that.
    ServerFault,
    /// Not an answer of eTIMS: empty, HTML, cut off, or contradicting itself.
    Unreadable,
}

/// Why KRA refused, in the caller's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The kind of reason.
    pub reason: RefusalReason,
    /// The field of the caller's document, like `lines[0].amount`; `None` when KRA's text does not tell.
    pub field: Option<String>,
    /// What KRA had expected, when its text names a number.
    pub expected: Option<Expected>,
    /// What to do, when we know.
    pub advice: Option<String>,
}

/// One answer of KRA's, taken out of its envelope.
///
/// ```
/// use etims_core::wire::{Operation, Outcome, RefusalReason, Reply};
///
/// let body = br#"{"resultCd":"910","resultMsg":"Insufficient stock for item 2","resultDt":"20260917140928","data":null}"#;
/// let Outcome::Refused(refusal) = Reply::parse(Operation::SaveSale, 200, body).outcome else { panic!() };
/// assert_eq!(refusal.reason, RefusalReason::Stock);
///
/// let page = Reply::parse(Operation::SaveSale, 502, b"<html>Bad Gateway</html>");
/// assert_eq!(page.outcome, Outcome::ServerFault);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// What was asked.
    pub operation: Operation,
    /// HTTP status, which alone says little: 001 comes with 400, refusals come with 200.
    pub http_status: u16,
    /// What it means.
    pub outcome: Outcome,
    /// KRA's result code (eTIMS `resultCd`), else the gateway's `responseCode`.
    pub code: Option<String>,
    /// KRA's own words.
    pub text: Option<String>,
    /// The gateway's reference of this call, for KRA's support (eTIMS `responseRefID`).
    pub reference_id: Option<String>,
    /// KRA's clock (eTIMS `resultDt`).
    pub result_at: Option<Timestamp>,
    /// The JSON text of `data`, when there is any.
    pub data: Option<String>,
}

impl fmt::Debug for Reply {
    /// Without the data: names, and once in a device's life its communication key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("operation", &self.operation)
            .field("http_status", &self.http_status)
            .field("outcome", &self.outcome)
            .field("code", &self.code)
            .field("text", &self.text)
            .field("reference_id", &self.reference_id)
            .field("result_at", &self.result_at)
            .field("data_bytes", &self.data.as_ref().map(String::len))
            .finish()
    }
}

impl Reply {
    /// Reads an answer. Anything can come in; nothing makes this fail.
    pub fn parse(operation: Operation, http_status: u16, body: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(body);
        let object = AnswerObject::parse(text.trim_start_matches('\u{feff}').trim());
        let parts = object.as_ref().map(Parts::of).unwrap_or_default();
        let outcome = judge(http_status, object.is_some(), &parts);
        Reply {
            operation,
            http_status,
            outcome,
            code: parts.result_code.or(parts.response_code),
            text: parts.text,
            reference_id: parts.reference_id,
            result_at: parts.result_at,
            data: parts.data,
        }
    }

    /// How far the request is known to have come, judged by the answer.
    pub fn delivery(&self) -> Delivery {
        match self.outcome {
            Outcome::ServerFault | Outcome::Unreadable => Delivery::MaybeDelivered,
            _ => Delivery::Answered,
        }
    }

    /// Whether asking again later may bring another answer. A write is repeated only by the rules of the outbox.
    pub fn retryable(&self) -> bool {
        match &self.outcome {
            Outcome::ServerFault | Outcome::Unreadable => true,
            Outcome::Refused(refusal) => matches!(refusal.reason, RefusalReason::Stock | RefusalReason::Throttled),
            _ => false,
        }
    }

    /// The signed receipt in `data`.
    ///
    /// # Errors
    /// [`UnreadableReceipt`] when there is none, or not a whole one.
    pub fn receipt(&self) -> Result<SignedReceipt, UnreadableReceipt> {
        SignedReceipt::from_json(self.data.as_deref().ok_or(UnreadableReceipt::NoSignature)?)
    }

    /// One line for people: the code and KRA's words, or the bare HTTP status.
    pub fn summary(&self) -> String {
        match (&self.code, &self.text) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(code), None) => format!("code {code}"),
            (None, Some(text)) => format!("HTTP {}: {text}", self.http_status),
            (None, None) => format!("HTTP {} without a readable answer", self.http_status),
        }
    }
}

/// The parts of an answer, whichever envelope held them.
#[derive(Default)]
struct Parts {
    /// `resultCd` of the flat object or of `responseBody`.
    result_code: Option<String>,
    /// `responseCode` of the gateway's header.
    response_code: Option<String>,
    /// Whether this is the gateway's own error, which eTIMS has never seen (`fault`, `header` + `body`).
    gateway_error: bool,
    text: Option<String>,
    reference_id: Option<String>,
    result_at: Option<Timestamp>,
    data: Option<String>,
}

impl Parts {
    fn of(object: &AnswerObject<'_>) -> Parts {
        if let Some(fault) = object.object("fault") {
            return Parts { gateway_error: true, text: fault.text("faultstring"), ..Parts::default() };
        }
        if let Some(header) = object.object("header") {
            return Parts {
                gateway_error: true,
                response_code: header.text("responseCode"),
                text: words(&header, &["responseMessage", "customerMessage"]),
                reference_id: header.text("requestRefId"),
                ..Parts::default()
            };
        }
        let enveloped = object.has("responseHeader") || object.has("responseBody");
        let header = object.object("responseHeader").unwrap_or_default();
        let inner = enveloped.then(|| object.object("responseBody").unwrap_or_default());
        let body = inner.as_ref().unwrap_or(object);
        Parts {
            result_code: body.text("resultCd"),
            response_code: header.text("responseCode"),
            gateway_error: false,
            text: body.text("resultMsg").or_else(|| words(&header, &["debugMessage", "customerMessage"])),
            reference_id: header.text("responseRefID"),
            result_at: body.text("resultDt").and_then(|text| parse_wire_moment(&text)),
            data: body.raw("data").map(str::to_owned),
        }
    }
}

/// The messages of a gateway header that say something, the telling one first: either may be a mere "Validation failed".
fn words(header: &AnswerObject<'_>, keys: &[&str]) -> Option<String> {
    let mut words: Vec<String> = keys.iter().filter_map(|key| header.text(key)).filter(|text| text != "…").collect();
    words.dedup();
    words.sort_by_key(|text| known_text(text).is_none());
    (!words.is_empty()).then(|| words.join(" | "))
}

fn judge(http_status: u16, is_object: bool, parts: &Parts) -> Outcome {
    let known = parts.text.as_deref().and_then(known_text);
    let said = known.map(|known| known.meaning);
    if let Some(Meaning::Device(fault)) = said
        && parts.result_code.is_none()
    {
        return Outcome::DeviceProblem(fault);
    }
    let response_status: Option<u16> = parts.response_code.as_deref().and_then(|code| code.parse().ok());
    for status in [Some(http_status), response_status].into_iter().flatten() {
        match status {
            401 | 403 => return Outcome::DeviceProblem(DeviceFault::Credentials),
            429 => return refused(RefusalReason::Throttled, parts),
            500.. => return Outcome::ServerFault,
            _ => {}
        }
    }
    if !is_object || parts.gateway_error {
        return Outcome::Unreadable;
    }
    let good_status = (200..300).contains(&http_status);
    match (parts.result_code.as_deref(), response_status) {
        (Some(code), _) => match (meaning(code), said) {
            (Some(Meaning::Success), _) if good_status && response_status.is_none_or(|status| status == 200) => {
                Outcome::Accepted
            }
            (Some(Meaning::Empty), _) => Outcome::Empty,
            (Some(Meaning::Duplicate), _) | (Some(Meaning::Fault), Some(Meaning::Duplicate)) => Outcome::Duplicate,
            (Some(Meaning::Device(fault)), _) => Outcome::DeviceProblem(fault),
            (Some(Meaning::Refused(_)), Some(Meaning::Refused(reason))) => refused(reason, parts),
            (Some(Meaning::Refused(reason)), _) => refused(reason, parts),
            (Some(Meaning::Fault), _) => Outcome::ServerFault,
            (Some(Meaning::Success) | None, _) => Outcome::Unreadable,
        },
        (None, Some(200)) => {
            let success = parts.text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("success"));
            if success && good_status { Outcome::Accepted } else { Outcome::Unreadable }
        }
        (None, Some(_)) => match said {
            Some(Meaning::Duplicate) => Outcome::Duplicate,
            Some(Meaning::Fault) => Outcome::ServerFault,
            Some(Meaning::Refused(reason)) => refused(reason, parts),
            _ => refused(RefusalReason::Other, parts),
        },
        (None, None) => Outcome::Unreadable,
    }
}

fn refused(reason: RefusalReason, parts: &Parts) -> Outcome {
    let text = parts.text.as_deref().unwrap_or_default();
    let known = known_text(text);
    let expected = Expected::read(text);
    let line = expected.as_ref().and_then(|expected| expected.line);
    Outcome::Refused(Refusal {
        reason,
        field: known.and_then(|known| known.field_at(line)),
        expected,
        advice: known.map(|known| known.advice.to_owned()).filter(|advice| !advice.is_empty()),
    })
}
