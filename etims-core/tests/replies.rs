//! Every answer of KRA's that the reference holds, read through the public parser.

use etims_core::wire::{Delivery, DeviceFault, Operation, Outcome, RefusalReason, Reply};
use serde_json::Value;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("a sample is JSON")
}

fn parse(http: u16, body: &str) -> Reply {
    Reply::parse(Operation::SaveSale, http, body.as_bytes())
}

fn reason(reply: &Reply) -> RefusalReason {
    match &reply.outcome {
        Outcome::Refused(refusal) => refusal.reason,
        other => panic!("not a refusal: {other:?}"),
    }
}

#[test]
fn every_gateway_envelope() {
    let envelopes = sample(include_str!("samples/gateway/envelopes.json"));
    let reply = |name: &str| {
        let case = envelopes["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).expect(name);
        let body = match &case["body"] {
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        parse(u16::try_from(case["http"].as_u64().unwrap()).unwrap(), &body)
    };
    assert_eq!(envelopes["cases"].as_array().unwrap().len(), 10, "a new envelope needs its line here");

    let success = reply("success");
    assert_eq!((success.outcome.clone(), success.code.as_deref()), (Outcome::Accepted, Some("000")));
    assert_eq!(success.result_at.unwrap().to_rfc3339(), "2026-08-11T10:30:05+03:00");
    assert_eq!((success.data.clone(), success.retryable(), success.delivery()), (None, false, Delivery::Answered));
    assert_eq!(reply("empty look-up delivered as HTTP 400").outcome, Outcome::Empty);

    let rejected = reply("business rejection as HTTP 400");
    assert_eq!(reason(&rejected), RefusalReason::Sequence);
    assert!(rejected.text.as_deref().unwrap().starts_with("Invalid invcNo sequence, expected: 9 but found: 8"));
    let Outcome::Refused(refusal) = &rejected.outcome else { unreachable!("asserted above") };
    assert_eq!(refusal.expected.as_ref().unwrap().sequence(), Some(9));

    let hidden = reply("business rejection hidden in outer HTTP 200");
    assert_eq!(reason(&hidden), RefusalReason::Amount);
    assert_eq!(hidden.text.as_deref(), Some("rsdQty mismatch. Expected: 0.0 but found: 100"));

    for name in ["access token rejected", "apigee fault: token expired"] {
        assert_eq!(reply(name).outcome, Outcome::DeviceProblem(DeviceFault::Credentials), "{name}");
    }
    let timeout = reply("gateway time-out");
    assert_eq!((timeout.outcome.clone(), timeout.delivery()), (Outcome::ServerFault, Delivery::MaybeDelivered));
    assert!(timeout.retryable());
    assert_eq!(reply("apigee fault: unrouted path").outcome, Outcome::DeviceProblem(DeviceFault::NotRouted));
    assert_eq!(reply("token endpoint answered POST").outcome, Outcome::Unreadable);
    let app = reply("backend NPE because apigee_app_id is not the app UUID");
    assert_eq!(app.outcome, Outcome::DeviceProblem(DeviceFault::Application));
}

#[test]
fn flat_answers_of_the_direct_oscu_and_the_vscu() {
    let files = [
        (include_str!("samples/live-oscu/save_sale_ok.json"), "response"),
        (include_str!("samples/vscu/save_sales_ok.json"), "response_spec_key"),
        (include_str!("samples/vscu/save_sales_ok.json"), "response_live_key"),
        (include_str!("samples/live-oscu/invoice_details_ok.json"), "response"),
    ];
    for (file, key) in files {
        let reply = parse(200, &sample(file)[key].to_string());
        assert_eq!(reply.outcome, Outcome::Accepted);
        let receipt = reply.receipt().unwrap();
        assert_eq!(receipt.signature.len(), 16);
        assert!(receipt.receipt_number > 0);
    }
    let empty = sample(include_str!("samples/live-oscu/no_result_001.json"));
    assert_eq!(parse(200, &empty["response"].to_string()).outcome, Outcome::Empty);
    let saved = sample(include_str!("samples/live-oscu/save_ok_empty.json"));
    let saved = parse(200, &saved["response"].to_string());
    assert_eq!(saved.outcome, Outcome::Accepted);
    assert!(saved.receipt().is_err(), "no signature is not a receipt");
    let installed = sample(include_str!("samples/live-oscu/init_902.json"));
    let installed = parse(200, &installed["response"].to_string());
    assert_eq!(installed.outcome, Outcome::DeviceProblem(DeviceFault::AlreadyInstalled));
    for list in [
        include_str!("samples/live-oscu/branch_list_2024.json"),
        include_str!("samples/live-oscu/code_list_excerpt_2024.json"),
        include_str!("samples/live-oscu/item_class_list_2024.json"),
        include_str!("samples/live-oscu/notice_list_2024.json"),
        include_str!("samples/live-oscu/purchase_list_2024.json"),
        include_str!("samples/live-oscu/init_ok_2026.json"),
    ] {
        let reply = parse(200, &sample(list)["response"].to_string());
        assert_eq!(reply.outcome, Outcome::Accepted);
        assert!(reply.data.unwrap().starts_with('{'));
    }
}

#[test]
fn every_known_text_of_kra_is_recognised() {
    let messages = sample(include_str!("samples/errors/messages.json"));
    for message in messages["messages"].as_array().unwrap() {
        let text = message["text"].as_str().unwrap();
        if text.len() == 3 || text.starts_with("999 ") || text.starts_with("taskCd") {
            continue; // result codes, and a path nobody should call
        }
        let envelope = serde_json::json!({
            "responseHeader": {"responseCode": "400", "customerMessage": "Validation failed", "debugMessage": text},
            "responseBody": null
        });
        match parse(400, &envelope.to_string()).outcome {
            Outcome::Refused(refusal) => assert_ne!(refusal.reason, RefusalReason::Other, "{text}"),
            Outcome::Duplicate | Outcome::DeviceProblem(_) | Outcome::ServerFault => {}
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_refusal_names_the_callers_field() {
    let envelope = |text: &str| {
        format!(r#"{{"responseHeader":{{"responseCode":400,"debugMessage":"{text}"}},"responseBody":null}}"#)
    };
    for (text, field) in [
        ("Invalid taxblAmt on item: 3. Expected: 86.21, But Found: 100.00", Some("lines[2].amount")),
        ("Items provided under the itemList section do not exist in your stock", Some("lines.item_code")),
        ("Invalid RfdRsnCd", Some("credit.reason")),
        ("Something nobody has seen", None),
    ] {
        let reply = parse(200, &envelope(text));
        let Outcome::Refused(refusal) = reply.outcome else { panic!("{text}") };
        assert_eq!(refusal.field.as_deref(), field, "{text}");
    }
}

#[test]
fn result_codes_decide_before_texts() {
    let flat = |code: &str, text: &str| parse(200, &format!(r#"{{"resultCd":"{code}","resultMsg":"{text}"}}"#));
    assert_eq!(flat("994", "Overlapped data").outcome, Outcome::Duplicate);
    assert_eq!(flat("921", "").outcome, Outcome::Duplicate);
    assert_eq!(flat("899", "").outcome, Outcome::Duplicate);
    assert_eq!(flat("991", "ERROR: duplicate key value violates unique constraint").outcome, Outcome::Duplicate);
    assert_eq!(flat("990", "").outcome, parse(429, "slow down").outcome);
    assert_eq!(reason(&flat("990", "")), RefusalReason::Throttled);
    assert_eq!(reason(&flat("910", "Request parameter error[<modrId> : may not be empty]")), RefusalReason::Field);
    for code in ["894", "896", "991", "992", "993", "999"] {
        let reply = flat(code, "There is an unknown error. Please ask administrator");
        assert_eq!(
            (reply.outcome.clone(), reply.delivery()),
            (Outcome::ServerFault, Delivery::MaybeDelivered),
            "{code}"
        );
    }
    assert_eq!(flat("881", "").outcome, Outcome::Unreadable);
    assert_eq!(flat("0000", "").outcome, Outcome::Accepted);
    assert_eq!(parse(200, r#"{"resultCd ":0}"#).outcome, Outcome::Accepted);
}

#[test]
fn contradictions_and_rubbish_leave_the_fate_open() {
    for (http, body) in [
        (200, ""),
        (200, "<html><body>Maintenance</body></html>"),
        (200, r#"{"resultCd":"000","resultMsg":"Succ"#),
        (200, "[]"),
        (200, "{}"),
        (404, "<html>not found</html>"),
        (302, ""),
        (400, r#"{"resultCd":"000","resultMsg":"Successful"}"#),
        (200, r#"{"responseHeader":{"responseCode":"400"},"responseBody":{"resultCd":"000"}}"#),
        (200, r#"{"responseHeader":{"responseCode":"200"},"responseBody":null}"#),
    ] {
        let reply = parse(http, body);
        assert_eq!(
            (&reply.outcome, reply.delivery()),
            (&Outcome::Unreadable, Delivery::MaybeDelivered),
            "{http} {body}"
        );
    }
    for (http, body) in [
        (500, ""),
        (503, "<html>busy</html>"),
        (500, r#"{"resultCd":"000","data":{"rcptSign":"ABCDEFGHIJKLMNOP"}}"#),
        (200, r#"{"responseHeader":{"responseCode":500},"responseBody":null}"#),
    ] {
        assert_eq!(parse(http, body).outcome, Outcome::ServerFault, "{http} {body}");
    }
}

#[test]
fn a_save_without_a_result_code_needs_the_word_success() {
    let header = |message: &str| {
        format!(
            r#"{{"responseHeader":{{"responseCode":200,"customerMessage":"{message}"}},"responseBody":{{"data":null}}}}"#
        )
    };
    assert_eq!(parse(200, &header("Item saved Successfully")).outcome, Outcome::Accepted);
    assert_eq!(parse(200, &header("Item received")).outcome, Outcome::Unreadable);
}
