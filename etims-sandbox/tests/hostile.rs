//! Any body, path and header gets a KRA-shaped answer or a clear 4xx; what is accepted still adds up.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use etims_sandbox::{OfflineAnswer, OfflineKra, Sandbox};
use serde_json::{Value, json};
use support::*;

/// 2026-09-20, in milliseconds.
const NOW: i64 = 1_789_900_000_000;

/// A till that talks to a KRA without a socket.
struct Desk {
    kra: OfflineKra,
    token: String,
    key: String,
}

impl Desk {
    fn new() -> Desk {
        let mut desk = Desk { kra: OfflineKra::new(7, None, NOW), token: String::new(), key: String::new() };
        let path = "/v1/token/generate?grant_type=client_credentials";
        let answer = desk.kra.answer("GET", path, &[("Authorization", "Basic a2V5OnNlY3JldA==")], b"");
        let token: Value = serde_json::from_str(&answer.body).expect("a token");
        desk.token = token["access_token"].as_str().expect("a token").to_owned();
        let body = json!({"tin": PIN, "bhfId": "00", "dvcSrlNo": "TILL-1"});
        let init: Value = serde_json::from_str(&desk.gateway("/initialize", &body).body).expect("JSON");
        desk.key = init["responseBody"]["data"]["info"]["cmcKey"].as_str().expect("a key").to_owned();
        let vscu = desk.vscu("/initializer/selectInitInfo", &json!({"dvcSrlNo": "VSCU-1"}));
        assert!(vscu.body.contains("\"000\""));
        for (number, tax) in [(1, "B"), (2, "A"), (3, "B3")] {
            assert!(desk.gateway("/saveItem", &item(number, tax)).body.contains("\"000\""));
        }
        let stock = [(1, "B", "100", "100000"), (2, "A", "50", "100000")];
        assert!(desk.gateway("/insertStockIO", &movement(1, "06", &stock)).body.contains("\"000\""));
        for number in [1, 2] {
            assert!(desk.gateway("/saveStockMaster", &on_hand(number, "100000")).body.contains("\"000\""));
        }
        desk
    }

    fn gateway(&mut self, path: &str, body: &Value) -> OfflineAnswer {
        self.raw(&format!("/etims-oscu/api/v1{path}"), body.to_string().as_bytes())
    }

    fn direct(&mut self, path: &str, body: &Value) -> OfflineAnswer {
        self.raw(&format!("/etims-api{path}"), body.to_string().as_bytes())
    }

    fn vscu(&mut self, path: &str, body: &Value) -> OfflineAnswer {
        let body = edit(body.clone(), |body| {
            if body.is_object() {
                body["tin"] = json!(PIN);
                body["bhfId"] = json!("00");
            }
        });
        self.raw(path, body.to_string().as_bytes())
    }

    fn raw(&mut self, path: &str, body: &[u8]) -> OfflineAnswer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("Authorization", bearer.as_str()),
            ("apigee_app_id", APP_ID),
            ("tin", PIN),
            ("bhfId", "00"),
            ("cmcKey", &self.key),
            ("Content-Type", "application/json"),
        ];
        self.kra.answer("POST", path, &headers, body)
    }
}

/// A JSON answer in one of KRA's shapes, or a page with a 4xx.
fn is_kra_shaped(answer: &OfflineAnswer) -> bool {
    if answer.content_type.starts_with("text/html") {
        return (200..500).contains(&answer.status);
    }
    let Ok(json) = serde_json::from_str::<Value>(&answer.body) else { return false };
    let flat = |json: &Value| {
        json["resultCd"].as_str().is_some_and(|code| code.len() == 3)
            && json["resultMsg"].is_string()
            && json["resultDt"].as_str().is_some_and(|time| time.len() == 14)
            && json.get("data").is_some()
    };
    let enveloped = json["responseHeader"]["debugMessage"].is_string()
        && (json["responseBody"].is_null() || flat(&json["responseBody"]));
    flat(&json)
        || enveloped
        || json["fault"]["faultstring"].is_string()
        || json["header"]["responseMessage"].is_string()
}

