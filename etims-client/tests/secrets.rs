//! Plants secrets and personal data, runs everything there is, faults included, and looks for them where they must not
//! be: in logs down to TRACE, in errors, in `Debug`, and the secrets in the journal and in the database's bytes too.

use std::fmt::{Debug, Display};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use etims_client::checkers::Checkers;
use etims_client::config::{Config, ConfigBuilder};
use etims_client::connection::Connection;
use etims_client::credentials::{Credentials, KeyRing, SecretName, SecretSource, Vault};
use etims_client::device::{Device, DeviceParts};
use etims_client::line::Line;
use etims_client::store::{ListFilter, Store};
use etims_client::transport::{HttpTransport, Request, Sending, Transport};
use etims_core::codes::{ItemType, TaxType};
use etims_core::document::{Invoice, InvoiceDraft, ItemDraft};
use etims_core::party::{Buyer, Operator, Seller};
use etims_core::pin::Pin;
use etims_core::receipt::{DeviceIdentity, PrintOptions, ReceiptView};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::submission::Limits;
use etims_core::wire::Environment;
use etims_core::wire::lookups::InitialisedDevice;
use etims_core::wire::{Operation, Reply};
use etims_sandbox::{Fault, FaultKind, Operation as SandboxOperation, Sandbox, When};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::fmt::MakeWriter;

const APP_ID: &str = "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab";
const CONSUMER_KEY: &str = "planted-consumer-key-8fQ2";
const CONSUMER_SECRET: &str = "planted-consumer-secret-Zt7w";
const PROXY_PASSWORD: &str = "planted-proxy-password";
const SELLER: &str = "P000070007R";
const BUYER: &str = "P000070028W";
const BUYER_NAME: &str = "Planted Zawadi Achieng";
const PHONE: &str = "0799123456";
const ADDRESS: &str = "Planted House 17";
const PASSPORT: &str = "PLANTED-AK041234";
const OPERATOR: &str = "Planted Asha";
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while logging").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// Lets everything pass and remembers what KRA hands out: tokens and the device's key.
#[derive(Debug)]
struct Eavesdropper {
    inner: HttpTransport,
    heard: Arc<Mutex<Vec<String>>>,
    printed: Mutex<Printed>,
}

impl Transport for Eavesdropper {
    fn send<'a>(&'a self, request: Request<'a>) -> Sending<'a> {
        Box::pin(async move {
            let answer = self.inner.send(request).await?;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let mut heard = self.heard.lock().expect("no panic while listening");
            if request.url.contains("/token/") {
                let token: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                heard.extend(token["access_token"].as_str().map(str::to_owned));
            } else if request.url.ends_with("/initialize") {
                let reply = Reply::parse(Operation::Initialise, answer.status, &answer.body);
                self.printed.lock().expect("no panic").debug(&reply);
                heard.extend(InitialisedDevice::read(&reply).and_then(|device| device.communication_key));
            }
            Ok(answer)
        })
    }
}

/// Everything that a program could print.
#[derive(Debug, Default)]
struct Printed(String);

