//! The commands around a device, run as a person runs them, against a sandbox on this machine.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use etims_client::config::Config;
use etims_client::connection::Connection;
use etims_client::credentials::{SecretName, SecretSource};
use etims_core::party::Seller;
use etims_core::pin::Pin;
use etims_core::wire::lookups::{InitialisedDevice, initialise_body};
use etims_core::wire::{Operation, Reply};
use etims_sandbox::{Fault, FaultKind, Sandbox, When};
use secrecy::SecretString;
use serde_json::Value;

const PIN: &str = "P000070007R";
const CONSUMER_SECRET: &str = "planted-consumer-secret-4711";

/// A shop: a directory with its settings, and a KRA.
struct Shop {
    directory: tempfile::TempDir,
    sandbox: Sandbox,
    /// Everything any command printed.
    printed: String,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Shop {
    async fn new() -> Shop {
        Shop::beside(Sandbox::builder().port(0).seed(7).start().await.expect("a free port"))
    }

    fn beside(sandbox: Sandbox) -> Shop {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name);
        let settings = format!(
            "# The till in the corner.\npin = \"{PIN}\"\nserial = \"SHOP1-TILL1\"\n\n[hosts]\nbase = \"{}\"\ntoken = \"{}\"\n\n\
             [store]\npath = {:?}\n\n[vault]\nkey_file = {:?}\n\n[limits]\nper_hour = 0 # ours alone\n",
            sandbox.gateway_url(),
            sandbox.token_url(),
            path("data/etims.db"),
            path("keys/vault.key"),
        );
        fs::create_dir(path("data")).and_then(|()| fs::create_dir(path("keys"))).expect("two directories");
        fs::write(path("etims.toml"), settings).expect("written");
        Shop { directory, sandbox, printed: String::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    async fn run(&mut self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etims"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("ETIMS_SANDBOX_APP_ID", "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab")
            .env("ETIMS_SANDBOX_CONSUMER_KEY", "consumer-key")
            .env("ETIMS_SANDBOX_CONSUMER_SECRET", CONSUMER_SECRET)
            .env("RUST_LOG", "trace");
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it starts");
        let Output { status, stdout, stderr } = output;
        let ran = Ran {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).expect("UTF-8"),
            err: String::from_utf8(stderr).expect("UTF-8"),
        };
        self.printed.push_str(&ran.out);
        self.printed.push_str(&ran.err);
        ran
    }

    async fn good(&mut self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}\n{}\n{}", ran.out, ran.err);
        ran.out
    }

    async fn doctor(&mut self) -> (i32, Vec<(String, String, String)>) {
        let ran = self.run(&["doctor", "--json"]).await;
        let findings: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}\n{}", ran.out, ran.err));
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let all = findings.as_array().expect("a list").iter();
        (ran.code, all.map(|finding| (text(finding, "name"), text(finding, "health"), text(finding, "seen"))).collect())
    }
}

