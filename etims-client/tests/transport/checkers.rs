//! GavaConnect: verdicts, the four shapes of errors, the cache, tokens and limits.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use etims_client::checkers::{BuyerFinding, CheckError, Checkers, TaxpayerKind};
use etims_client::config::Config;
use etims_client::credentials::Credentials;
use etims_client::transport::{Cause, HttpTransport};
use etims_core::party::Buyer;
use etims_core::pin::Pin;
use etims_core::wire::Environment;
use etims_core::wire::checks::NoVerdict;
use secrecy::SecretString;

use crate::recording_server::{RecordingServer, Seen, json};

async fn server(status: u16, body: &'static str) -> RecordingServer {
    RecordingServer::start(move |seen: Seen, _| async move {
        if seen.path.starts_with("/v1/token") {
            json(200, r#"{"access_token":"abc","expires_in":"3599"}"#)
        } else {
            json(status, body)
        }
    })
    .await
}

fn checkers(server: &RecordingServer) -> Checkers {
    let config = Config::builder()
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.token", server.url() + "/v1/token/generate")
        .set("hosts.checkers", server.url())
        .set("retry.tries", 2)
        .build()
        .expect("valid");
    let credentials =
        Credentials::new(Environment::Sandbox, "app", SecretString::from("key"), SecretString::from("secret"));
    let transport = Arc::new(HttpTransport::new(&config.http).expect("valid options"));
    Checkers::new(&config, &credentials, transport).expect("credentials fit")
}

fn buyer_pin() -> Pin {
    Pin::parse("P000070014N").expect("a PIN")
}

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 17).expect("a date")
}

const PIN_OK: &str = r#"{"ResponseCode":" 23000 ","Message":"Valid PIN","Status":"OK","PINDATA":{"KRAPIN":"P000070014N","TypeOfTaxpayer":"Company","Name":"B***R LTD","StatusOfPIN":"Active"}}"#;

