//! Every operation on every dialect against the sandbox, and a device's life on each of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use etims_client::config::{Config, ConfigBuilder};
use etims_client::connection::Connection;
use etims_client::credentials::{SecretName, SecretSource};
use etims_client::device::{Device, DeviceParts, Submission};
use etims_client::error::Error;
use etims_client::outbox::Pace;
use etims_core::codes::{ItemType, TaxType};
use etims_core::document::{InvoiceDraft, ItemDraft};
use etims_core::rules::Findings;
use etims_core::submission::Limits;
use etims_core::wire::lookups::InitialisedDevice;
use etims_core::wire::{Dialect, Operation, Outcome, Reply};
use etims_sandbox::{Fault, FaultKind, Operation as SandboxOperation, Sandbox, When};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::recording_server::{RecordingServer, Seen, result};

const PATIENCE: Duration = Duration::from_secs(30);

/// The made-up request of each operation in the reference, without `tin` and `bhfId`.
const REQUESTS: [(&str, Operation); 23] = [
    ("codes", Operation::SelectCodes),
    ("customer", Operation::SelectCustomer),
    ("notices", Operation::SelectNotices),
    ("item_classes", Operation::SelectItemClasses),
    ("save_item", Operation::SaveItem),
    ("item_list", Operation::SelectItems),
    ("composition", Operation::SaveComposition),
    ("branches", Operation::SelectBranches),
    ("save_customer", Operation::SaveCustomer),
    ("save_user", Operation::SaveUser),
    ("save_insurance", Operation::SaveInsurance),
    ("imports", Operation::SelectImports),
    ("update_import", Operation::UpdateImport),
    ("stock_io", Operation::SaveStockMovement),
    ("stock_master", Operation::SaveStockMaster),
    ("save_sale", Operation::SaveSale),
    ("invoice_detail", Operation::SelectInvoiceDetail),
    ("sales_list", Operation::SelectSales),
    ("purchases", Operation::SelectPurchases),
    ("save_purchase", Operation::SavePurchase),
    ("stock_moves", Operation::SelectStockMoves),
    ("customer_list", Operation::SelectCustomers),
    ("taxpayer_info", Operation::SelectTaxpayer),
];

#[derive(Deserialize)]
struct Samples<'a> {
    #[serde(borrow)]
    pairs: BTreeMap<&'a str, Pair<'a>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    request: &'a RawValue,
}

fn config(sandbox: &Sandbox, dialect: Dialect) -> ConfigBuilder {
    let secrets = |_, name: SecretName| {
        Ok(SecretString::from(match name {
            SecretName::AppId => "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab",
            _ => "any",
        }))
    };
    let base = match dialect {
        Dialect::Gateway => sandbox.gateway_url(),
        Dialect::DirectOscu => sandbox.oscu_url(),
        Dialect::Vscu => sandbox.vscu_url(),
    };
    Config::builder()
        .dialect(dialect)
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", base)
        .set("hosts.token", sandbox.token_url())
        .set("limits.per_hour", 0)
        .secrets(SecretSource::Callback(Arc::new(secrets)))
}

