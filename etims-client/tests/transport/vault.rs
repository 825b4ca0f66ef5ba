//! The vault and its key file, through the public API.

use std::fs;
use std::path::Path;

use etims_client::credentials::{
    Binding, Credentials, KeyFile, KeyRing, KeyRingError, PrivateFileError, SecretName, SecretSource, SourceError,
    Vault, VaultError,
};
use etims_core::wire::Environment;
use secrecy::{ExposeSecret, SecretString};

const SECRET: &[u8] = b"0123456789ABCDEF-communication-key";

fn binding() -> Binding<'static> {
    Binding { environment: Environment::Sandbox, pin: "P000070007R", branch: "00", serial: "SHOP1-TILL1" }
}

fn vault() -> Vault {
    Vault::new(KeyRing::generate().expect("random numbers"))
}

fn key_file(directory: &Path) -> KeyFile {
    KeyFile::apart_from(directory.join("keys/vault.key"), &directory.join("data/etims.db")).expect("two directories")
}

#[test]
fn what_is_sealed_opens_again_and_never_looks_the_same_twice() {
    let vault = vault();
    let (one, two) = (vault.seal(SECRET, &binding()).expect("sealed"), vault.seal(SECRET, &binding()).expect("sealed"));
    assert_ne!(one, two);
    for sealed in [&one, &two] {
        assert!(!sealed.windows(8).any(|window| SECRET.windows(8).any(|part| part == window)));
        assert_eq!(vault.open(sealed, &binding()).expect("opens").as_slice(), SECRET);
    }
}

#[test]
fn it_opens_for_no_other_device_and_no_other_environment() {
    let vault = vault();
    let sealed = vault.seal(SECRET, &binding()).expect("sealed");
    let others = [
        Binding { environment: Environment::Production, ..binding() },
        Binding { pin: "P000070014N", ..binding() },
        Binding { branch: "01", ..binding() },
        Binding { serial: "SHOP1-TILL2", ..binding() },
        // The same characters, cut at another place.
        Binding { pin: "P000070007R0", branch: "0", ..binding() },
    ];
    for other in others {
        assert_eq!(vault.open(&sealed, &other), Err(VaultError::DoesNotOpen), "{other:?}");
    }
}

#[test]
fn every_altered_byte_is_noticed() {
    let vault = vault();
    let sealed = vault.seal(SECRET, &binding()).expect("sealed");
    for index in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[index] ^= 1;
        assert!(vault.open(&altered, &binding()).is_err(), "byte {index}");
        assert!(vault.open(&sealed[..index], &binding()).is_err(), "cut at {index}");
    }
    assert_eq!(vault.open(b"hello", &binding()), Err(VaultError::NotSealed));
}

