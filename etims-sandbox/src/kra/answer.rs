//! Answers in the form of each dialect.

use crate::clock::Moment;
use crate::exchange::Answer;
use crate::json::Json;
use crate::operation::Dialect;
use crate::rule::{Form, Refusal};

const NOTHING: &str = "There is no search result";
const SUCCESS: &str = "Successful";

/// How an answer is addressed: the dialect, the time and the gateway's reference id.
pub(crate) struct Sender<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) now: Moment,
    pub(crate) reference: &'a str,
}

impl Sender<'_> {
    pub(crate) fn success(&self, data: &Json) -> Answer {
        let message = if self.dialect == Dialect::Vscu { "It is succeeded" } else { SUCCESS };
        let flat = self.flat("000", message, data);
        match self.dialect {
            Dialect::Gateway => Answer::json(200, self.envelope(&"200".into(), SUCCESS, SUCCESS, &flat)),
            Dialect::Direct | Dialect::Vscu => Answer::json(200, flat),
        }
    }

    /// 001: on the gateway inside HTTP 400 whose header says 200.
    pub(crate) fn nothing(&self) -> Answer {
        let flat = self.flat("001", NOTHING, &Json::Null);
        match self.dialect {
            Dialect::Gateway => Answer::json(400, self.envelope(&200.into(), NOTHING, NOTHING, &flat)),
            Dialect::Direct | Dialect::Vscu => Answer::json(200, flat),
        }
    }

    pub(crate) fn refusal(&self, refusal: &Refusal) -> Answer {
        let text = refusal.text.as_str();
        let flat = || self.flat(refusal.rule.result_code, text, &Json::Null);
        if self.dialect != Dialect::Gateway {
            return Answer::json(200, flat());
        }
        match refusal.rule.form {
            Form::Rejected => Answer::json(400, self.envelope(&"400".into(), "Validation failed", text, "null")),
            Form::HiddenInOk => Answer::json(200, self.envelope(&"400".into(), text, text, "null")),
            Form::ResultCode => Answer::json(200, self.envelope(&"200".into(), text, text, &flat())),
            Form::GatewayHeader(status) => self.gateway_header(status, text),
            Form::ApigeeFault(status) => apigee_fault(status, text),
        }
    }

    /// The gateway's own answers: 401, 405, 429, 5xx.
    pub(crate) fn gateway_header(&self, status: u16, text: &str) -> Answer {
        let header = Json::object([
            ("responseMessage", text.into()),
            ("responseCode", u64::from(status).into()),
            ("customerMessage", text.into()),
            ("requestRefId", self.reference.into()),
            ("timestamp", self.now.rfc3339().into()),
        ]);
        Answer::json(status, Json::object([("header", header), ("body", Json::object([]))]).to_string())
    }

    fn flat(&self, code: &str, message: &str, data: &Json) -> String {
        let (code, message) = (Json::from(code), Json::from(message));
        let time = self.now.compact();
        format!(r#"{{"resultCd":{code},"resultMsg":{message},"resultDt":"{time}","data":{data}}}"#)
    }

    fn envelope(&self, code: &Json, customer: &str, debug: &str, body: &str) -> String {
        let (reference, customer, debug) = (Json::from(self.reference), Json::from(customer), Json::from(debug));
        format!(
            r#"{{"responseHeader":{{"responseRefID":{reference},"responseCode":{code},"customerMessage":{customer},"debugMessage":{debug}}},"responseBody":{body}}}"#
        )
    }
}

pub(crate) fn apigee_fault(status: u16, text: &str) -> Answer {
    let code = if status == 401 { "keymanagement.service.access_token_expired" } else { "messaging.runtime.Fault" };
    let detail = Json::object([("errorcode", code.into())]);
    let fault = Json::object([("faultstring", text.into()), ("detail", detail)]);
    Answer::json(status, Json::object([("fault", fault)]).to_string())
}