/// Values that nobody should send.
fn poisons() -> Vec<Value> {
    let number = |text: &str| serde_json::from_str(text).expect("a number");
    vec![
        Value::Null,
        json!(true),
        json!([]),
        json!({}),
        json!([[1]]),
        json!(""),
        json!(" "),
        json!("x".repeat(2000)),
        json!("\u{0}\u{1F600}\"\\'<script>"),
        json!("99999999999999999999999999999999999999999"),
        json!("1e9"),
        json!("NaN"),
        json!(-1),
        json!(0),
        json!(1.005),
        json!(u64::MAX),
        json!(i64::MIN),
        number("1e300"),
        number("1e-300"),
        number("-0.0"),
        number("9999999999999999.99"),
        number("18446744073709551616"),
    ]
}

fn bodies() -> Vec<(&'static str, Value)> {
    let audit = json!({"useYn": "Y", "regrId": "a", "regrNm": "a", "modrId": "a", "modrNm": "a"});
    let with = |extra: Value| {
        edit(audit.clone(), |body| {
            for (name, value) in extra.as_object().expect("an object") {
                body[name] = value.clone();
            }
        })
    };
    let sold = sale(1, "INV-1", &[(1, "B", "100", "2"), (3, "B3", "10", "1")]);
    vec![
        ("/initialize", json!({"tin": PIN, "bhfId": "00", "dvcSrlNo": "TILL-9"})),
        ("/selectCustomer", json!({"custmTin": BUYER})),
        ("/selectItemList", json!({"lastReqDt": "20100101000000"})),
        ("/selectStockMoveList", json!({"lastReqDt": "20100101000000", "tin": PIN, "bhfId": "00"})),
        ("/selectInvoiceDetails", json!({"invcNo": 1})),
        ("/saveItem", item(4, "B")),
        ("/saveItemComposition", composition(&item_code(1, "B"), &item_code(2, "A"), 1)),
        ("/saveBhfCustomer", with(json!({"custNo": "C1", "custTin": BUYER, "custNm": "B"}))),
        ("/saveBhfUser", with(json!({"userId": "u1", "userNm": "U", "pwd": "x"}))),
        ("/saveBhfInsurance", with(json!({"isrccCd": "S", "isrccNm": "S", "isrcRt": 20}))),
        ("/updateImportItem", import_update()),
        ("/saveTrnsSalesOsdc", sold.clone()),
        ("/saveTrnsSalesOsdc", credit(1, "CN-1", &sold)),
        ("/insertTrnsPurchase", purchase(1, ("P000000002B", "Supplier", 7), (1, "B", "100", "1"))),
        ("/insertStockIO", movement(2, "06", &[(1, "B", "100", "1")])),
        ("/saveStockMaster", on_hand(1, "100000")),
    ]
}

/// Every member of a body, at every depth, as a path of names and indices.
fn places(body: &Value) -> Vec<Vec<String>> {
    let children: Vec<(String, &Value)> = match body {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, child) in children {
        found.push(vec![name.clone()]);
        found.extend(places(child).into_iter().map(|mut rest| {
            rest.insert(0, name.clone());
            rest
        }));
    }
    found
}

fn set(body: &mut Value, place: &[String], poison: &Value) {
    let target = place.iter().fold(body, |at, step| match step.parse::<usize>() {
        Ok(index) if at.is_array() => &mut at[index],
        _ => &mut at[step],
    });
    *target = poison.clone();
}

/// Every field of every operation gets every poison, on the strict gateway and on the lenient direct host.
#[test]
fn no_field_takes_poison() {
    let (mut gateway, mut direct) = (Desk::new(), Desk::new());
    for (path, body) in bodies() {
        for place in places(&body) {
            for poison in poisons() {
                let mut poisoned = body.clone();
                set(&mut poisoned, &place, &poison);
                for answer in [gateway.gateway(path, &poisoned), direct.direct(path, &poisoned)] {
                    assert!(is_kra_shaped(&answer), "{path} {place:?} {poison}: {answer:?}");
                }
            }
        }
    }
    // Whatever the gateway let in is in order and adds up.
    let ledger = gateway.kra.ledger();
    assert!(!ledger.is_empty());
    assert!(ledger.iter().zip(1..).all(|(row, number)| row.invoice_number == number));
    assert!(ledger.iter().all(|row| row.total_cents > 0 && row.tax_cents >= 0));
}

