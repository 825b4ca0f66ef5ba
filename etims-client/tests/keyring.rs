//! Credentials and vault keys from the operating system's keyring: a real secret service on a session bus of its own.
//!
//! Needs `dbus-run-session` and `gnome-keyring-daemon` (Debian: `dbus-daemon`, `gnome-keyring`); says so when they are
//! not there.
#![cfg(all(feature = "keyring", target_os = "linux"))]

use std::process::Command;

use etims_client::config::Config;
use etims_client::connection::Connection;
use etims_client::credentials::{Credentials, KeyRing, SecretName, SecretSource};
use etims_client::device::DeviceParts;
use etims_client::error::Error;
use etims_core::wire::Environment;
use secrecy::ExposeSecret;

const CHILD: &str = "ETIMS_TEST_KEYRING_CHILD";
/// Unlocks a new keyring with an empty password, then runs this program again.
const SESSION: &str = r#"
printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
exec "$1" --ignored --exact --nocapture secrets_are_read_from_the_keyring_of_this_session
"#;

fn is_installed(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().is_ok_and(|found| found.status.success())
}

#[test]
fn a_real_secret_service_gives_credentials_and_vault_keys() {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        if !is_installed(program) {
            eprintln!(
                "SKIPPED: {program} is not installed, so the keyring was NOT tested (apt-get install dbus-daemon gnome-keyring)"
            );
            return;
        }
    }
    let home = tempfile::tempdir().expect("a directory");
    let program = std::env::current_exe().expect("this program");
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", SESSION, "sh"])
        .arg(program)
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env(CHILD, home.path())
        .env_remove("DISPLAY")
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Run by the test above on a bus of its own.
#[tokio::test]
#[ignore = "the child process of the test above"]
async fn secrets_are_read_from_the_keyring_of_this_session() {
    let Ok(home) = std::env::var(CHILD) else { return };
    let config = || {
        let home = std::path::Path::new(&home);
        Config::builder()
            .set("pin", "P000070007R")
            .set("serial", "SHOP1-TILL1")
            .set("secrets.source", "keyring")
            .set("store.path", home.join("etims.db").display())
            .set("vault.key_file", "none")
            .build()
            .expect("valid")
    };
    let missing = Credentials::load(&SecretSource::Keyring, Environment::Sandbox).expect_err("nothing is there yet");
    assert_eq!(missing.len(), 3, "all that is missing, at once: {missing:?}");
    assert!(missing[0].to_string().contains("sandbox/app_id"), "{}", missing[0]);

    let ring = KeyRing::generate().expect("random numbers");
    let keys = ring.to_text();
    for (account, secret) in [
        ("sandbox/app_id", "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab"),
        ("sandbox/consumer_key", "planted-key"),
        ("sandbox/consumer_secret", "planted-secret"),
        ("sandbox/vault_keys", keys.expose_secret()),
    ] {
        keyring::Entry::new("etims-sdk", account).expect("a name").set_password(secret).expect("kept");
    }
    let read = SecretSource::Keyring.read(Environment::Sandbox, SecretName::ConsumerSecret).expect("there");
    assert_eq!(read.expose_secret(), "planted-secret");
    let config = config();
    Connection::open(&config).expect("the gateway's credentials come from the keyring");
    let parts = DeviceParts::from_config(&config).expect("and so do the vault's keys");
    assert_eq!(parts.vault.ring().ids(), ring.ids());
    let elsewhere =
        Credentials::load(&SecretSource::Keyring, Environment::Production).expect_err("the other environment");
    assert_eq!(elsewhere.len(), 3);

    keyring::Entry::new("etims-sdk", "sandbox/vault_keys").expect("a name").delete_credential().expect("deleted");
    let error = DeviceParts::from_config(&config).err().expect("no keys");
    assert!(matches!(error, Error::Secret(_)) && error.to_string().contains("sandbox/vault_keys"), "{error}");
}
