//! Calls over a line: headers and bodies by dialect, repeated look-ups, limits, the breaker, what can be watched.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use etims_client::calls::beginning;
use etims_client::config::{Config, ConfigBuilder};
use etims_client::connection::{Connection, LookUpError};
use etims_client::credentials::Credentials;
use etims_client::line::Line;
use etims_client::metrics::{Metrics, Observation};
use etims_client::notice::Notice;
use etims_client::offline::{Contact, ContactFile, OfflineLimits};
use etims_client::transport::{Cause, HttpTransport};
use etims_core::pin::Pin;
use etims_core::wire::{Delivery, Dialect, Environment, Operation, Outcome};
use secrecy::SecretString;

use crate::recording_server::{RecordingServer, Seen, json, result};

const APP_ID: &str = "00000000-0000-4000-8000-000000000001";
const KEY: &str = "0123456789ABCDEF-communication-key";

fn config(server: &RecordingServer, dialect: Dialect) -> ConfigBuilder {
    Config::builder()
        .dialect(dialect)
        .set("pin", "P000070007R")
        .set("branch", "01")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", server.url())
        .set("hosts.token", server.url() + "/v1/token/generate")
        .set("limits.per_hour", 0)
}

fn line(config: &Config) -> Line {
    let credentials =
        Credentials::new(Environment::Sandbox, APP_ID, SecretString::from("key"), SecretString::from("secret"));
    let transport = Arc::new(HttpTransport::new(&config.http).expect("valid options"));
    Line::new(config, Some(&credentials), transport).expect("credentials fit")
}

fn connection(config: ConfigBuilder) -> Connection {
    let config = config.build().expect("valid");
    Connection::new(Arc::new(line(&config)), config.seller.pin, config.seller.branch)
        .with_offline_limits(config.offline, None)
}

