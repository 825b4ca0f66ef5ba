//! Every fault, by its verb and over the control API: what the client sees and what KRA has recorded.

mod support;

use std::time::{Duration, Instant};

use etims_sandbox::{DuplicateCode, Fault, FaultKind, Operation, Sandbox};
use serde_json::{Value, json};
use support::{Reply, Till, exchange, item, sale};

async fn stocked() -> (Sandbox, Till) {
    let sandbox = Sandbox::builder().seed(7).start().await.expect("a free port");
    let till = Till::stocked(&sandbox.url());
    (sandbox, till)
}

fn one(number: u64) -> Value {
    sale(number, &format!("INV-{number}"), &[(1, "B", "100", "1")])
}

fn sell(till: &Till, number: u64) -> Option<Reply> {
    till.try_post("/saveTrnsSalesOsdc", &one(number))
}

fn detail(till: &Till, number: u64) -> Reply {
    till.post("/selectInvoiceDetails", &json!({"invcNo": number}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_recorded_and_can_be_read_back() {
    let (sandbox, till) = stocked().await;
    sandbox.lose_next_answer();
    assert!(sell(&till, 1).is_none());
    let row = &sandbox.ledger()[0];
    assert_eq!(detail(&till, 1).data()["salesList"][0]["receipt"]["rcptSign"], row.signature.as_str());
    assert_eq!(sell(&till, 1).expect("an answer").text(), "Invalid invcNo sequence, expected: 2 but found: 1");
    assert_eq!(sell(&till, 2).expect("an answer").code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_request_is_not_recorded() {
    let (sandbox, till) = stocked().await;
    sandbox.lose_next_request();
    assert!(sell(&till, 1).is_none());
    assert!(sandbox.ledger().is_empty());
    assert_eq!(detail(&till, 1).code(), "001");
    assert_eq!(sell(&till, 1).expect("an answer").code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_second_answer_is_lost() {
    let (sandbox, till) = stocked().await;
    sandbox.inject(Fault::new(FaultKind::LoseAnswer).every(2));
    let answered: Vec<bool> = (1..=6).map(|number| sell(&till, number).is_some()).collect();
    assert_eq!(answered, [true, false, true, false, true, false]);
    assert_eq!(sandbox.ledger().len(), 6);
    sandbox.heal();
    assert!(sell(&till, 7).is_some() && sell(&till, 8).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_is_recorded_at_once_and_a_late_request_late() {
    let (sandbox, till) = stocked().await;
    sandbox.delay_next_answer(300);
    let started = Instant::now();
    assert_eq!(sell(&till, 1).expect("an answer").code(), "000");
    assert!(started.elapsed() >= Duration::from_millis(300));

    let id = sandbox.inject(Fault::new(FaultKind::DelayRequest { milliseconds: 300 }).on(Operation::SaveSale));
    // The client hangs up; its request arrives all the same.
    let body = one(2).to_string();
    let headers: String = till.headers().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "POST /etims-oscu/api/v1/saveTrnsSalesOsdc HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(sandbox.url().trim_start_matches("http://")).expect("listening");
    std::io::Write::write_all(&mut stream, request.as_bytes()).expect("sent");
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(stream);
    assert_eq!(sandbox.ledger().len(), 1);
    assert_eq!(detail(&till, 2).code(), "001");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(sandbox.ledger().len(), 2);
    assert!(sandbox.withdraw(id) && !sandbox.withdraw(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_arrive_broken() {
    let (sandbox, till) = stocked().await;
    sandbox.reset_next_answer();
    let broken = sell(&till, 1);
    assert!(broken.is_none_or(|reply| serde_json::from_str::<Value>(&reply.body).is_err()));
    sandbox.truncate_next_answer();
    let cut = sell(&till, 2).expect("a head");
    assert!(cut.status == 200 && serde_json::from_str::<Value>(&cut.body).is_err() && !cut.body.is_empty());
    sandbox.answer_next_with_html(true);
    let page = sell(&till, 3).expect("a page");
    assert!(page.status == 200 && page.head.contains("text/html") && page.body.contains("not KRA"));
    assert_eq!(sandbox.ledger().len(), 3);
    sandbox.answer_next_with_html(false);
    assert!(sell(&till, 4).expect("a page").body.contains("maintenance"));
    assert_eq!(sandbox.ledger().len(), 3);
    sandbox.drip_next_answer(5);
    let started = Instant::now();
    assert_eq!(sell(&till, 4).expect("an answer").code(), "000");
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_fail_before_or_after_recording() {
    let (sandbox, till) = stocked().await;
    for (index, status) in [500, 502, 503, 504].into_iter().enumerate() {
        sandbox.fail_next(status, false);
        assert_eq!(sell(&till, index as u64 + 1).expect("an answer").status, status);
        assert_eq!(sandbox.ledger().len(), index);
        sandbox.fail_next(status, true);
        assert_eq!(sell(&till, index as u64 + 1).expect("an answer").status, status);
        assert_eq!(sandbox.ledger().len(), index + 1);
    }
    sandbox.throttle_next();
    assert_eq!(sell(&till, 5).expect("an answer").status, 429);
    sandbox.expire_token();
    let expired = sell(&till, 5).expect("an answer");
    assert_eq!((expired.status, expired.text().as_str()), (401, "access token expired"));
    sandbox.return_many_results(4);
    assert!(sell(&till, 5).expect("an answer").text().contains("unique result: 4 results were returned"));
    assert_eq!(sell(&till, 5).expect("an answer").code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn details_lag() {
    let (sandbox, till) = stocked().await;
    sandbox.lag_details_for_look_ups(2);
    sell(&till, 1);
    let codes: Vec<String> = (0..3).map(|_| detail(&till, 1).code()).collect();
    assert_eq!(codes, ["001", "001", "000"]);
    sandbox.heal();
    sandbox.lag_details_for(400);
    sell(&till, 2);
    assert_eq!(detail(&till, 2).code(), "001");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(detail(&till, 2).code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_sale_is_refused_for_its_stock() {
    let (sandbox, till) = stocked().await;
    let all = sale(1, "INV-1", &[(1, "B", "100", "100")]);
    sandbox.lose_next_answer();
    assert!(till.try_post("/saveTrnsSalesOsdc", &all).is_none());
    sandbox.check_stock_before_sequence();
    let refused = till.post("/saveTrnsSalesOsdc", &all);
    assert_eq!(refused.text(), "Items provided under the itemList section do not exist in your stock");
    assert!(till.post("/saveTrnsSalesOsdc", &all).text().starts_with("Invalid invcNo sequence, expected: 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_writes_on_the_device() {
    let (sandbox, till) = stocked().await;
    sandbox.let_foreigner_write();
    assert_eq!(sell(&till, 1).expect("an answer").text(), "Invalid invcNo sequence, expected: 2 but found: 1");
    let ledger = sandbox.ledger();
    assert_eq!((ledger.len(), ledger[0].trader_invoice_number.as_str()), (1, "FOREIGN-1"));
    assert_eq!(detail(&till, 1).data()["salesList"][0]["trdInvcNo"], "FOREIGN-1");
    sandbox.drift_counter(3);
    assert_eq!(sell(&till, 2).expect("an answer").text(), "Invalid invcNo sequence, expected: 5 but found: 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_lie() {
    let (sandbox, till) = stocked().await;
    sandbox.misnumber_next_receipt();
    assert_eq!(sell(&till, 1).expect("an answer").data()["curRcptNo"], 1001);
    assert_eq!(sandbox.ledger()[0].receipt_number, 1);
    sandbox.withhold_next_signature();
    let unsigned = sell(&till, 2).expect("an answer");
    assert_eq!((unsigned.code().as_str(), &unsigned.data()["rcptSign"]), ("000", &Value::Null));
    assert_eq!(sandbox.ledger()[1].signature.len(), 16);
    sandbox.skew_clock(-86_400);
    let skewed = sell(&till, 3).expect("an answer").data()["sdcDateTime"].as_str().expect("a time").to_owned();
    assert!(skewed[..8] < sandbox.ledger()[2].signed_at[..8]);
    sandbox.heal();
    for (code, said) in
        [(DuplicateCode::Overlapped, "994"), (DuplicateCode::Declared, "921"), (DuplicateCode::Client, "899")]
    {
        sandbox.call_next_a_duplicate(code);
        assert_eq!(sell(&till, 4).expect("an answer").code(), said);
    }
    sandbox.call_next_a_duplicate(DuplicateCode::Unique);
    assert!(sell(&till, 4).expect("an answer").text().contains("violates unique constraint"));
    assert_eq!(sell(&till, 4).expect("an answer").code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_armed_over_http() {
    let (sandbox, till) = stocked().await;
    let control = |method: &str, path: &str, body: &str| {
        exchange(&sandbox.url(), method, path, &[], body.as_bytes()).expect("an answer")
    };
    let armed = control("POST", "/sandbox/faults", r#"{"kind":"lose_answer","every":2,"operation":"save_item"}"#);
    assert_eq!(armed.status, 201, "{}", armed.body);
    assert!(armed.head.contains("x-etims-sandbox: not KRA"));
    let id = armed.json()["id"].as_u64().expect("an id");
    assert!(till.try_post("/saveItem", &item(5, "B")).is_some());
    assert!(till.try_post("/saveItem", &item(6, "B")).is_none());
    let listed = control("GET", "/sandbox/faults", "").json();
    assert_eq!((&listed["faults"][0]["seen"], &listed["faults"][0]["struck"]), (&json!(2), &json!(1)));
    assert_eq!(control("DELETE", &format!("/sandbox/faults/{id}"), "").status, 200);
    assert_eq!(control("DELETE", &format!("/sandbox/faults/{id}"), "").status, 404);
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"kind":"x"}"#,
        r#"{"kind":"lose_answer","evry":2}"#,
        r#"{"kind":"delay_answer","milliseconds":-1}"#,
    ] {
        let refused = control("POST", "/sandbox/faults", bad);
        assert_eq!(refused.status, 400, "{bad}");
        assert!(refused.json()["error"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(refused.json()["notice"].as_str().is_some_and(|text| text.contains("not KRA")));
    }
    control("POST", "/sandbox/faults", r#"{"kind":"too_many_requests","once":true}"#);
    assert_eq!(control("DELETE", "/sandbox/faults", "").status, 200);
    assert_eq!(sell(&till, 1).expect("an answer").code(), "000");
}

/// Time goes on: the token of an hour ago is no use any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_lives_for_an_hour() {
    let (sandbox, till) = stocked().await;
    sandbox.freeze_clock(true).await;
    sandbox.advance_clock(3500).await;
    assert_eq!(sell(&till, 1).expect("an answer").code(), "000");
    sandbox.advance_clock(120).await;
    assert_eq!(sell(&till, 2).expect("an answer").status, 401);
    sandbox.advance_clock(-120).await;
    assert_eq!(sell(&till, 2).expect("an answer").code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_armed_from_the_start() {
    let fault: Fault = "lose-answer:every=1,operation=save-item".parse().expect("a fault");
    let sandbox = Sandbox::builder().fault(fault).start().await.expect("a free port");
    let till = Till::new(&sandbox.url(), support::PIN, "00", "TILL-1");
    assert!(till.try_post("/saveItem", &item(1, "B")).is_none());
}