#[test]
fn a_rotation_keeps_old_secrets_readable_and_reseals_them() {
    let mut ring = KeyRing::generate().expect("random numbers");
    let old = Vault::new(ring.clone());
    let sealed = old.seal(SECRET, &binding()).expect("sealed");
    ring.rotate().expect("random numbers");
    let new = Vault::new(ring);
    assert_eq!(new.is_outdated(&sealed), Ok(true));
    let resealed = new.reseal(&sealed, &binding()).expect("resealed");
    assert_eq!(new.is_outdated(&resealed), Ok(false));
    assert_eq!(new.open(&resealed, &binding()).expect("opens").as_slice(), SECRET);
    match old.open(&resealed, &binding()) {
        Err(VaultError::KeyMissing { key_id }) => assert_eq!(Some(&key_id), new.ring().ids().last()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_text_form_survives_and_tells_a_slip_of_the_pen() {
    let mut ring = KeyRing::generate().expect("random numbers");
    ring.rotate().expect("random numbers");
    let text = ring.to_text();
    let again = KeyRing::from_text(&text).expect("its own text");
    assert_eq!(again.ids(), ring.ids());
    let sealed = Vault::new(ring).seal(SECRET, &binding()).expect("sealed");
    assert_eq!(Vault::new(again).open(&sealed, &binding()).expect("opens").as_slice(), SECRET);

    let slip = text.expose_secret().replacen(['A', 'b', '7'], "x", 1);
    let error = KeyRing::from_text(&SecretString::from(slip)).expect_err("a wrong character");
    assert!(matches!(error, KeyRingError::Line { .. }), "{error}");
    assert!(matches!(KeyRing::from_text(&SecretString::from("# nothing\n\n")), Err(KeyRingError::Empty)));
}

#[test]
fn the_key_file_is_private_apart_from_the_database_and_never_overwritten() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir_all(directory.path().join("data")).expect("a directory");
    let file = key_file(directory.path());
    let ring = file.read_or_create().expect("made");
    assert_eq!(file.read_or_create().expect("read").ids(), ring.ids());

    let database = directory.path().join("data/etims.db");
    for beside in ["data/vault.key", "data/below/vault.key", "data/../data/vault.key"] {
        assert!(
            matches!(
                KeyFile::apart_from(directory.path().join(beside), &database),
                Err(KeyRingError::BesideTheDatabase { .. })
            ),
            "{beside}"
        );
    }

    let backup = directory.path().join("safe/backup.key");
    file.backup(&backup).expect("a copy");
    assert!(matches!(file.backup(&backup), Err(KeyRingError::File(PrivateFileError::Exists { .. }))));

    let mut rotated = file.read().expect("read");
    rotated.rotate().expect("random numbers");
    file.replace(&rotated).expect("replaced");
    assert_eq!(file.read().expect("read").ids(), rotated.ids());
    assert_eq!(file.restore(&backup).expect("nothing new in it"), 0);

    fs::remove_file(file.path()).expect("the key is lost");
    assert_eq!(file.restore(&backup).expect("brought back"), 1);
    assert_eq!(file.read().expect("read").ids(), ring.ids());
}

#[cfg(unix)]
#[test]
fn files_of_secrets_are_made_for_their_owner_and_refused_when_others_can_read_them() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let file = key_file(directory.path());
    file.read_or_create().expect("made");
    let mode = fs::metadata(file.path()).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).expect("changed");
    match file.read() {
        Err(KeyRingError::File(PrivateFileError::TooOpen { mode, .. })) => assert_eq!(mode, 0o640),
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[test]
fn a_file_keeps_the_environments_apart_and_says_everything_that_is_missing() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("secrets.toml");
    let text = "[sandbox]\napp_id = \"4d0c\"\nconsumer_key = \"planted-key\"\nconsumer_secret = \"planted-secret\"\n\
                [production]\napp_id = \"9f1e\"\n";
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
    let source = SecretSource::File(path.clone());

    let credentials = Credentials::load(&source, Environment::Sandbox).expect("all three are there");
    assert_eq!((credentials.app_id(), credentials.environment()), ("4d0c", Environment::Sandbox));
    assert_eq!(credentials.consumer_secret().expose_secret(), "planted-secret");
    assert!(!format!("{credentials:?}").contains("planted"));

    let missing = Credentials::load(&source, Environment::Production).expect_err("two are missing");
    let names: Vec<_> = missing
        .iter()
        .map(|error| match error {
            SourceError::Entry { table, name, .. } => (*table, *name),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(names, [("production", "consumer_key"), ("production", "consumer_secret")]);

    fs::write(&path, "[sandbox]\napp_id = \"4d0c\"\nconsumer_key = planted\n").expect("written");
    match source.read(Environment::Sandbox, SecretName::AppId) {
        Err(error @ SourceError::Toml { line: 3, .. }) => assert!(!error.to_string().contains("planted"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_callback_is_asked_with_the_environment_and_the_variables_have_it_in_their_names() {
    let source = SecretSource::Callback(std::sync::Arc::new(|environment: Environment, name: SecretName| {
        Ok(SecretString::from(format!("{} {}", environment.name(), name.name())))
    }));
    let secret = source.read(Environment::Production, SecretName::ConsumerKey).expect("it answers");
    assert_eq!(secret.expose_secret(), "production consumer_key");
    assert_eq!(SecretName::ConsumerSecret.variable(Environment::Sandbox), "ETIMS_SANDBOX_CONSUMER_SECRET");
    match SecretSource::Variables.read(Environment::Production, SecretName::VaultKeys) {
        Err(SourceError::Variable(name)) => assert_eq!(name, "ETIMS_PRODUCTION_VAULT_KEYS"),
        other => panic!("{other:?}"),
    }
}