#[tokio::test]
async fn a_valid_pin_is_told_once_and_then_remembered() {
    let server = server(200, PIN_OK).await;
    let checkers = checkers(&server);
    for _ in 0..3 {
        let verdict = checkers.pin(buyer_pin()).await.expect("a verdict");
        assert!(verdict.valid);
        let details = verdict.details.expect("details");
        assert_eq!((details.pin, details.is_active()), (Some(buyer_pin()), Some(true)));
        assert_eq!(verdict.code.as_deref(), Some("23000"), "blanks are taken off");
    }
    let seen = server.seen();
    assert_eq!((server.count("/checker/v1/pinbypin"), seen.len()), (1, 2));
    assert_eq!(seen[1].body, r#"{"KRAPIN":"P000070014N"}"#);
    assert_eq!(seen[1].headers["authorization"], "Bearer abc");
    assert!(!seen[1].headers.contains_key("cmckey") && !seen[1].headers.contains_key("apigee_app_id"));
}

#[tokio::test]
async fn buyers_are_compared_before_invoicing() {
    let server = server(200, PIN_OK).await;
    let checkers = checkers(&server);
    let buyer = |name: &str| Buyer { pin: Some(buyer_pin()), name: Some(name.to_owned()), ..Buyer::default() };
    assert_eq!(checkers.buyer(&buyer("Buyer Limited")).await, Ok(vec![]));
    assert_eq!(checkers.buyer(&buyer("Somebody Else")).await, Ok(vec![BuyerFinding::OtherName]));
    assert_eq!(checkers.buyer(&Buyer::default()).await, Ok(vec![]));
}

#[tokio::test]
async fn an_unknown_pin_is_a_verdict() {
    let server = server(200, r#"{"ResponseCode":"19005","Message":"Invalid PIN","Status":"NOK"}"#).await;
    let checkers = checkers(&server);
    let verdict = checkers.pin(buyer_pin()).await.expect("a verdict");
    assert!(!verdict.valid && verdict.details.is_none());
    let buyer = Buyer { pin: Some(buyer_pin()), ..Buyer::default() };
    assert_eq!(checkers.buyer(&buyer).await, Ok(vec![BuyerFinding::Unknown]));
    assert_eq!(server.count("/checker/v1/pinbypin"), 1, "a no is remembered for a while");
}

#[tokio::test]
async fn all_four_shapes_of_errors_are_read() {
    let refused = |text: &str| CheckError::Answer(NoVerdict::Refused(text.to_owned()));
    let transient = |text: &str| CheckError::Answer(NoVerdict::Transient(text.to_owned()));
    let credentials = |text: &str| CheckError::Answer(NoVerdict::Credentials(text.to_owned()));
    let cases = [
        (
            400,
            r#"{"ResponseCode":"400","Message":"Parameter missing","Status":"NOK"}"#,
            refused("400: Parameter missing"),
            1,
        ),
        (400, r#"{"ErrorCode":"90210","ErrorMessage":"Bad day"}"#, refused("90210: Bad day"), 1),
        (
            400,
            r#"{"errorCode":"400","errorMessage":"KRAPIN missing","RequestId":"r-1"}"#,
            refused("400: KRAPIN missing"),
            1,
        ),
        (
            503,
            r#"{"fault":{"faultstring":"The Service is unavailable","detail":{"errorcode":"messaging.adaptors"}}}"#,
            transient("The Service is unavailable"),
            2,
        ),
        (
            403,
            r#"{"fault":{"faultstring":"Invalid ApiKey for given resource","detail":{"errorcode":"oauth"}}}"#,
            credentials("Invalid ApiKey for given resource"),
            1,
        ),
        (502, "<html>bad gateway</html>", transient("HTTP 502"), 2),
        (200, "<html>portal</html>", CheckError::Answer(NoVerdict::Unreadable(200)), 1),
        (200, r#"{"ResponseCode":"23000","Status":"OK"}"#, CheckError::Answer(NoVerdict::Unreadable(200)), 1),
        (200, "{}", CheckError::Answer(NoVerdict::Unreadable(200)), 1),
    ];
    for (status, body, expected, tries) in cases {
        let server = server(status, body).await;
        assert_eq!(checkers(&server).pin(buyer_pin()).await, Err(expected), "{body}");
        assert_eq!(server.count("/checker/v1/pinbypin"), tries, "{body}");
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_even_when_it_shows_as_500() {
    let server = RecordingServer::start(|seen: Seen, before| async move {
        if seen.path.starts_with("/v1/token") {
            json(200, format!(r#"{{"access_token":"token-{before}","expires_in":3599}}"#))
        } else if seen.headers["authorization"] == "Bearer token-0" {
            let fault =
                r#"{"fault":{"faultstring":"x","detail":{"errorcode":"keymanagement.service.access_token_expired"}}}"#;
            json(500, fault)
        } else {
            json(200, PIN_OK)
        }
    })
    .await;
    assert!(checkers(&server).pin(buyer_pin()).await.expect("a verdict").valid);
    assert_eq!(server.count("/v1/token/generate"), 2);
}

#[tokio::test]
async fn invoices_certificates_and_identity_cards() {
    let invoice = r#"{"responseCode":"40000","responseDesc":"ok","status":"OK","invoiceDetails":{"controlUnitInvoiceNumber":"KRACU0100058659/5134","supplierPIN":"P000070007R","customerPin":"P000070014N","totalInvoiceAmount":"1764.00","totalTaxableAmount":1520.69,"totalTaxAmount":"243.31","totalItemCount":"3"}}"#;
    let found = server(200, invoice).await;
    let checkers_of_invoices = checkers(&found);
    let verdict = checkers_of_invoices.invoice(" KRACU0100058659/5134 ", date()).await.expect("a verdict");
    let details = verdict.details.expect("details");
    assert_eq!(details.total.expect("a total") - details.tax.expect("tax"), details.taxable.expect("taxable"));
    assert_eq!((details.line_count, details.buyer_pin), (Some(3), Some(buyer_pin())));
    assert_eq!(found.seen()[1].body, r#"{"invoiceNumber":"KRACU0100058659/5134","invoiceDate":"2026-09-17"}"#);

    let missing = server(200, r#"{"responseCode":"40001","responseDesc":"not found","status":"NOK"}"#).await;
    assert!(!checkers(&missing).invoice("0040807890002542148", date()).await.expect("a verdict").valid);
    let busy = server(200, r#"{"responseCode":"40005","responseDesc":"try later"}"#).await;
    assert!(matches!(
        checkers(&busy).invoice("0040807890002542148", date()).await,
        Err(CheckError::Answer(NoVerdict::Transient(_)))
    ));
    assert_eq!(busy.count("/checker/v1/invoice"), 2);

    let tcc = server(200, r#"{"Status":"OK","TCCData":{"KRAPIN":"P000070014N"}}"#).await;
    assert!(checkers(&tcc).tcc(buyer_pin(), "KRATCC01").await.expect("a verdict").valid);
    assert_eq!(tcc.seen()[1].body, r#"{"kraPIN":"P000070014N","tccNumber":"KRATCC01"}"#);

    let by_id = server(200, r#"{"TaxpayerPIN":"P000070014N","TaxpayerName":"BUYER"}"#).await;
    let verdict = checkers(&by_id).pin_by_id(TaxpayerKind::Kenyan, "12345678").await.expect("a verdict");
    assert_eq!(verdict.details.and_then(|details| details.pin), Some(buyer_pin()));
    assert_eq!(by_id.seen()[1].body, r#"{"TaxpayerType":"KE","TaxpayerID":"12345678"}"#);
}

#[tokio::test]
async fn what_cannot_be_such_a_thing_is_not_asked() {
    let server = server(200, "{}").await;
    let checkers = checkers(&server);
    for number in [
        "",
        "41",
        "KRACU0100058659",
        "KRACU0100058659/",
        "kracu0100058659/5",
        "KRACU01000é8659/5",
        "KRACé0100058659/5",
        "00408078900025421489",
    ] {
        assert!(matches!(checkers.invoice(number, date()).await, Err(CheckError::Input(_))), "{number}");
    }
    assert!(matches!(checkers.tcc(buyer_pin(), " ").await, Err(CheckError::Input(_))));
    assert!(matches!(checkers.pin_by_id(TaxpayerKind::Company, "a\nb").await, Err(CheckError::Input(_))));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn checks_are_rate_limited() {
    let server = server(200, r#"{"ResponseCode":"19005","Status":"NOK"}"#).await;
    let config = Config::builder()
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.token", server.url() + "/v1/token/generate")
        .set("hosts.checkers", server.url())
        .set("limits.per_hour", 1)
        .set("limits.burst", 2)
        .build()
        .expect("valid");
    let credentials =
        Credentials::new(Environment::Sandbox, "app", SecretString::from("key"), SecretString::from("secret"));
    let transport = Arc::new(HttpTransport::new(&config.http).expect("valid options"));
    let checkers = Checkers::new(&config, &credentials, transport).expect("credentials fit");
    for pin in ["P000070014N", "P000070028W"] {
        checkers.pin(Pin::parse(pin).expect("a PIN")).await.expect("a verdict");
    }
    match checkers.pin(Pin::parse("P000070035V").expect("a PIN")).await {
        Err(CheckError::Call(error)) => {
            assert_eq!(error.cause, Cause::Limited);
            assert!(error.retry_after.is_some_and(|wait| wait > Duration::from_secs(3000)));
        }
        other => panic!("{other:?}"),
    }
    checkers.pin(buyer_pin()).await.expect("a remembered verdict costs nothing");
}
