//! What a device tells of its line to KRA, and what it does with KRA's code list: events, metrics and log say the same.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use etims_client::config::{Config, ConfigBuilder};
use etims_client::connection::Connection;
use etims_client::device::{Device, DeviceIdentity, DeviceParts, WorkingDevice};
use etims_client::error::Error;
use etims_client::events::DeviceEvent;
use etims_client::metrics::{Metrics, Observation};
use etims_client::notice::Notice;
use etims_core::codes::TaxType;
use etims_core::document::InvoiceDraft;
use etims_core::money::Percent;
use etims_core::rules::Findings;
use etims_core::wire::{Dialect, Operation};
use tokio::sync::broadcast::Receiver;

use crate::recording_server::{RecordingServer, Seen, json, result};

const LISTED: &str = r#"{"clsList":[
    {"cdCls":"04","dtlList":[{"cd":"A","userDfnCd1":"0"},{"cd":"B","userDfnCd1":"16"},{"cd":"E","userDfnCd1":"13"},
                             {"cd":"D","useYn":"N","userDfnCd1":"99"}]},
    {"cdCls":"07","dtlList":[{"cd":"01","cdNm":"CASH"},{"cd":"06","cdNm":"CARD"},{"cd":"07","cdNm":"MOBILE MONEY"}]}]}"#;

fn config(directory: &Path, base: &str, dialect: Dialect) -> ConfigBuilder {
    for room in ["data", "keys"] {
        std::fs::create_dir_all(directory.join(room)).expect("a room");
    }
    Config::builder()
        .dialect(dialect)
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", base)
        .set("store.path", directory.join("data/etims.db").display())
        .set("vault.key_file", directory.join("keys/vault.key").display())
        .set("limits.per_hour", 0)
        .set("retry.tries", 1)
}

#[derive(Default)]
struct Watcher(Mutex<Vec<Notice>>);

impl Metrics for Watcher {
    fn observe(&self, _: &Observation) {}

    fn notice(&self, notice: &Notice) {
        self.0.lock().expect("no panic").push(notice.clone());
    }
}

/// A device that works, with what it tells from its first moment on.
async fn open(config: &Config) -> (Device, Receiver<DeviceEvent>, Arc<Watcher>) {
    let watcher = Arc::new(Watcher::default());
    let connection = Connection::open_watched(config, watcher.clone()).expect("a line");
    let parts = DeviceParts { connection: Arc::new(connection), ..DeviceParts::from_config(config).expect("parts") };
    let events = parts.events.subscribe();
    let device = Device::with_parts(parts).await.expect("it opens");
    if device.identity().is_none() {
        let identity = DeviceIdentity {
            serial: "SHOP1-TILL1".to_owned(),
            sdc_id: "KRACU0400000001".to_owned(),
            mrc_no: None,
            device_id: None,
            taxpayer_name: None,
            branch_name: None,
        };
        let key = (config.dialect() != Dialect::Vscu).then(|| "0123456789ABCDEF".into());
        let (last_invoice, last_stock_movement, last_purchase, last_item) = (0, 0, 0, 0);
        let working = WorkingDevice { identity, key, last_invoice, last_stock_movement, last_purchase, last_item };
        device.adopt(working).await.expect("adopted");
    }
    (device, events, watcher)
}

