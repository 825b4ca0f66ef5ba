//! Initialisation when KRA says no, and when two want it at once.

use std::path::Path;
use std::time::Duration;

use etims_client::config::Config;
use etims_client::device::{Device, DeviceIdentity, WorkingDevice};
use etims_client::error::Error;
use etims_core::wire::{DeviceFault, Dialect};

use crate::recording_server::{RecordingServer, Seen, json, result};

const INITIALISED: &str = r#"{"info":{"sdcId":"KRACU0400000001","mrcNo":"KRA00000001","cmcKey":"0123456789ABCDEF"}}"#;

async fn open(directory: &Path, server: &RecordingServer) -> Device {
    let config = Config::builder()
        .dialect(Dialect::DirectOscu)
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", server.url())
        .set("store.path", directory.join("data/etims.db").display())
        .set("vault.key_file", directory.join("keys/vault.key").display())
        .set("device.read_codes", 0)
        .build()
        .expect("valid");
    Device::open(&config).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kra_has_against_it_is_told_with_what_to_do() {
    let cases = [
        (
            200,
            r#"{"resultCd":"902","resultMsg":"This device is installed","resultDt":"20260105101530","data":null}"#,
            DeviceFault::AlreadyInstalled,
            "ALREADY_INSTALLED",
            "adopt the device with its key",
        ),
        (
            500,
            r#"{"responseHeader":{"responseCode":"500","debugMessage":"Query did not return a unique result: 2 results were returned"},"responseBody":null}"#,
            DeviceFault::DuplicateRows,
            "DEVICE_CORRUPTED",
            "never initialise again",
        ),
        (
            200,
            r#"{"resultCd":"901","resultMsg":"It is not valid device","resultDt":"20260105101530","data":null}"#,
            DeviceFault::Unknown,
            "INVALID_DEVICE",
            "check that KRA has approved this serial",
        ),
    ];
    for (status, answer, fault, code, advice) in cases {
        let server = RecordingServer::start(move |_: Seen, _| async move { json(status, answer) }).await;
        let directory = tempfile::tempdir().expect("a directory");
        let device = open(directory.path(), &server).await;
        let error = device.initialise("SHOP1-TILL1").await.expect_err("refused");
        assert!(matches!(&error, Error::Initialise { fault: Some(seen), .. } if *seen == fault), "{error:?}");
        assert_eq!(error.code().code, code);
        assert!(error.to_string().contains(advice), "{error}");
        assert_eq!(server.seen().len(), 1, "asked once");
        assert_eq!(device.identity(), None);
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_want_it_at_once_one_asks_kra() {
    let server = RecordingServer::start(|_: Seen, _| async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        result("000", INITIALISED)
    })
    .await;
    let directory = tempfile::tempdir().expect("a directory");
    // Two programs on one store, each with two callers.
    let (first, second) = (open(directory.path(), &server).await, open(directory.path(), &server).await);
    let all = [first.clone(), first.clone(), second.clone(), second.clone()];
    let asking = all.map(|device| tokio::spawn(async move { device.initialise("SHOP1-TILL1").await }));
    let mut done = 0;
    for one in asking {
        match one.await.expect("no panic") {
            Ok(identity) => {
                done += 1;
                assert_eq!(identity.sdc_id, "KRACU0400000001");
            }
            Err(error) => assert_eq!(error.code().code, "INITIALISE_INTERRUPTED", "{error}"),
        }
    }
    assert_eq!((done, server.seen().len()), (1, 1), "KRA hands the key out once");

    // Before it was asked and after it answered, the journal says so; the key is in none of it.
    let journal = first.journal(0, 100).await.expect("a journal");
    let kinds: Vec<&str> = journal.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["initialise", "initialise_answered", "initialise_ready"]);
    let text: Vec<String> = journal.iter().map(|row| format!("{row:?}")).collect();
    assert!(text.iter().all(|row| !row.contains("0123456789ABCDEF")), "{text:#?}");
    first.close().await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_device_brings_its_key_and_all_of_its_numbers() {
    let server = RecordingServer::start(|_: Seen, _| async { result("001", "null") }).await;
    let directory = tempfile::tempdir().expect("a directory");
    let device = open(directory.path(), &server).await;
    let identity = DeviceIdentity {
        serial: "SHOP1-TILL1".to_owned(),
        sdc_id: "KRACU0400000001".to_owned(),
        mrc_no: None,
        device_id: None,
        taxpayer_name: None,
        branch_name: None,
    };
    let working = WorkingDevice {
        identity,
        key: None,
        last_invoice: 41,
        last_stock_movement: 12,
        last_purchase: 7,
        last_item: 88,
    };
    let keyless = device.adopt(working.clone()).await.expect_err("the key has to come along");
    assert!(matches!(keyless, Error::Misuse(_)) && keyless.to_string().contains("cmcKey"), "{keyless}");
    device.adopt(WorkingDevice { key: Some("0123456789ABCDEF".into()), ..working }).await.expect("adopted");
    for (lane, last) in [("00/sales", 41), ("stock", 12), ("00/purchases", 7), ("items", 88)] {
        let view = device.store().lane(&format!("sandbox/P000070007R/{lane}")).await.expect("a store");
        assert_eq!(view.lane.accepted, last, "{lane}");
    }
    device.connection().items(None).await.expect("an answer");
    assert_eq!(server.seen()[0].headers["cmckey"], "0123456789ABCDEF");
    device.close().await;
}