impl Printed {
    fn debug(&mut self, value: &impl Debug) {
        self.0.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    fn error(&mut self, error: &(impl Debug + Display)) {
        self.0.push_str(&format!("{error}\n"));
        self.debug(error);
    }

    fn result<T: Debug, E: Debug + Display>(&mut self, result: &Result<T, E>) {
        match result {
            Ok(value) => self.debug(value),
            Err(error) => self.error(error),
        }
    }
}

fn settings(directory: &Path, sandbox: &Sandbox) -> ConfigBuilder {
    let secrets = |_, name: SecretName| {
        Ok(SecretString::from(match name {
            SecretName::AppId => APP_ID,
            SecretName::ConsumerKey => CONSUMER_KEY,
            SecretName::ConsumerSecret => CONSUMER_SECRET,
            _ => return Err("not here".to_owned()),
        }))
    };
    Config::builder()
        .set("pin", SELLER)
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", sandbox.gateway_url())
        .set("hosts.token", sandbox.token_url())
        .set("hosts.checkers", sandbox.url())
        .set("store.path", directory.join("data/etims.db").display())
        .set("vault.key_file", directory.join("keys/vault.key").display())
        .set("limits.per_hour", 0)
        .set("device.read_codes", 0)
        .set("timeouts.write", 1)
        .set("timeouts.look_up", 1)
        .set("retry.tries", 2)
        .secrets(SecretSource::Callback(Arc::new(secrets)))
}

fn draft(reference: &str) -> InvoiceDraft {
    let text = serde_json::json!({
        "reference": reference, "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash",
        "buyer": { "pin": BUYER, "name": BUYER_NAME, "phone": PHONE, "address": ADDRESS,
                   "id": { "type": "passport", "number": PASSPORT } },
        "operator": { "id": "till1", "name": OPERATOR },
        "lines": [{ "item_code": "KE3NTNO0000001", "item_type": "service", "classification": "1010150800",
                    "name": "Delivery", "packaging": "NT", "unit": "NO", "tax": "B", "quantity": "1",
                    "unit_price": "350.00" }],
    });
    InvoiceDraft::from_json(text.to_string().as_bytes(), &mut Findings::default()).expect("JSON")
}

/// Documents before and after they are checked, whole and with mistakes that name what is wrong.
fn documents(printed: &mut Printed, seller: &Seller, settings: &Settings) {
    let good = draft("INV");
    printed.debug(seller);
    printed.debug(&good);
    printed.result(&Invoice::check(&good, settings));
    let buyer = good.buyer.clone().expect("it has one");
    let long = Buyer { name: Some(format!("{BUYER_NAME} {}", "and sons ".repeat(20))), ..buyer.clone() };
    printed.result(&Invoice::check(&InvoiceDraft { buyer: Some(long), ..good.clone() }, settings));
    let mut wrong = good.clone();
    wrong.buyer = Some(Buyer { name: None, phone: Some(PHONE.repeat(5)), ..buyer });
    wrong.operator = Some(Operator { id: Some("x".repeat(30)), name: Some(OPERATOR.repeat(10)) });
    wrong.lines[0].unit = Some("??".to_owned());
    printed.result(&Invoice::check(&wrong, settings));
    for text in [
        format!(r#"{{"kind":"sale","buyer":{{"pin":"{BUYER}9"}},"lines":[]}}"#),
        format!(r#"{{"kind":"sale","buyer":"{BUYER_NAME}","lines":[]}}"#),
        format!(r#"{{"kind":"sale","buyer":{{"name":["{BUYER_NAME}"],"phone":{PHONE}}},"lines":[]}}"#),
        format!(r#"{{"kind":"sale","{BUYER_NAME}":1"#),
    ] {
        let mut findings = Findings::default();
        match InvoiceDraft::from_json(text.as_bytes(), &mut findings) {
            Ok(draft) => printed.result(&Invoice::check_with(&draft, settings, None, findings)),
            Err(error) => printed.error(&error),
        }
    }
}

async fn look_around(device: &Device, printed: &mut Printed) {
    let connection = device.connection();
    let buyer = Pin::parse(BUYER).expect("a PIN");
    printed.result(&connection.codes(None).await.map(|listing| listing.rows.len()));
    printed.result(&connection.customer(buyer).await);
    printed.result(&connection.invoice(1).await);
    printed.result(&connection.sales(None).await);
    printed.result(&connection.purchases(None).await);
    printed.result(&connection.branches(None).await);
    printed.result(&connection.branch_customers(None).await);
    printed.result(&connection.taxpayer().await);
    printed.debug(connection.as_ref());
    printed.debug(connection.line());
    printed.debug(connection.line().tokens().expect("a gateway"));
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_found_nowhere() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .init();
    let directory = tempfile::tempdir().expect("a directory");
    for name in ["data", "keys"] {
        std::fs::create_dir(directory.path().join(name)).expect("a directory");
    }
    let sandbox = Sandbox::builder().port(0).seed(7).credentials(CONSUMER_KEY, CONSUMER_SECRET).start().await;
    let sandbox = sandbox.expect("a free port");
    let mut printed = Printed::default();
    let heard = Arc::new(Mutex::new(Vec::new()));

    // Settings, credentials and their mistakes.
    let config = settings(directory.path(), &sandbox).build().expect("valid");
    printed.debug(&config);
    printed.debug(&settings(directory.path(), &sandbox));
    let proxy = format!("http://user:{PROXY_PASSWORD}@proxy.example:3128");
    printed.result(&settings(directory.path(), &sandbox).set("network.proxy", &proxy).build());
    printed.result(
        &settings(directory.path(), &sandbox).set("network.proxy", PROXY_PASSWORD).set("pin", BUYER_NAME).build(),
    );
    printed.result(
        &Credentials::load(&SecretSource::Variables, Environment::Production).map_err(|errors| errors[0].to_string()),
    );
    let credentials = Credentials::load(&config.secrets, Environment::Sandbox).expect("all there");
    printed.debug(&credentials);

    // A device, its initialisation and a sale.
    let eavesdropper = Arc::new(Eavesdropper {
        inner: HttpTransport::new(&config.http).expect("valid options"),
        heard: Arc::clone(&heard),
        printed: Mutex::default(),
    });
    let transport: Arc<dyn Transport> = eavesdropper.clone();
    let line = Line::new(&config, Some(&credentials), transport.clone()).expect("they fit");
    let connection = Connection::new(Arc::new(line), config.seller.pin, config.seller.branch);
    let parts = DeviceParts::from_config(&config).expect("a store and keys");
    let store: Arc<dyn Store> = Arc::clone(&parts.store);
    let parts =
        DeviceParts { connection: Arc::new(connection), limits: Limits { proof_gap: 100, ..parts.limits }, ..parts };
    let mut events = parts.events.subscribe();
    let device = Device::with_parts(parts).await.expect("opens");
    printed.result(&device.submit(&draft("TOO-EARLY")).await);
    printed.result(&device.initialise("SHOP1-TILL1").await);
    printed.result(&device.initialise("SHOP1-TILL1").await);
    let item = ItemDraft {
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
    };
    let ticket = device.register_item("item", &item).await.expect("kept");
    printed.result(&device.wait_for(&ticket, PATIENCE).await);
    let sale = device.issue(&draft("INV-0"), PATIENCE).await;
    assert!(sale.as_ref().is_ok_and(|sale| sale.is_signed()), "{sale:?}");
    printed.result(&sale);
    let receipt = device.receipt("INV-0").await;
    printed.result(&receipt);
    let receipt = receipt.expect("a store").expect("a receipt");
    let unit = DeviceIdentity::default();
    let view =
        ReceiptView::new(&receipt.invoice, Some(&receipt.receipt), device.seller(), &unit, &PrintOptions::default());
    printed.debug(&view.expect("it can be drawn"));
    documents(&mut printed, device.seller(), &device.settings());
    look_around(&device, &mut printed).await;

    // Faults of every kind, on sales and on look-ups.
    let faults = [
        FaultKind::LoseAnswer,
        FaultKind::LoseRequest,
        FaultKind::DelayAnswer { milliseconds: 1500 },
        FaultKind::ResetMidBody,
        FaultKind::TruncateJson,
        FaultKind::HtmlPage { recorded: true },
        FaultKind::ExpireToken,
        FaultKind::ServerError { status: 500, recorded: true },
        FaultKind::ServerError { status: 503, recorded: false },
        FaultKind::NoSignature,
    ];
    let mut signed = 1;
    for (index, kind) in faults.into_iter().enumerate() {
        sandbox.inject(Fault { kind: kind.clone(), when: When::Once, operation: Some(SandboxOperation::SaveSale) });
        let sale = device.issue(&draft(&format!("INV-{}", index + 1)), PATIENCE).await;
        signed += usize::from(sale.as_ref().is_ok_and(|sale| sale.is_signed()));
        printed.result(&sale);
        let fault = sandbox.inject(Fault { kind, when: When::EveryNth(1), operation: None });
        printed.result(&device.connection().items(None).await);
        printed.result(&device.connection().call(Operation::SaveSale, BUYER_NAME.as_bytes(), &|| false).await);
        sandbox.withdraw(fault);
    }
    assert!(signed >= 8, "{signed} of 11 sales were signed: the faults did what they should");
    look_around(&device, &mut printed).await;

    // What refuses: wrong credentials, a vault without the key, a check that fails.
    let wrong = Credentials::new(
        Environment::Sandbox,
        APP_ID,
        SecretString::from(CONSUMER_KEY),
        SecretString::from(format!("{CONSUMER_SECRET}-wrong")),
    );
    let refused = Line::new(&config, Some(&wrong), transport.clone()).expect("they fit");
    let refused = Connection::new(Arc::new(refused), config.seller.pin, config.seller.branch);
    printed.result(&refused.codes(None).await.map(|listing| listing.rows.len()));
    let checkers = Checkers::new(&config, &credentials, transport).expect("they fit");
    printed.debug(&checkers);
    let buyer = Buyer { pin: Pin::parse(BUYER).ok(), name: Some(BUYER_NAME.to_owned()), ..Buyer::default() };
    printed.result(&checkers.buyer(&buyer).await);
    let row = store.device(&config.scope()).await.expect("a store").expect("a device");
    printed.debug(&row);
    let sealed = row.sealed_key.expect("a key");
    let other = Vault::new(KeyRing::generate().expect("random numbers"));
    let binding = etims_client::credentials::Binding {
        environment: Environment::Sandbox,
        pin: SELLER,
        branch: "00",
        serial: "SHOP1-TILL1",
    };
    printed.debug(&binding);
    printed.result(&other.open(&sealed, &binding).map(|_| ()));
    printed.debug(&other);
    printed.debug(&device);
    printed.debug(&device.list(ListFilter::default()).await.expect("a store"));
    let key_file = config.key_file().expect("apart").expect("a file");
    let ring = key_file.read().expect("keys");
    printed.debug(&ring);
    let vault_key = ring.to_text().expose_secret().split_ascii_whitespace().nth(2).expect("the key's text").to_owned();
    printed.result(&Device::rotate_key(&config, store.as_ref()).await);
    let mut told = 0;
    while let Ok(event) = events.try_recv() {
        told += 1;
        printed.debug(&event);
    }
    assert!(told > 20, "{told} events");
    let journal = store.journal(&config.scope(), 0, 1000).await.expect("a journal");
    assert!(journal.len() > 20, "{}", journal.len());
    let journal: String = journal.iter().map(|row| format!("{row:?}\n")).collect();
    device.close().await;

    printed.0.push_str(&eavesdropper.printed.lock().expect("no panic").0);

    // The search.
    let mut secrets = vec![
        CONSUMER_KEY.to_owned(),
        CONSUMER_SECRET.to_owned(),
        STANDARD.encode(format!("{CONSUMER_KEY}:{CONSUMER_SECRET}")),
        PROXY_PASSWORD.to_owned(),
        vault_key.clone(),
    ];
    secrets.append(&mut heard.lock().expect("no panic").clone());
    assert!(secrets.len() >= 7, "tokens and the device's key were heard: {}", secrets.len());
    let personal = [SELLER, BUYER, BUYER_NAME, PHONE, ADDRESS, PASSPORT, OPERATOR];
    let log = String::from_utf8_lossy(&log.0.lock().expect("no panic")).into_owned();
    assert!(
        log.contains("kra_call") && log.contains("P00*****7R") && log.len() > 10_000,
        "there is a log: {}",
        log.len()
    );
    for field in
        ["operation=\"save_sale\"", "dialect=\"gateway\"", "attempt=2", "delivery=MaybeDelivered", "reference=\""]
    {
        assert!(log.contains(field), "the log tells {field}");
    }
    for (place, text) in [("the log", &log), ("what was printed", &printed.0)] {
        for secret in secrets.iter().map(String::as_str).chain(personal) {
            let found = text.find(secret).map(|at| &text[text[..at].rfind('\n').map_or(0, |line| line + 1)..at]);
            assert!(
                found.is_none(),
                "{} is in {place} after: {}",
                &secret[..8.min(secret.len())],
                found.unwrap_or_default()
            );
        }
    }
    for secret in &secrets {
        assert!(!journal.contains(secret.as_str()), "{} is in the journal", &secret[..8]);
    }
    let raw_key = STANDARD.decode(&vault_key).expect("base64");
    let mut bytes_read = 0;
    for entry in walk(&directory.path().join("data")) {
        let bytes = std::fs::read(&entry).expect("readable");
        bytes_read += bytes.len();
        for secret in secrets.iter().map(String::as_bytes).chain([raw_key.as_slice()]) {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{} is in {}", String::from_utf8_lossy(&secret[..8]), entry.display());
        }
    }
    assert!(bytes_read > 50_000, "the database was read: {bytes_read}");
}

fn walk(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).expect("readable");
    entries
        .map(|entry| entry.expect("readable").path())
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}