/// Answers tokens by itself and everything else as told; the number counts calls without the tokens.
async fn server<F, A>(answer: F) -> RecordingServer
where
    F: Fn(usize) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = axum::response::Response> + Send + 'static,
{
    let calls = Arc::new(Mutex::new(0));
    RecordingServer::start(move |seen: Seen, _| {
        let (answer, calls) = (answer.clone(), Arc::clone(&calls));
        async move {
            if seen.path.starts_with("/v1/token") {
                return json(200, r#"{"access_token":"abc","expires_in":"3599"}"#);
            }
            let before = {
                let mut calls = calls.lock().expect("no panic");
                *calls += 1;
                *calls - 1
            };
            answer(before).await
        }
    })
    .await
}

#[tokio::test]
async fn every_operation_on_every_dialect_has_its_headers_and_never_the_key_in_a_body() {
    for dialect in Dialect::ALL {
        let server = server(|_| async { result("001", "null") }).await;
        let connection = connection(config(&server, dialect));
        connection.set_communication_key(&SecretString::from(KEY));
        for operation in Operation::all() {
            let answer = connection.call(operation, br#"{"a":1}"#, &|| true).await;
            let Some(path) = operation.path(dialect) else {
                let error = answer.expect_err("no such path");
                assert_eq!((error.cause, error.delivery), (Cause::Unsupported, Delivery::NotSent));
                continue;
            };
            answer.expect("an answer");
            let seen = server.seen().pop().expect("a request");
            assert_eq!((seen.path.as_str(), seen.body.as_str()), (path, r#"{"a":1}"#));
            let header = |name: &str| seen.headers.get(name).map(String::as_str);
            let (identity, key) = match dialect {
                Dialect::Vscu => (None, None),
                _ if operation == Operation::Initialise => (Some("P000070007R"), None),
                _ => (Some("P000070007R"), Some(KEY)),
            };
            assert_eq!((header("tin"), header("bhfid")), (identity, identity.map(|_| "01")), "{dialect} {operation:?}");
            assert_eq!(header("cmckey"), key, "{dialect} {operation:?}");
            let gateway = dialect == Dialect::Gateway;
            assert_eq!(header("authorization"), gateway.then_some("Bearer abc"));
            assert_eq!(header("apigee_app_id"), gateway.then_some(APP_ID));
            assert_eq!(header("content-type"), Some("application/json"));
        }
        assert!(server.seen().iter().all(|seen| !seen.body.contains(KEY) && !seen.path.contains(KEY)));
    }
}

#[tokio::test]
async fn look_ups_say_who_asks_in_the_body_where_the_dialect_wants_it() {
    for (dialect, who) in [
        (Dialect::Gateway, r#""tin":"P000070007R","bhfId":"01","#),
        (Dialect::Vscu, r#""tin":"P000070007R","bhfId":"01","#),
        (Dialect::DirectOscu, ""),
    ] {
        let server = server(|_| async { result("001", "null") }).await;
        let connection = connection(config(&server, dialect));
        assert!(connection.items(None).await.expect("an empty list").rows.is_empty());
        assert_eq!(connection.customer(Pin::parse("P000070014N").expect("a PIN")).await.expect("no error"), None);
        let bodies: Vec<String> =
            server.seen().into_iter().filter(|seen| seen.method == "POST").map(|seen| seen.body).collect();
        assert_eq!(bodies[0], format!(r#"{{{who}"lastReqDt":"20180101000000"}}"#));
        assert_eq!(bodies[1], format!(r#"{{{who}"custmTin":"P000070014N"}}"#));
    }
}

#[tokio::test]
async fn every_typed_look_up_reads_its_rows() {
    let server = RecordingServer::start(|seen: Seen, _| async move {
        let data = match seen.path.as_str() {
            "/selectCodeList" => r#"{"clsList":[{"cdCls":"04","dtlList":[{"cd":"B","userDfnCd1":"16"}]}]}"#,
            "/selectItemClsList" => r#"{"itemClsList":[{"itemClsCd":"5022110801","itemClsLvl":5}]}"#,
            "/selectNoticeList" => r#"{"noticeList":[{"noticeNo":26,"title":"Maintenance"}]}"#,
            "/selectBhfList" => r#"{"bhfList":[{"bhfId":"00","hqYn":"Y"}]}"#,
            "/selectItemList" => r#"{"itemList":[{"itemCd":"KE2NTNO0000001","dftPrc":580.10}]}"#,
            "/selectImportItemList" => r#"{"itemList":[{"taskCd":"2239078","itemSeq":1}]}"#,
            "/selectTrnsPurchaseSalesList" => r#"{"saleList":[{"spplrInvcNo":"123","totAmt":20298.84}]}"#,
            "/selectStockMoveList" => r#"{"stockList":[{"sarNo":6,"itemList":[{"itemSeq":1,"qty":2}]}]}"#,
            "/selectCustomerList" => r#"{"custList":[{"custNo":"000000012"}]}"#,
            "/selectTrnsSalesList" | "/selectInvoiceDetails" => r#"{"salesList":[{"invcNo":7,"totAmt":"994.00"}]}"#,
            "/selectCustomer" => r#"{"custList":[{"tin":"P000070014N","taxprNm":"BUYER LTD"}]}"#,
            "/selectTaxpayerInfo" => r#"{"taxprNm":"EXAMPLE TRADER LTD"}"#,
            other => panic!("{other}"),
        };
        result("000", data)
    })
    .await;
    let kra = connection(config(&server, Dialect::DirectOscu));
    let classes = kra.codes(None).await.expect("rows");
    assert_eq!(classes.rows[0].entries[0].first_extra.as_deref(), Some("16"));
    assert_eq!(classes.next_since().expect("KRA's clock").to_rfc3339(), "2026-01-05T10:14:30+03:00");
    assert_eq!(kra.item_classes(Some(beginning())).await.expect("rows").rows[0].level, Some(5));
    assert_eq!(kra.notices(None).await.expect("rows").rows[0].number, "26");
    assert_eq!(kra.branches(None).await.expect("rows").rows[0].head_office, Some(true));
    assert_eq!(kra.items(None).await.expect("rows").rows[0].price.expect("a price").to_string(), "580.10");
    assert_eq!(kra.imports(None).await.expect("rows").rows[0].task, "2239078");
    assert_eq!(kra.purchases(None).await.expect("rows").rows[0].supplier_invoice, "123");
    assert_eq!(kra.stock_moves(None).await.expect("rows").rows[0].lines[0].line, Some(1));
    assert_eq!(kra.branch_customers(None).await.expect("rows").rows[0].number, "000000012");
    assert_eq!(kra.sales(None).await.expect("rows").rows[0].invoice_number, Some(7));
    let invoice = kra.invoice(7).await.expect("an answer").expect("recorded");
    assert_eq!(invoice.total.expect("a total").to_string(), "994.00");
    let customer = kra.customer(Pin::parse("P000070014N").expect("a PIN")).await.expect("an answer").expect("known");
    assert_eq!(customer.name.as_deref(), Some("BUYER LTD"));
    assert_eq!(kra.taxpayer().await.expect("an answer").expect("there").name, "EXAMPLE TRADER LTD");
    assert_eq!(server.connections(), 1, "one connection for all of them");
}

#[tokio::test]
async fn connections_are_used_again_by_writes_and_look_ups() {
    let server = server(|_| async { result("000", "null") }).await;
    let connection = connection(config(&server, Dialect::Gateway));
    for _ in 0..20 {
        connection.call(Operation::SaveSale, &[b'x'; 6000], &|| true).await.expect("an answer");
        connection.codes(None).await.expect("an empty list");
    }
    assert_eq!((server.seen().len(), server.connections()), (41, 1), "no new connection in steady state");
}

#[tokio::test]
async fn look_ups_are_asked_again_after_faults_and_writes_never_are() {
    let faults = |calls| async move {
        match calls {
            0 => json(503, "<html>maintenance</html>"),
            1 => json(504, r#"{"header":{"responseMessage":"Gateway Timeout","responseCode":504},"body":{}}"#),
            2 => json(200, ""),
            _ => result("001", "null"),
        }
    };
    let unsteady = server(faults).await;
    connection(config(&unsteady, Dialect::DirectOscu)).codes(None).await.expect("the fourth try is good");
    assert_eq!(unsteady.seen().len(), 4);

    let unsteady = server(faults).await;
    let kra = connection(config(&unsteady, Dialect::DirectOscu));
    let answer = kra.call(Operation::SaveSale, b"{}", &|| true).await.expect("an answer");
    assert_eq!((answer.status, unsteady.seen().len()), (503, 1));
    let error = kra.look_up(Operation::SaveSale, b"{}").await.expect_err("not a look-up");
    assert_eq!((error.cause, unsteady.seen().len()), (Cause::Unsupported, 1));
}

#[tokio::test]
async fn an_empty_list_delivered_as_400_is_an_empty_list_and_a_refusal_is_an_error_with_kras_words() {
    let empty = server(|_| async {
        json(400, r#"{"responseHeader":{"responseCode":200},"responseBody":{"resultCd":"001","resultMsg":"none","data":null}}"#)
    })
    .await;
    let listing = connection(config(&empty, Dialect::Gateway)).items(None).await.expect("an empty list");
    assert!(listing.rows.is_empty());

    let refusing = server(|_| async {
        json(
            200,
            r#"{"responseHeader":{"responseCode":"400","debugMessage":"tin cannot be Null"},"responseBody":null}"#,
        )
    })
    .await;
    let error = connection(config(&refusing, Dialect::Gateway)).items(None).await.expect_err("a refusal");
    assert!(error.to_string().contains("tin cannot be Null"), "{error}");
    assert_eq!(refusing.count("/selectItemList"), 1, "a refusal is not asked again");
}

#[derive(Default)]
struct Watcher {
    observations: Mutex<Vec<String>>,
    notices: Mutex<Vec<Notice>>,
}

impl Metrics for Watcher {
    fn observe(&self, seen: &Observation) {
        let line = format!(
            "{} {} {:?} {:?} {:?}",
            seen.operation.name(),
            seen.attempt,
            seen.delivery,
            seen.status,
            seen.cause
        );
        self.observations.lock().expect("no panic").push(line);
    }

    fn notice(&self, notice: &Notice) {
        self.notices.lock().expect("no panic").push(notice.clone());
    }
}

fn watched(config: ConfigBuilder) -> (Connection, Arc<Watcher>) {
    let config = config.build().expect("valid");
    let watcher = Arc::new(Watcher::default());
    let line = line(&config).with_metrics(Arc::clone(&watcher) as Arc<dyn Metrics>);
    (Connection::new(Arc::new(line), config.seller.pin, config.seller.branch), watcher)
}

#[tokio::test]
async fn too_many_views_pause_the_line_and_are_not_asked_again() {
    let server = server(|calls| async move { result(if calls == 0 { "990" } else { "001" }, "null") }).await;
    let (kra, watcher) = watched(config(&server, Dialect::DirectOscu));
    let reply = kra.look_up(Operation::SelectCodes, b"{}").await.expect("an answer");
    assert!(matches!(reply.outcome, Outcome::Refused(_)));
    assert_eq!(server.seen().len(), 1);
    assert_eq!(*watcher.notices.lock().expect("no panic"), [Notice::Throttled { pause: Duration::from_secs(5) }]);
    let started = Instant::now();
    kra.codes(None).await.expect("after the pause");
    assert!(started.elapsed() >= Duration::from_millis(4900), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_gateway_that_names_a_time_is_asked_again_then() {
    let server = server(|calls| async move {
        if calls == 0 {
            let mut answer = json(429, "{}");
            answer.headers_mut().insert("retry-after", axum::http::HeaderValue::from_static("1"));
            answer
        } else {
            result("001", "null")
        }
    })
    .await;
    let started = Instant::now();
    connection(config(&server, Dialect::DirectOscu)).codes(None).await.expect("the second try is good");
    assert!((1000..2500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn five_faults_open_the_circuit_and_a_probe_closes_it() {
    let server = server(|calls| async move { if calls < 5 { json(503, "") } else { result("001", "null") } }).await;
    let (kra, watcher) = watched(config(&server, Dialect::DirectOscu).set("retry.tries", 1).set("breaker.pause", 1));
    for _ in 0..5 {
        assert!(matches!(kra.codes(None).await, Err(LookUpError::Answer(_))));
    }
    let error = kra.call(Operation::SaveSale, b"{}", &|| true).await.expect_err("left alone");
    assert_eq!((error.cause, error.delivery), (Cause::CircuitOpen, Delivery::NotSent));
    assert!(error.retry_after.is_some_and(|wait| wait <= Duration::from_secs(1)));
    assert_eq!(server.seen().len(), 5);
    tokio::time::sleep(Duration::from_millis(1050)).await;
    kra.codes(None).await.expect("KRA is back");
    let pause = Duration::from_secs(1);
    assert_eq!(*watcher.notices.lock().expect("no panic"), [Notice::CircuitOpened { pause }, Notice::CircuitClosed]);
    let observations = watcher.observations.lock().expect("no panic").clone();
    assert_eq!(observations.len(), 6);
    assert_eq!(observations[0], "select_codes 1 Answered Some(503) None");
    let told = kra.line().latencies().percentiles(Operation::SelectCodes).expect("calls were counted");
    assert_eq!(told.count, 6);
}

#[tokio::test]
async fn faults_of_a_vscu_are_seen_as_they_come() {
    let server = server(|_| async { json(503, "") }).await;
    let kra = connection(config(&server, Dialect::Vscu).set("retry.tries", 1));
    for _ in 0..20 {
        let answer = kra.call(Operation::SaveSale, b"{}", &|| true).await.expect("an answer");
        assert_eq!(answer.status, 503);
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let kra = connection(config(&server, Dialect::Vscu).set("hosts.base", format!("http://{nobody}")));
    for _ in 0..20 {
        let error = kra.call(Operation::SaveSale, b"{}", &|| true).await.expect_err("nobody there");
        assert_eq!((error.cause, error.delivery), (Cause::Connect, Delivery::NotSent), "{error}");
    }
}

#[tokio::test]
async fn client_errors_of_a_vscu_are_told_in_its_own_words_and_its_slowness_is_borne() {
    const CODES: [&str; 9] = ["891", "892", "893", "894", "895", "896", "897", "898", "899"];
    let server = server(|calls| async move {
        match CODES.get(calls) {
            Some(code) => result(code, "null"),
            None => {
                tokio::time::sleep(Duration::from_millis(1500)).await;
                result("001", "null")
            }
        }
    })
    .await;
    let kra = connection(config(&server, Dialect::Vscu).set("retry.tries", 1));
    for code in CODES {
        let error = kra.items(None).await.expect_err(code);
        let LookUpError::Answer(reply) = &error else { panic!("{error:?}") };
        assert_eq!(reply.code.as_deref(), Some(code));
        assert!(error.to_string().contains(&format!("{code}: text")), "{error}");
    }
    assert!(kra.items(None).await.expect("a slow answer is an answer").rows.is_empty());
    let told = kra.line().latencies().percentiles(Operation::SelectItems).expect("counted");
    assert!(told.max >= Duration::from_millis(1500), "{told:?}");
}

#[tokio::test]
async fn a_vscu_is_asked_when_it_was_silent_and_its_silence_is_told() {
    let server = server(|calls| async move { if calls == 0 { result("001", "null") } else { json(503, "") } }).await;
    let config = config(&server, Dialect::Vscu).set("retry.tries", 1).build().expect("valid");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("etims.contact");
    let connect = |hours: u64| {
        let last = std::time::SystemTime::now() - Duration::from_secs(hours * 3600);
        let seconds = last.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        std::fs::write(&file, seconds.to_string()).expect("written");
        Connection::new(Arc::new(line(&config)), config.seller.pin, config.seller.branch)
            .with_offline_limits(OfflineLimits::default(), Some(ContactFile::new(&file)))
    };
    let kra = connect(13);
    assert!(matches!(kra.contact(), Some(Contact::Warn { .. })));
    assert_eq!(kra.keep_contact().await, Some(Contact::Fresh), "it answered the probe");
    assert_eq!(server.count("/notices/selectNotices"), 1);
    assert_eq!(kra.keep_contact().await, Some(Contact::Fresh), "no probe within the hour");
    assert_eq!(server.seen().len(), 1);
    assert!(matches!(connect(24).keep_contact().await, Some(Contact::Refuse { .. })));
    let direct = connection(self::config(&server, Dialect::DirectOscu));
    assert_eq!((direct.contact(), direct.keep_contact().await), (None, None));
}
