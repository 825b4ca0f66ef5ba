//! Access tokens: one refresh for everybody, early, and once more when KRA refuses one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use etims_client::config::Config;
use etims_client::connection::Connection;
use etims_client::credentials::Credentials;
use etims_client::error::Error;
use etims_client::line::Line;
use etims_client::transport::{Cause, HttpOptions, HttpTransport};
use etims_core::wire::{Delivery, Environment, Operation, Outcome};
use secrecy::SecretString;

use crate::recording_server::{RecordingServer, Seen, json, result};

const TOKEN_PATH: &str = "/v1/token/generate";

async fn connection(server: &RecordingServer) -> Arc<Connection> {
    let config = Config::builder()
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", server.url() + "/etims-oscu/api/v1")
        .set("hosts.token", server.url() + TOKEN_PATH)
        .set("limits.per_hour", 0)
        .build()
        .expect("valid");
    let credentials = Credentials::new(
        Environment::Sandbox,
        "00000000-0000-4000-8000-000000000001",
        SecretString::from("consumer-key"),
        SecretString::from("consumer-secret"),
    );
    let transport = Arc::new(HttpTransport::new(&HttpOptions::default()).expect("the bundled roots work"));
    let line = Line::new(&config, Some(&credentials), transport).expect("credentials fit");
    Arc::new(Connection::new(Arc::new(line), config.seller.pin, config.seller.branch))
}

fn is_token(seen: &Seen) -> bool {
    seen.path.starts_with(TOKEN_PATH)
}