#[tokio::test]
async fn every_operation_is_answered_on_every_dialect_that_has_it() {
    let samples: Samples<'_> =
        serde_json::from_str(include_str!("../../../etims-core/tests/samples/illustrative/pairs.json")).expect("JSON");
    for dialect in Dialect::ALL {
        let sandbox = Sandbox::builder().port(0).seed(7).start().await.expect("a free port");
        let connection = Connection::open(&config(&sandbox, dialect).build().expect("valid")).expect("credentials");
        let who = r#""tin":"P000070007R","bhfId":"00""#;
        let initialise = format!(r#"{{{who},"dvcSrlNo":"SHOP1-TILL1"}}"#);
        let answer = connection.call(Operation::Initialise, initialise.as_bytes(), &|| true).await.expect("an answer");
        let reply = Reply::parse(Operation::Initialise, answer.status, &answer.body);
        assert_eq!(reply.outcome, Outcome::Accepted, "{dialect}: {}", reply.summary());
        let device = InitialisedDevice::read(&reply).expect("a device");
        if let Some(key) = device.communication_key {
            connection.set_communication_key(&SecretString::from(key));
        }
        let mut answered = 1;
        for (name, operation) in REQUESTS {
            // A remark of null is a server fault on the gateway (reference §9).
            let request = samples.pairs[name].request.get().replace(r#""remark": null"#, r#""remark": "ok""#);
            let body = match dialect {
                Dialect::DirectOscu => request,
                Dialect::Gateway if operation.is_write() => request,
                _ => format!("{{{who},{}", &request[1..]),
            };
            let result = connection.call(operation, body.as_bytes(), &|| true).await;
            if operation.path(dialect).is_none() {
                result.expect_err("no such path");
                continue;
            }
            let answer = result.unwrap_or_else(|error| panic!("{dialect} {name}: {error}"));
            let reply = Reply::parse(operation, answer.status, &answer.body);
            assert!(
                matches!(reply.outcome, Outcome::Accepted | Outcome::Empty | Outcome::Refused(_)),
                "{dialect} {name}: {} {:?}",
                reply.summary(),
                reply.outcome
            );
            if dialect != Dialect::Gateway && operation == Operation::SaveSale {
                assert_eq!(reply.outcome, Outcome::Accepted, "{dialect}: {}", reply.summary());
                reply.receipt().expect("a signature");
            }
            answered += 1;
        }
        assert_eq!(answered, if dialect == Dialect::Vscu { 20 } else { 24 }, "{dialect}");
    }
}

/// A device on its own premises.
struct Shop {
    _directory: tempfile::TempDir,
    sandbox: Sandbox,
    device: Device,
}

impl Shop {
    async fn open(dialect: Dialect) -> Shop {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["data", "keys"] {
            std::fs::create_dir(directory.path().join(name)).expect("a directory");
        }
        let sandbox = Sandbox::builder().port(0).seed(7).start().await.expect("a free port");
        let config = config(&sandbox, dialect)
            .set("store.path", directory.path().join("data/etims.db").display())
            .set("vault.key_file", directory.path().join("keys/vault.key").display())
            .set("timeouts.write", 1)
            .set("timeouts.look_up", 1)
            .build()
            .expect("valid");
        let parts = DeviceParts::from_config(&config).expect("a store and keys");
        let pace = Pace { first: Duration::from_millis(20), ..parts.pace };
        let parts = DeviceParts { limits: Limits { proof_gap: 100, ..parts.limits }, pace, ..parts };
        let device = Device::with_parts(parts).await.expect("opens");
        device.initialise("SHOP1-TILL1").await.unwrap_or_else(|error| panic!("{dialect}: {error}"));
        let ticket = device.register_item("item", &item()).await.expect("kept");
        let registered = device.wait_for(&ticket, PATIENCE).await.expect("decided");
        assert!(registered.is_recorded(), "{dialect}: {:?}", registered.note());
        Shop { _directory: directory, sandbox, device }
    }

    async fn sell(&self, reference: &str) -> Submission {
        let sale = self.device.issue(&draft(reference), PATIENCE).await;
        sale.unwrap_or_else(|error| panic!("{reference}: {error}"))
    }

    fn lose_the_next_answer(&self) {
        let fault =
            Fault { kind: FaultKind::LoseAnswer, when: When::Once, operation: Some(SandboxOperation::SaveSale) };
        self.sandbox.inject(fault);
    }
}

fn item() -> ItemDraft {
    ItemDraft {
        code: "KE3NTNO0000001".to_owned(),
        item_type: ItemType::Service,
        classification: "1010150800".to_owned(),
        name: "Delivery".to_owned(),
        origin: "KE".to_owned(),
        packaging: "NT".to_owned(),
        unit: "NO".to_owned(),
        tax: TaxType::B,
        price: "350".parse().expect("a decimal"),
        barcode: None,
        operator: None,
    }
}

fn draft(reference: &str) -> InvoiceDraft {
    let text = serde_json::json!({
        "reference": reference, "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash",
        "lines": [{ "item_code": "KE3NTNO0000001", "item_type": "service", "classification": "1010150800",
                    "name": "Delivery", "packaging": "NT", "unit": "NO", "tax": "B", "quantity": "1",
                    "unit_price": "350.00" }],
    });
    InvoiceDraft::from_json(text.to_string().as_bytes(), &mut Findings::default()).expect("JSON")
}

#[tokio::test]
async fn a_lost_answer_is_made_up_for_where_kra_can_be_asked() {
    for dialect in [Dialect::Gateway, Dialect::DirectOscu] {
        let shop = Shop::open(dialect).await;
        assert!(shop.sell("INV-1").await.is_signed(), "{dialect}");
        shop.lose_the_next_answer();
        let second = shop.sell("INV-2").await;
        assert!(second.is_signed(), "{dialect}: {} {:?}", second.state().name(), second.note());
        let third = shop.sell("INV-3").await;
        assert_eq!((third.is_signed(), third.number()), (true, Some(3)), "{dialect}");
        let ledger = shop.sandbox.ledger();
        let recorded: Vec<_> = ledger.iter().map(|row| row.trader_invoice_number.as_str()).collect();
        assert_eq!(recorded, ["INV-1", "INV-2", "INV-3"], "{dialect}: none lost, none twice");
        assert_eq!(ledger[1].signature, second.signed_receipt().expect("a receipt").signature, "{dialect}");
        shop.device.close().await;
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_vscu_leaves_the_invoice_recorded_without_a_receipt() {
    let shop = Shop::open(Dialect::Vscu).await;
    assert!(shop.sell("INV-1").await.is_signed());
    shop.lose_the_next_answer();
    let second = shop.sell("INV-2").await;
    assert_eq!(second.state().name(), "recorded", "{:?}", second.note());
    assert!(second.signed_receipt().is_none());
    let third = shop.sell("INV-3").await;
    assert_eq!((third.is_signed(), third.number()), (true, Some(3)));
    assert_eq!(shop.sandbox.ledger().len(), 3, "none lost, none twice");
    shop.device.close().await;
}

#[tokio::test]
async fn a_vscu_that_was_silent_for_too_long_gets_no_new_invoices() {
    let sandbox = Sandbox::builder().port(0).seed(7).start().await.expect("a free port");
    let directory = tempfile::tempdir().expect("a directory");
    for name in ["data", "keys"] {
        std::fs::create_dir(directory.path().join(name)).expect("a directory");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let settings = |base: String| {
        config(&sandbox, Dialect::Vscu)
            .set("hosts.base", base)
            .set("retry.tries", 1)
            .set("store.path", directory.path().join("data/etims.db").display())
            .set("vault.key_file", directory.path().join("keys/vault.key").display())
            .build()
            .expect("valid")
    };
    let working = settings(sandbox.vscu_url());
    let device = Device::open(&working).await.expect("opens");
    device.initialise("SHOP1-TILL1").await.expect("initialised");
    device.close().await;
    drop(device);

    let silent = settings(format!("http://{nobody}"));
    let day_ago = std::time::SystemTime::now() - Duration::from_secs(24 * 3600);
    let seconds = day_ago.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let contact = directory.path().join("data").join("etims.db.sandbox-P000070007R-00.contact");
    assert!(contact.exists(), "the time is kept beside the store");
    std::fs::write(&contact, seconds.to_string()).expect("written");
    let device = Device::open(&silent).await.expect("opens");
    match device.submit(&draft("INV-1")).await {
        Err(error @ Error::OfflineTooLong { hours: 24 }) => assert_eq!(error.code().code, "OFFLINE_TOO_LONG"),
        other => panic!("{other:?}"),
    }
    device.close().await;
    drop(device);

    let device = Device::open(&working).await.expect("opens");
    device.connection().keep_contact().await;
    device.submit(&draft("INV-1")).await.expect("it answered, and takes invoices again");
    device.close().await;
}

#[tokio::test]
async fn a_vscu_that_keeps_its_key_and_tells_its_last_number_goes_on_after_it() {
    let server = RecordingServer::start(|seen: Seen, _| async move {
        if seen.path.ends_with("/initializer/selectInitInfo") {
            result("000", r#"{"info":{"sdcId":"KRACU0300000001","mrcNo":"KRA00000001","lastSaleInvcNo":"41"}}"#)
        } else {
            result(
                "000",
                r#"{"rcptNo":42,"totRcptNo":42,"intrlData":"EAHSAV6ECUUXSY6PCCJYAUP6MI","rcptSign":"QUII27MATATSHFRB","vsdcRcptPbctDate":"20260917140928"}"#,
            )
        }
    })
    .await;
    let directory = tempfile::tempdir().expect("a directory");
    let config = Config::builder()
        .dialect(Dialect::Vscu)
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", server.url())
        .set("store.path", directory.path().join("data/etims.db").display())
        .set("vault.key_file", directory.path().join("keys/vault.key").display());
    let config = config.build().expect("valid");
    for life in 0..2 {
        let device = Device::open(&config).await.expect("opens");
        if life == 0 {
            assert_eq!(device.initialise("SHOP1-TILL1").await.expect("initialised").sdc_id, "KRACU0300000001");
        }
        let sale = device.issue(&draft("INV-1"), PATIENCE).await.expect("an outcome");
        assert_eq!((sale.is_signed(), sale.number()), (true, Some(42)), "{:?}", sale.note());
        device.close().await;
    }
    let sales: Vec<Seen> = server.seen().into_iter().filter(|seen| seen.path.ends_with("/saveSales")).collect();
    assert_eq!(sales.len(), 1);
    assert!(sales[0].body.contains(r#""invcNo":42,"#) && !sales[0].headers.contains_key("cmckey"), "{}", sales[0].body);
}