async fn next_notice(events: &mut Receiver<DeviceEvent>) -> Notice {
    let wait = async {
        loop {
            if let DeviceEvent::Notice(notice) = events.recv().await.expect("the device is there") {
                return notice;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("a notice within ten seconds")
}

fn sale(reference: &str) -> InvoiceDraft {
    let text = serde_json::json!({
        "reference": reference, "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "mobile_money",
        "buyer": { "name": "Buyer" },
        "lines": [{ "item_code": "KE3NTNO0000001", "item_type": "service", "classification": "1010150800",
                    "name": "Delivery", "packaging": "NT", "unit": "NO", "tax": "E", "quantity": "1",
                    "unit_price": "113.00" }],
    });
    InvoiceDraft::from_json(text.to_string().as_bytes(), &mut Findings::default()).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_absent_or_throttling_kra_is_told_once_to_everybody() {
    let server = RecordingServer::start(|seen: Seen, before| async move {
        assert!(seen.path.ends_with("/selectNoticeList"), "{}", seen.path);
        match before {
            0..=2 => {
                tokio::time::sleep(Duration::from_millis(150)).await;
                result("001", "null")
            }
            3..=5 => result("001", "null"),
            6 | 7 => json(503, ""),
            8 => result("001", "null"),
            _ => result("990", "null"),
        }
    })
    .await;
    let directory = tempfile::tempdir().expect("a directory");
    let config = config(directory.path(), &server.url(), Dialect::DirectOscu)
        .set("network.slow_after", "0.1")
        .set("breaker.failures", 2)
        .set("breaker.pause", "0.2")
        .set("device.read_codes", 0)
        .build()
        .expect("valid");
    let (device, mut events, watcher) = open(&config).await;
    let mut later = device.events();
    let asked = Operation::SelectNotices;
    for call in 0..10 {
        if call == 8 {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        device.connection().look_up(asked, b"{}").await.expect("an answer");
    }
    let told = watcher.0.lock().expect("no panic").clone();
    let names: Vec<&str> = told.iter().map(Notice::name).collect();
    assert_eq!(names, ["kra_slow", "kra_quick_again", "circuit_opened", "circuit_closed", "throttled"]);
    assert!(
        matches!(told[0], Notice::KraSlow { operation, latency } if operation == asked && latency.as_millis() >= 150)
    );
    assert_eq!(told[2], Notice::CircuitOpened { pause: Duration::from_millis(200) });
    assert_eq!(told[4], Notice::Throttled { pause: Duration::from_secs(5) });
    for notice in &told {
        assert_eq!(next_notice(&mut events).await, *notice, "the device tells what the metrics were told");
        assert_eq!(next_notice(&mut later).await, *notice);
    }
    assert!(events.try_recv().is_err(), "nothing is told twice");
}

fn contact_hours_ago(config: &Config, hours: u64) {
    let last = SystemTime::now() - Duration::from_secs(hours * 3600);
    let seconds = last.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let store = directory_of(config);
    let name = format!("etims.db.{}.contact", config.scope().replace('/', "-"));
    std::fs::write(store.join(name), seconds.to_string()).expect("written");
}

fn directory_of(config: &Config) -> std::path::PathBuf {
    match &config.store {
        etims_client::config::StoreAddress::File(path) => path.parent().expect("a directory").to_owned(),
        other => panic!("{other:?} is no file"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_vscu_is_told_at_twelve_hours_and_refused_at_twenty_three_and_a_half() {
    let nobody: SocketAddr = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("an address")
    };
    let directory = tempfile::tempdir().expect("a directory");
    let config = config(directory.path(), &format!("http://{nobody}"), Dialect::Vscu)
        .set("device.read_codes", 0)
        .build()
        .expect("valid");
    contact_hours_ago(&config, 13);
    let (device, mut events, _) = open(&config).await;
    let told = next_notice(&mut events).await;
    assert!(matches!(told, Notice::VscuOffline { since, refusing: false } if since.as_secs() / 3600 == 13), "{told}");
    device.submit(&sale("INV-1")).await.expect("still taken");
    device.close().await;
    drop(device);

    contact_hours_ago(&config, 24);
    let (device, mut events, watcher) = open(&config).await;
    let told = next_notice(&mut events).await;
    assert!(matches!(told, Notice::VscuOffline { refusing: true, .. }), "{told}");
    let refused = device.submit(&sale("INV-2")).await.expect_err("too long offline");
    assert!(matches!(refused, Error::OfflineTooLong { hours: 24 }), "{refused}");

    // It is back: on the same port, since the settings name it.
    let listener = tokio::net::TcpListener::bind(nobody).await.expect("the port is still free");
    let app = axum::Router::new().fallback(|| async { result("001", "null") });
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    device.connection().keep_contact().await;
    assert_eq!(next_notice(&mut events).await, Notice::VscuBack);
    let names: Vec<&str> = watcher.0.lock().expect("no panic").iter().map(Notice::name).collect();
    assert_eq!(names, ["vscu_offline", "vscu_back"]);
    device.submit(&sale("INV-2")).await.expect("taken again");
    device.close().await;
    serving.abort();
}

/// A KRA with a list of its own that takes no sale.
async fn listing_server() -> RecordingServer {
    RecordingServer::start(|seen: Seen, _| async move {
        if seen.path.contains("/selectCode") { result("000", LISTED) } else { json(503, "") }
    })
    .await
}

async fn until_sent(server: &RecordingServer, path: &str) -> String {
    for _ in 0..200 {
        if let Some(seen) = server.seen().into_iter().find(|seen| seen.path.ends_with(path)) {
            return seen.body;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no request to {path}: {:?}", server.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vscu_follows_kras_rates_and_payment_codes_says_so_and_remembers() {
    let server = listing_server().await;
    let directory = tempfile::tempdir().expect("a directory");
    let config = config(directory.path(), &server.url(), Dialect::Vscu).build().expect("valid");
    let (device, mut events, _) = open(&config).await;
    assert_eq!(device.settings().rates.to_string(), "A=0,B=16,C=0,D=0,E=8", "until KRA is asked");
    let told = next_notice(&mut events).await;
    let Notice::RateDiffers { difference, followed: true } = &told else { panic!("{told:?}") };
    assert_eq!(
        (difference.band, difference.here, difference.listed),
        (TaxType::E, Percent::whole(8), Percent::whole(13))
    );
    assert_eq!(device.settings().rates.to_string(), "A=0,B=16,C=0,D=0,E=13", "what is out of use is left out");
    device.submit(&sale("INV-1")).await.expect("taken");
    let body = until_sent(&server, "/saveSales").await;
    assert!(body.contains(r#""taxRtE":13"#) && body.contains(r#""pmtTyCd":"07""#), "{body}");
    assert!(body.contains(r#""taxblAmtE":100"#) && body.contains(r#""taxAmtE":13"#), "{body}");
    device.close().await;
    drop(device);
    let asked = server.count("/selectCodes");
    drop(server);

    // KRA is away at the next start: the list of yesterday is better than none.
    assert_eq!(asked, 1, "once a day");
    let (device, mut events, _) = open(&config).await;
    assert_eq!(device.settings().rates.rate(TaxType::E), Percent::whole(13));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let told = std::iter::from_fn(|| events.try_recv().ok()).find(|event| matches!(event, DeviceEvent::Notice(_)));
    assert_eq!(told, None, "it was told once");
    device.close().await;
    drop(device);

    // Other settings are compared anew with the list that is known.
    let mut config = config;
    config.follow_rates = false;
    let (device, mut events, _) = open(&config).await;
    assert_eq!(device.settings().rates.rate(TaxType::E), Percent::whole(8));
    assert!(matches!(next_notice(&mut events).await, Notice::RateDiffers { followed: false, .. }));
    device.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_that_somebody_set_are_kept_and_the_difference_is_told() {
    let server = listing_server().await;
    let directory = tempfile::tempdir().expect("a directory");
    let config = config(directory.path(), &server.url(), Dialect::DirectOscu)
        .set("device.rates", "A=0,B=16,C=0,D=0,E=8")
        .build()
        .expect("valid");
    let (device, mut events, watcher) = open(&config).await;
    let told = next_notice(&mut events).await;
    assert!(matches!(told, Notice::RateDiffers { followed: false, .. }), "{told}");
    assert!(told.to_string().contains("check device.rates"), "{told}");
    assert_eq!(device.settings().rates.rate(TaxType::E), Percent::whole(8));
    assert_eq!(*watcher.0.lock().expect("no panic"), [told]);
    device.close().await;
}