#[test]
fn no_body_path_or_header_is_a_panic() {
    let mut desk = Desk::new();
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let nested = "{\"a\":".repeat(50_000) + "1" + &"}".repeat(50_000);
    let bodies: Vec<&[u8]> = vec![
        b"",
        b" ",
        b"null",
        b"[]",
        b"\"text\"",
        b"1",
        b"{",
        b"{}",
        b"{\"tin\":}",
        b"\xff\xfe\x00",
        b"{\"invcNo\":1,\"invcNo\":2}",
        b"\xef\xbb\xbf{}",
        b"<xml/>",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    let paths = [
        "/etims-oscu/api/v1/saveTrnsSalesOsdc",
        "/etims-oscu/api/v1/",
        "/etims-oscu/api/v1",
        "/etims-oscu",
        "/etims-api/saveTrnsSalesOsdc",
        "/etims-api/saveTrnsSalesOsdc/",
        "/etims-api",
        "/trnsSales/saveSales",
        "/trnsSales/saveSales/../saveSales",
        "//",
        "",
        "/%00%ff",
        "/v1/token/generate",
        "/common/link/etims/receipt/indexEtimsReceiptData?Data=",
        "/common/link/etims/receipt/indexEtimsReceiptData?Data=\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}x",
        "/common/link/etims/receipt/indexEtimsReceiptData?Data=<script>alert(1)</script>",
    ];
    for path in paths {
        for body in &bodies {
            for method in ["POST", "GET", "PUT", "DELETE", "BREW", ""] {
                let headers = [("tin", PIN), ("bhfId", "00"), ("cmcKey", "x"), ("Content-Type", "application/json")];
                for headers in [&headers[..], &[], &[("Authorization", "Bearer \u{e9}"), ("tin\n", "x")]] {
                    let answer = desk.kra.answer(method, path, headers, body);
                    let is_token = path.starts_with("/v1/token") && answer.body.is_empty();
                    assert!(is_token || is_kra_shaped(&answer), "{method} {path}: {answer:?}");
                    assert!(!answer.body.contains("<script>"));
                }
            }
            let answer = desk.raw(path, body);
            assert!(path.starts_with("/v1/token") || is_kra_shaped(&answer), "{path}: {answer:?}");
        }
    }
    for token in ["Bearer ", "Bearer AAAA", "bearer x", "Basic x", &format!("Bearer {}", "A".repeat(60))] {
        let answer = desk.kra.answer("POST", "/etims-oscu/api/v1/saveItem", &[("Authorization", token)], b"{}");
        assert_eq!(answer.status, 401, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_http_is_answered_or_closed_at_once() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    let huge = vec![b' '; 5 * 1024 * 1024];
    let reply = exchange(&url, "POST", "/trnsSales/saveSales", &[], &huge).expect("an answer");
    assert_eq!(reply.status, 413);
    let started = Instant::now();
    let talks: [&[u8]; 6] = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST /trnsSales/saveSales HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"POST /trnsSales/saveSales HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for talk in talks {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).expect("listening");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a time-out");
        stream.write_all(talk).expect("sent");
        stream.shutdown(std::net::Shutdown::Write).expect("said all");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("closed, not hanging");
        let head = String::from_utf8_lossy(&answer);
        assert!(head.is_empty() || head.starts_with("HTTP/1.1 4") || head.starts_with("HTTP/1.0 4"), "{head}");
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    // It is still there.
    Till::stocked(&url);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_lines_are_answered() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let till = Till::stocked(&sandbox.url());
    let lines: Vec<(u64, &str, &str, &str)> = (0..999).map(|_| (3, "B3", "10", "1")).collect();
    let reply = till.post("/saveTrnsSalesOsdc", &sale(1, "LONG", &lines));
    assert_eq!(reply.code(), "000", "{}", reply.body);
    let lines: Vec<(u64, &str, &str, &str)> = (0..1000).map(|_| (3, "B3", "10", "1")).collect();
    let reply = till.post("/saveTrnsSalesOsdc", &sale(2, "LONGER", &lines));
    assert!(reply.text().contains("<itemSeq> : numeric value out of bounds"), "{}", reply.body);
}