fn health<'a>(findings: &'a [(String, String, String)], name: &str) -> (&'a str, &'a str) {
    let found = findings.iter().find(|(known, ..)| known == name).unwrap_or_else(|| panic!("no {name}: {findings:?}"));
    (&found.1, &found.2)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_from_its_first_day_on() {
    let mut shop = Shop::new().await;

    let (code, findings) = shop.doctor().await;
    assert_eq!(code, 1);
    assert_eq!(health(&findings, "device"), ("bad", "not initialised here"));
    assert_eq!(health(&findings, "token").0, "good");
    assert!(shop.good(&["status"]).await.contains("not initialised (none)"));
    assert!(!shop.path("data/etims.db").exists(), "looking makes no store");

    let refused = shop.run(&["init"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("add --yes"), "{}", refused.err);
    let made = shop.good(&["init", "--yes"]).await;
    assert!(made.contains("Control unit KRACU"), "{made}");
    assert!(shop.good(&["init", "--yes"]).await.starts_with("Initialised already"));
    let again: Value = serde_json::from_str(&shop.good(&["init", "--yes", "--json"]).await).expect("JSON");
    assert_eq!(again["serial"], "SHOP1-TILL1");

    let (code, findings) = shop.doctor().await;
    assert_eq!(code, 0, "{findings:?}");
    for name in ["settings", "store", "keys", "device", "credentials", "token", "host", "counters"] {
        assert_eq!(health(&findings, name).0, "good", "{findings:?}");
    }
    let (state, seen) = health(&findings, "rates");
    assert_eq!(state, "warning", "the gateway takes band E at 0 %, KRA's list has 8 %: {seen}");
    assert!(seen.contains("band E: 8 % in KRA's list, 0 % here"), "{seen}");
    let status: Value = serde_json::from_str(&shop.good(&["status", "--json"]).await).expect("JSON");
    assert_eq!(status["device"], "ready");
    assert_eq!(status["counters"]["save_sale"], 0);

    // The keys: shown, backed up, changed, lost, brought back.
    let first = shop.good(&["key", "show"]).await;
    shop.good(&["key", "backup", "--to", "safe/backup.key"]).await;
    let again = shop.run(&["key", "backup", "--to", "safe/backup.key"]).await;
    assert!(again.code == 1 && again.err.contains("not overwritten"), "{}", again.err);
    assert!(shop.good(&["key", "rotate"]).await.contains("2 secret(s) sealed"));
    let json = shop.good(&["key", "show", "--json", "--config", "etims.toml"]).await;
    assert!(serde_json::from_str::<Vec<String>>(&json).is_ok_and(|names| names.len() == 2), "{json}");
    let both = shop.good(&["key", "show"]).await;
    assert!(both.starts_with(first.trim()) && both.lines().count() == 2, "{both}");
    let (code, findings) = shop.doctor().await;
    assert_eq!((code, health(&findings, "keys").0), (0, "good"), "{findings:?}");

    fs::remove_file(shop.path("keys/vault.key")).expect("the key is lost");
    let (code, findings) = shop.doctor().await;
    assert_eq!((code, health(&findings, "keys").0), (1, "bad"), "{findings:?}");
    shop.good(&["key", "restore", "--from", "safe/backup.key"]).await;
    let (code, findings) = shop.doctor().await;
    assert_eq!((code, health(&findings, "keys").0), (1, "bad"), "the backup is older than the rotation: {findings:?}");
    assert!(health(&findings, "keys").1.contains("restore"), "{findings:?}");
    assert!(!shop.printed.contains(CONSUMER_SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_wrong_credentials_and_an_unreachable_host_are_told_apart() {
    let mut shop = Shop::new().await;
    shop.good(&["init", "--yes"]).await;
    for (seconds, expected) in [(0, "good"), (-120, "warning"), (3600, "bad")] {
        let skew = Fault { kind: FaultKind::ClockSkew { seconds }, when: When::EveryNth(1), operation: None };
        let fault = shop.sandbox.inject(skew);
        let (_, findings) = shop.doctor().await;
        assert_eq!(health(&findings, "clock").0, expected, "{seconds}: {findings:?}");
        shop.sandbox.withdraw(fault);
    }

    let strict = Sandbox::builder().port(0).credentials("another", "pair").start().await.expect("a free port");
    let mut shop = Shop::beside(strict);
    let (code, findings) = shop.doctor().await;
    assert_eq!((code, health(&findings, "token").0), (1, "bad"), "{findings:?}");
    assert!(health(&findings, "token").1.contains("consumer key and secret"), "{findings:?}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let settings = fs::read_to_string(shop.path("etims.toml")).expect("there");
    let base =
        format!("dialect = \"oscu\"\n{}", settings.replace(&shop.sandbox.gateway_url(), &format!("http://{nobody}")));
    fs::write(shop.path("etims.toml"), base).expect("written");
    let text = shop.run(&["doctor"]).await;
    assert!(text.code == 1 && text.out.contains("no connection"), "{}", text.out);
    assert!(
        text.out.contains("check the network, the host in the settings, the proxy and the firewall"),
        "{}",
        text.out
    );
}

/// A server whose certificate nobody has vouched for.
async fn self_signed() -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("random numbers");
    let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("they belong together");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let _ = acceptor.accept(socket).await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_named_with_what_to_do() {
    let mut shop = Shop::new().await;
    let server = self_signed().await;
    let settings = fs::read_to_string(shop.path("etims.toml")).expect("there");
    let base =
        settings.replace(&shop.sandbox.gateway_url(), &server).replace("[limits]", "[retry]\ntries = 1\n[limits]");
    fs::write(shop.path("etims.toml"), format!("dialect = \"oscu\"\n{base}")).expect("written");
    let text = shop.run(&["doctor"]).await;
    assert_eq!(text.code, 1);
    assert!(
        text.out.contains("the server's certificate is not trusted") && text.out.contains("network.roots"),
        "{}",
        text.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_are_checked_by_form_and_at_kra() {
    let mut shop = Shop::new().await;
    assert!(shop.good(&["pin", "p000070007r"]).await.contains("The form is right"));
    let typo = shop.run(&["pin", "P000070007S"]).await;
    assert!(typo.code == 2 && typo.out.contains("last letter"), "{}", typo.out);
    let no_pin = shop.run(&["pin", "P00007"]).await;
    assert!(no_pin.code == 2 && no_pin.err.contains("11 characters"), "{}", no_pin.err);
    let early = shop.run(&["pin", "P000070014N", "--etims"]).await;
    assert!(early.code == 1 && early.err.contains("not initialised"), "{}", early.err);
    shop.good(&["init", "--yes"]).await;
    let asked = shop.run(&["pin", PIN, "--etims", "--json"]).await;
    let report: Value = serde_json::from_str(&asked.out).unwrap_or_else(|_| panic!("{}\n{}", asked.out, asked.err));
    assert!(report["registered"].is_boolean(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_wrong_are_all_named() {
    let mut shop = Shop::new().await;
    fs::write(shop.path("etims.toml"), "pin = \"P1\"\ndialect = \"osc\"\n").expect("written");
    let (code, findings) = shop.doctor().await;
    let (health, seen) = health(&findings, "settings");
    assert_eq!((code, health, findings.len()), (1, "bad", 1));
    for key in ["pin (ETIMS_PIN)", "dialect (ETIMS_DIALECT)", "serial (ETIMS_SERIAL): is missing"] {
        assert!(seen.contains(key), "{seen}");
    }
}

/// Initialises a device with the sandbox as another system would, and returns what it would bring along.
async fn initialised_elsewhere(sandbox: &Sandbox) -> InitialisedDevice {
    let secrets = |_, name: SecretName| {
        Ok(SecretString::from(match name {
            SecretName::AppId => "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab",
            _ => "any",
        }))
    };
    let config = Config::builder()
        .set("pin", PIN)
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", sandbox.gateway_url())
        .set("hosts.token", sandbox.token_url())
        .secrets(SecretSource::Callback(std::sync::Arc::new(secrets)))
        .build()
        .expect("valid");
    let connection = Connection::open(&config).expect("credentials are there");
    let body = initialise_body(&Seller::new(Pin::parse(PIN).expect("a PIN")), "SHOP1-TILL1");
    let answer = connection.call(Operation::Initialise, &body, &|| true).await.expect("an answer");
    InitialisedDevice::read(&Reply::parse(Operation::Initialise, answer.status, &answer.body)).expect("a device")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_works_elsewhere_is_taken_over() {
    let mut shop = Shop::new().await;
    let device = initialised_elsewhere(&shop.sandbox).await;
    let (key, unit) = (device.communication_key.expect("a key"), device.sdc_id.expect("a unit"));
    let refused = shop.run(&["init", "--yes"]).await;
    assert!(refused.code == 1 && refused.err.contains("adopt"), "{}", refused.err);

    let adopt = ["adopt", "--yes", "--sdc-id", &unit, "--last-invoice", "0", "--last-stock-movement", "0"];
    let no_key = shop.run(&adopt).await;
    assert!(no_key.code == 1 && no_key.err.contains("--key-file is needed"), "{}", no_key.err);
    let file = shop.path("cmc.key");
    fs::write(&file, format!("{key}\n")).expect("written");
    let with_key = [&adopt[..], &["--key-file", "cmc.key"]].concat();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("changed");
        let open = shop.run(&with_key).await;
        assert!(open.code == 1 && open.err.contains("chmod 600"), "{}", open.err);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    assert!(shop.good(&with_key).await.contains("goes on here with invoice 1"));
    let (code, findings) = shop.doctor().await;
    assert_eq!((code, health(&findings, "counters").0), (0, "good"), "{findings:?}");
    let twice = shop.run(&with_key).await;
    assert!(twice.code == 1 && twice.err.contains("works here already"), "{}", twice.err);
    assert!(!shop.printed.contains(&key));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_notices_numbers_that_kra_does_not_know() {
    let mut shop = Shop::new().await;
    let device = initialised_elsewhere(&shop.sandbox).await;
    let (key, unit) = (device.communication_key.expect("a key"), device.sdc_id.expect("a unit"));
    let secrets = shop.path("secrets");
    fs::create_dir(&secrets).expect("a directory");
    let file = secrets.join("cmc.key");
    fs::write(&file, key).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    shop.good(&[
        "adopt",
        "--yes",
        "--sdc-id",
        &unit,
        "--key-file",
        "secrets/cmc.key",
        "--last-invoice",
        "41",
        "--last-stock-movement",
        "7",
    ])
    .await;
    let status: Value = serde_json::from_str(&shop.good(&["status", "--json"]).await).expect("JSON");
    assert_eq!((&status["counters"]["save_sale"], &status["counters"]["save_stock_movement"]), (&41.into(), &7.into()));
    let (code, findings) = shop.doctor().await;
    assert_eq!((code, health(&findings, "counters")), (1, ("bad", "KRA does not know invoice 41")), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_settles_open_questions_and_writes_what_it_learnt() {
    let mut shop = Shop::new().await;
    shop.good(&["init", "--yes"]).await;
    let unasked = shop.run(&["doctor", "--probe"]).await;
    assert!(unasked.code == 1 && unasked.err.contains("add --yes"), "{}", unasked.err);
    let report = shop.good(&["doctor", "--probe", "--yes"]).await;
    for question in [
        "discount as ",
        "quantity 9.4704 as ",
        "band E at 8 %",
        "package(s) for 2 cartons",
        "counter scope: not settled",
    ] {
        assert!(report.contains(question), "{question} in\n{report}");
    }
    let settings = fs::read_to_string(shop.path("etims.toml")).expect("there");
    assert!(settings.contains("# The till in the corner.") && settings.contains("# ours alone"), "{settings}");
    assert!(settings.contains("[device]") && settings.contains("fraction_policy = "), "{settings}\n{report}");
    // The strict gateway wants band E at 0 %.
    assert!(settings.contains("E=0"), "{settings}\n{report}");
    let ledger = shop.sandbox.ledger();
    assert!(ledger.iter().all(|row| row.trader_invoice_number.starts_with("PROBE-")) && ledger.len() >= 4, "{report}");
    assert!(shop.good(&["status"]).await.contains("save_sale PROBE-"), "what was refused is shown with KRA's words");
    let (code, findings) = shop.doctor().await;
    assert_eq!(code, 0, "{findings:?}");

    let text = settings.replace("pin = ", "environment = \"production\"\npin = ");
    fs::write(shop.path("etims.toml"), text).expect("written");
    let production = shop.run(&["doctor", "--probe", "--yes"]).await;
    assert!(production.code == 1 && production.err.contains("never for production"), "{}", production.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_branches_settle_the_scope_of_the_counters() {
    let mut shop = Shop::new().await;
    let second = fs::read_to_string(shop.path("etims.toml"))
        .expect("there")
        .replace("serial = \"SHOP1-TILL1\"", "branch = \"01\"\nserial = \"SHOP2-TILL1\"")
        .replace("etims.db", "second.db");
    fs::write(shop.path("second.toml"), &second).expect("written");
    shop.good(&["init", "--yes"]).await;
    let early = shop.run(&["doctor", "--probe", "--yes", "--second", "second.toml"]).await;
    assert!(early.code == 1 && early.err.contains("--second: that device is not initialised"), "{}", early.err);
    shop.good(&["init", "--yes", "--config", "second.toml"]).await;
    let report = shop.good(&["doctor", "--probe", "--yes", "--second", "second.toml"]).await;
    for told in [
        "counter scope of invoices: a counter for each branch, as it is set",
        "counter scope of stock movements: one counter for all branches of the PIN, as it is set",
    ] {
        assert!(report.contains(told), "{report}");
    }
    for file in ["etims.toml", "second.toml"] {
        let text = fs::read_to_string(shop.path(file)).expect("there");
        let (before, after) = text.split_once("[device]\n").unwrap_or((&text, ""));
        fs::write(shop.path(file), format!("{before}\n[device]\ninvoice_counter = \"pin\"\n{after}")).expect("written");
    }
    let report = shop.good(&["doctor", "--probe", "--yes", "--second", "second.toml"]).await;
    assert!(report.contains("counter scope of invoices: a counter for each branch, NOT as it is set"), "{report}");
    let learnt = fs::read_to_string(shop.path("etims.toml")).expect("there");
    assert!(learnt.contains("invoice_counter = \"branch\"") && !learnt.contains("\"pin\""), "{learnt}");
    let itself = shop.run(&["doctor", "--probe", "--yes", "--second", "etims.toml"]).await;
    assert!(itself.code == 1 && itself.err.contains("another branch of the same PIN"), "{}", itself.err);
    fs::write(shop.path("third.toml"), second.replace("[hosts]", "environment = \"production\"\n[hosts]"))
        .expect("written");
    let production = shop.run(&["doctor", "--probe", "--yes", "--second", "third.toml"]).await;
    assert!(production.code == 1, "{}{}", production.out, production.err);
}
