//! The control API: what `openapi.json` says is what is served.

mod support;

use etims_sandbox::{RULES, Sandbox};
use serde_json::{Value, json};
use support::{Till, control, exchange, sale};

#[tokio::test(flavor = "multi_thread")]
async fn every_described_path_is_served_and_says_that_it_is_not_kra() {
    let sandbox = Sandbox::builder().seed(5).start().await.expect("a free port");
    let url = sandbox.url();
    let file: Value = serde_json::from_str(include_str!("../src/openapi.json")).expect("JSON");
    assert_eq!(control(&url, "GET", "/sandbox/openapi.json", &Value::Null).json(), file);
    for (path, methods) in file["paths"].as_object().expect("paths") {
        for (method, described) in methods.as_object().expect("methods") {
            let reply = control(&url, &method.to_uppercase(), &path.replace("{id}", "77"), &Value::Null);
            let codes: Vec<&String> = described["responses"].as_object().expect("responses").keys().collect();
            assert!(codes.contains(&&reply.status.to_string()), "{method} {path}: {} of {codes:?}", reply.status);
            assert!(reply.head.contains("x-etims-sandbox: not KRA"), "{method} {path}");
            if path != "/sandbox/openapi.json" {
                assert!(
                    reply.json()["notice"].as_str().is_some_and(|text| text.contains("not KRA")),
                    "{method} {path}"
                );
            }
        }
    }
    for path in ["/sandbox", "/sandbox/", "/sandbox/nothing"] {
        assert_eq!(control(&url, "GET", path, &Value::Null).status, 404, "{path}");
    }
    let put = control(&url, "PUT", "/sandbox/ledger", &Value::Null);
    assert!(put.status == 405 && put.head.contains("x-etims-sandbox"));
    let health = control(&url, "GET", "/sandbox/health", &Value::Null).json();
    assert_eq!((&health["status"], &health["seed"]), (&json!("running"), &json!(5)));
    let front = exchange(&url, "GET", "/", &[], b"").expect("a page");
    assert!(front.body.contains("not KRA"));
    let rules = control(&url, "GET", "/sandbox/rules", &Value::Null).json();
    assert_eq!(rules["rules"].as_array().map(Vec::len), Some(RULES.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_paged() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let till = Till::stocked(&sandbox.url());
    for number in 1..=3 {
        till.post("/saveTrnsSalesOsdc", &sale(number, &format!("INV-{number}"), &[(1, "B", "100", "1")]));
    }
    let page = control(&till.url, "GET", "/sandbox/ledger?after=1&limit=1", &Value::Null).json();
    assert_eq!(page["total"], 3);
    assert_eq!(page["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["rows"][0]["trader_invoice_number"], "INV-2");
    assert_eq!(page["rows"][0]["total_cents"], 10_000);
    let past = control(&till.url, "GET", "/sandbox/ledger?after=9", &Value::Null).json();
    assert_eq!(past["rows"], json!([]));
    for bad in ["after=-1", "limit=x", "page=2"] {
        assert_eq!(control(&till.url, "GET", &format!("/sandbox/ledger?{bad}"), &Value::Null).status, 400, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_can_be_set() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    let set = |body: Value| control(&url, "POST", "/sandbox/clock", &body);
    let told = set(json!({"now": "2026-01-31T23:59:59+03:00", "frozen": true})).json();
    assert_eq!((&told["compact"], &told["frozen"]), (&json!("20260131235959"), &json!(true)));
    let till = Till::new(&url, support::PIN, "00", "TILL-1");
    let dated = till.post("/selectCodeList", &json!({"lastReqDt": "20200101000000"})).json();
    assert_eq!(dated["responseBody"]["resultDt"], "20260131235959");
    let later = set(json!({"advance_seconds": 1})).json();
    assert_eq!(later["compact"], "20260201000000");
    assert_eq!(set(json!({"now": "20260918090000"})).json()["compact"], "20260918090000");
    let running = set(json!({"system": true, "frozen": false})).json();
    assert_eq!(running["frozen"], false);
    assert!(running["compact"].as_str().is_some_and(|now| now > "20260918090000"));
    for bad in [json!({"now": "yesterday"}), json!({"advance": 1}), json!([]), json!({"advance_seconds": 1e300})] {
        assert_eq!(set(bad.clone()).status, 400, "{bad}");
    }
    // Neither end of time is a panic.
    for seconds in [i64::MAX, i64::MIN] {
        assert_eq!(set(json!({"advance_seconds": seconds})).status, 200);
        assert_eq!(control(&url, "GET", "/sandbox/clock", &Value::Null).status, 200);
    }
}