fn token(text: &str, expires_in: &str) -> axum::response::Response {
    json(200, format!(r#"{{"access_token":"{text}","expires_in":{expires_in}}}"#))
}

#[tokio::test]
async fn the_token_call_is_a_get_with_basic_and_expires_in_may_be_text_or_number() {
    for expires_in in [r#""3599""#, "3599", r#"" 3599 ""#] {
        let server = RecordingServer::start(move |seen: Seen, _| async move {
            if is_token(&seen) { token("abc", expires_in) } else { result("001", "null") }
        })
        .await;
        let connection = connection(&server).await;
        for _ in 0..3 {
            connection.codes(None).await.expect("an empty list");
        }
        let seen = server.seen();
        assert_eq!(server.count(TOKEN_PATH), 1, "{expires_in}");
        assert_eq!(
            (seen[0].method.as_str(), seen[0].path.as_str()),
            ("GET", "/v1/token/generate?grant_type=client_credentials")
        );
        assert_eq!(seen[0].headers["authorization"], "Basic Y29uc3VtZXIta2V5OmNvbnN1bWVyLXNlY3JldA==");
        assert!(seen[1..].iter().all(|call| call.headers["authorization"] == "Bearer abc"));
    }
}

#[tokio::test]
async fn a_thousand_callers_share_one_refresh() {
    let server = RecordingServer::start(|seen: Seen, _| async move {
        if is_token(&seen) {
            tokio::time::sleep(Duration::from_millis(200)).await;
            token("abc", "3599")
        } else {
            result("001", "null")
        }
    })
    .await;
    let connection = connection(&server).await;
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let connection = Arc::clone(&connection);
            tokio::spawn(async move { connection.line().tokens().expect("a gateway").token().await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("a token");
    }
    assert_eq!(server.count(TOKEN_PATH), 1);
}

#[tokio::test]
async fn a_thousand_callers_share_one_failure_too() {
    let server = RecordingServer::start(|_: Seen, _| async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        json(401, r#"{"errorMessage":"Client credentials are invalid"}"#)
    })
    .await;
    let connection = connection(&server).await;
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let connection = Arc::clone(&connection);
            tokio::spawn(async move { connection.line().tokens().expect("a gateway").token().await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        let error = call.await.expect("no panic").expect_err("wrong credentials");
        assert_eq!((error.cause, error.delivery), (Cause::Token, Delivery::NotSent));
        assert!(error.message.contains("consumer key and secret"), "{error}");
    }
    assert_eq!(server.count(TOKEN_PATH), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_take_the_refresh_with_him() {
    let server = RecordingServer::start(|_: Seen, _| async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        token("abc", "3599")
    })
    .await;
    let connection = connection(&server).await;
    let tokens = connection.line().tokens().expect("a gateway");
    let (impatient, patient) = tokio::join!(
        tokio::time::timeout(Duration::from_millis(50), tokens.token()),
        tokio::time::timeout(Duration::from_secs(5), tokens.token()),
    );
    assert!(impatient.is_err());
    patient.expect("in time").expect("a token");
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_early() {
    let server = RecordingServer::start(|seen: Seen, before| async move {
        // 61 seconds of life leave one second of use.
        if is_token(&seen) { token(&format!("token-{before}"), r#""61""#) } else { result("001", "null") }
    })
    .await;
    let connection = connection(&server).await;
    connection.codes(None).await.expect("an empty list");
    connection.codes(None).await.expect("an empty list");
    assert_eq!(server.count(TOKEN_PATH), 1);
    // A tenth of its life is used at least, however short it is.
    tokio::time::sleep(Duration::from_millis(6200)).await;
    connection.codes(None).await.expect("an empty list");
    assert_eq!(server.count(TOKEN_PATH), 2);
}

#[tokio::test]
async fn every_way_of_refusing_a_token_leads_to_one_renewal_and_one_more_call() {
    let refusals = [
        (401, r#"{"header":{"responseMessage":"Unauthorised-Invalid Access Token","responseCode":401},"body":{}}"#),
        (401, r#"{"fault":{"faultstring":"access token expired","detail":{"errorcode":"x"}}}"#),
        (
            500,
            r#"{"fault":{"faultstring":"Access Token expired","detail":{"errorcode":"keymanagement.service.access_token_expired"}}}"#,
        ),
        (401, ""),
    ];
    for (status, body) in refusals {
        let server = RecordingServer::start(move |seen: Seen, before| async move {
            if is_token(&seen) {
                token(&format!("token-{before}"), "3599")
            } else if seen.headers["authorization"] == "Bearer token-0" {
                json(status, body)
            } else {
                result("000", "null")
            }
        })
        .await;
        let connection = connection(&server).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let clear = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            true
        };
        let answer = connection.call(Operation::SaveSale, b"{}", clear).await.expect("an answer");
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!((server.count(TOKEN_PATH), server.count("/saveTrnsSalesOsdc")), (2, 2), "{body}");
        assert_eq!(asked.load(Ordering::SeqCst), 2, "asked before each body");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_the_answer_and_no_loop() {
    let server = RecordingServer::start(|seen: Seen, _| async move {
        if is_token(&seen) { token("abc", "3599") } else { json(401, "{}") }
    })
    .await;
    let connection = connection(&server).await;
    let reply = connection.look_up(Operation::SelectCodes, b"{}").await.expect("an answer");
    assert!(matches!(reply.outcome, Outcome::DeviceProblem(_)), "{reply:?}");
    assert_eq!((server.count(TOKEN_PATH), server.count("/selectCodeList")), (2, 2));
}

#[tokio::test]
async fn another_server_fault_is_not_taken_for_a_refused_token() {
    let server = RecordingServer::start(|seen: Seen, _| async move {
        if is_token(&seen) {
            token("abc", "3599")
        } else {
            json(500, r#"{"fault":{"faultstring":"Unresolved variable : targetPath"}}"#)
        }
    })
    .await;
    let connection = connection(&server).await;
    let answer = connection.call(Operation::SaveSale, b"{}", &|| true).await.expect("an answer");
    assert_eq!((answer.status, server.count(TOKEN_PATH), server.count("/saveTrnsSalesOsdc")), (500, 1, 1));
}

#[tokio::test]
async fn an_empty_token_answer_is_tried_again_and_a_call_without_a_token_is_not_sent() {
    let server = RecordingServer::start(|seen: Seen, before| async move {
        match (is_token(&seen), before) {
            (true, 0) => json(200, ""),
            (true, 1) => json(503, "<html>busy</html>"),
            (true, _) => token("abc", "3599"),
            _ => result("001", "null"),
        }
    })
    .await;
    connection(&server).await.codes(None).await.expect("an empty list");
    assert_eq!(server.count(TOKEN_PATH), 3);

    let broken = RecordingServer::start(|_: Seen, _| async move { json(200, r#"{"access_token":""}"#) }).await;
    let error = connection(&broken).await.call(Operation::SaveSale, b"{}", &|| true).await.expect_err("no token");
    assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::Token));
    assert_eq!((broken.count(TOKEN_PATH), broken.count("/saveTrnsSalesOsdc")), (3, 0));
}

#[tokio::test]
async fn a_token_address_that_is_down_is_no_matter_of_credentials() {
    let busy = RecordingServer::start(|_: Seen, _| async move { json(503, "<html>busy</html>") }).await;
    let gone = RecordingServer::start(|_: Seen, _| async move { json(200, "{}") }).await;
    let to_gone = connection(&gone).await;
    drop(gone);
    for connection in [connection(&busy).await, to_gone] {
        let error = connection.call(Operation::SaveSale, b"{}", &|| true).await.expect_err("no token");
        assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::TokenHost), "{error}");
        assert_eq!(Error::Call(error).code().code, "NOT_REACHABLE");
    }
}
