//! Any request gets an answer in one of KRA's shapes; what the strict sandbox lets in is in order.
#![no_main]

use arbitrary::Arbitrary;
use etims_sandbox::{OfflineAnswer, OfflineKra, Profile};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const PIN: &str = "P000000001A";
/// 2026-09-20, in milliseconds.
const NOW: i64 = 1_789_900_000_000;
/// Requests that KRA's gateway has accepted; the fuzzer sends them whole or spoilt.
const SAMPLES: [&str; 8] = [
    include_str!("../../etims-sandbox/tests/samples/gateway/initialize.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/save_item_ok.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/insert_stock_io.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/save_stock_master.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/send_sales_transaction.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/save_purchase_zero_rated.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/send_purchase_transaction_template.json"),
    include_str!("../../etims-sandbox/tests/samples/gateway/update_import_item.json"),
];

#[derive(Arbitrary, Debug)]
enum Step {
    /// Anything, anywhere.
    Raw { method: String, target: String, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Any body at a known place.
    Body { dialect: u8, sample: u8, body: Vec<u8> },
    /// A sample with some members replaced.
    Sample { dialect: u8, sample: u8, edits: Vec<(u8, Poison)> },
}

#[derive(Arbitrary, Debug)]
enum Poison {
    Null,
    Bool(bool),
    Whole(i64),
    Number(u8, u32),
    Text(String),
    Empty,
}

impl Poison {
    fn value(&self) -> Value {
        match self {
            Poison::Null => Value::Null,
            Poison::Bool(value) => json!(value),
            Poison::Whole(value) => json!(value),
            Poison::Number(decimals, digits) => {
                let text = format!("{digits}.{digits:0>width$}", width = usize::from(*decimals));
                serde_json::from_str(&text).unwrap_or(Value::Null)
            }
            Poison::Text(text) => json!(text),
            Poison::Empty => json!([]),
        }
    }
}

struct Desk {
    kra: OfflineKra,
    token: String,
    key: String,
}

impl Desk {
    fn new() -> Desk {
        let mut kra = OfflineKra::new(7, Some(Profile::Strict), NOW);
        let basic = [("Authorization", "Basic a2V5OnNlY3JldA==")];
        let token = kra.answer("GET", "/v1/token/generate?grant_type=client_credentials", &basic, b"");
        let token: Value = serde_json::from_str(&token.body).expect("a token");
        let token = token["access_token"].as_str().expect("a token").to_owned();
        let mut desk = Desk { kra, token, key: String::new() };
        let request = r#"{"tin":"P000000001A","bhfId":"00","dvcSrlNo":"FUZZ"}"#;
        let answer = desk.post("/etims-oscu/api/v1/initialize", request.as_bytes());
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        desk.key = answer["responseBody"]["data"]["info"]["cmcKey"].as_str().expect("a key").to_owned();
        desk
    }

    fn post(&mut self, target: &str, body: &[u8]) -> OfflineAnswer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("Authorization", bearer.as_str()),
            ("apigee_app_id", "11111111-2222-4333-8444-555555555555"),
            ("tin", PIN),
            ("bhfId", "00"),
            ("cmcKey", &self.key),
            ("Content-Type", "application/json"),
        ];
        self.kra.answer("POST", target, &headers, body)
    }

    fn take(&mut self, step: &Step) -> OfflineAnswer {
        match step {
            Step::Raw { method, target, headers, body } => {
                let headers: Vec<(&str, &str)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                self.kra.answer(method, target, &headers, body)
            }
            Step::Body { dialect, sample, body } => {
                let (target, _) = request(*dialect, *sample);
                self.post(&target, body)
            }
            Step::Sample { dialect, sample, edits } => {
                let (target, mut body) = request(*dialect, *sample);
                for (place, poison) in edits {
                    spoil(&mut body, *place, poison.value());
                }
                self.post(&target, body.to_string().as_bytes())
            }
        }
    }
}

fn request(dialect: u8, sample: u8) -> (String, Value) {
    let sample: Value =
        serde_json::from_str(SAMPLES[usize::from(sample) % SAMPLES.len()]).expect("the samples are JSON");
    let prefix = ["/etims-oscu/api/v1", "/etims-api", ""][usize::from(dialect) % 3];
    let target = format!("{prefix}{}", sample["endpoint"].as_str().unwrap_or_default());
    (target, sample["request"].clone())
}

/// Replaces one member, of the head or of the first line.
fn spoil(body: &mut Value, place: u8, value: Value) {
    let lines = body.get("itemList").and_then(|lines| lines.get(0)).and_then(Value::as_object);
    let names: Vec<(bool, String)> = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| (false, name.clone()))
        .chain(lines.into_iter().flatten().map(|(name, _)| (true, name.clone())))
        .collect();
    match &names[usize::from(place) % names.len()] {
        (true, name) => body["itemList"][0][name] = value,
        (false, name) => body[name] = value,
    }
}

fn is_kra_shaped(answer: &OfflineAnswer) -> bool {
    if answer.content_type.starts_with("text/html") || answer.body.is_empty() {
        return answer.status < 500;
    }
    let Ok(json) = serde_json::from_str::<Value>(&answer.body) else { return false };
    let flat = |json: &Value| json["resultCd"].is_string() && json["resultMsg"].is_string() && json["resultDt"].is_string();
    let enveloped = json["responseHeader"]["debugMessage"].is_string()
        && (json["responseBody"].is_null() || flat(&json["responseBody"]));
    flat(&json)
        || enveloped
        || json["fault"]["faultstring"].is_string()
        || json["header"]["responseMessage"].is_string()
        || json["access_token"].is_string()
}

fuzz_target!(|steps: Vec<Step>| {
    let mut desk = Desk::new();
    for step in steps.iter().take(16) {
        let answer = desk.take(step);
        assert!(is_kra_shaped(&answer), "{step:?}: {answer:?}");
    }
    let ledger = desk.kra.ledger();
    assert!(ledger.iter().zip(1..).all(|(row, number)| row.invoice_number == number));
    assert!(ledger.iter().all(|row| row.total_cents >= row.tax_cents && row.tax_cents >= 0));
});
