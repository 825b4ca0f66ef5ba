//! Settings: layers, defaults, and one error for everything.

use std::time::Duration;

use etims_client::config::{Config, ConfigBuilder, ConfigError, HostError, Hosts, Key, StoreAddress, VaultKeys};
use etims_client::credentials::{Credentials, SecretSource};
use etims_client::error::Error;
use etims_client::line::{Line, LineError};
use etims_client::transport::{HttpOptions, HttpTransport, Roots};
use etims_core::settings::{Convention, DiscountWire};
use etims_core::submission::LaneScope;
use etims_core::wire::{Dialect, Environment};
use secrecy::SecretString;

/// The settings that have no default.
fn least() -> ConfigBuilder {
    Config::builder().set("pin", "P000070007R").set("serial", "SHOP1-TILL1")
}

fn keys(error: &ConfigError) -> Vec<&str> {
    error.problems.iter().map(|problem| problem.key.as_str()).collect()
}

#[test]
fn defaults_are_the_safe_ones() {
    let config = least().build().expect("nothing else is needed");
    assert_eq!((config.environment(), config.dialect()), (Environment::Sandbox, Dialect::Gateway));
    assert_eq!(config.hosts.base(), "https://sbx.kra.go.ke/etims-oscu/api/v1");
    assert_eq!(config.hosts.token_url(), "https://sbx.kra.go.ke/v1/token/generate?grant_type=client_credentials");
    assert_eq!(
        (config.timeouts.write, config.http.connect_timeout),
        (Duration::from_secs(120), Duration::from_secs(10))
    );
    assert_eq!(config.seller.branch.as_str(), "00");
    assert_eq!(config.settings.discount_wire, DiscountWire::Price);
    assert_eq!((config.offline.warn_after.as_secs(), config.offline.refuse_after.as_secs()), (43_200, 84_600));
    assert_eq!(config.http.proxy, None);
    assert!(config.warnings.is_empty());
    assert!(matches!(config.secrets, SecretSource::Variables));
    assert!(matches!(config.vault_keys, VaultKeys::File(_)));
}

#[test]
fn the_direct_dialect_and_the_vscu_have_their_own_hosts_and_limits() {
    let direct = least().dialect(Dialect::DirectOscu).build().expect("valid");
    assert_eq!(direct.hosts.base(), "https://etims-api-sbx.kra.go.ke/etims-api");
    let vscu = least().dialect(Dialect::Vscu).environment(Environment::Production).build().expect("valid");
    assert_eq!(vscu.hosts.base(), "http://localhost:8088");
    assert_eq!((vscu.limits.per_hour, vscu.breaker.failures), (0, 0), "faults of a VSCU are seen as they come");
    assert!(vscu.warnings.is_empty());
    let production = least().environment(Environment::Production).build().expect("valid");
    assert_eq!(production.hosts.base(), "https://api.kra.go.ke/etims-oscu/api/v1");
    assert!(production.warnings[0].contains("unconfirmed"), "{:?}", production.warnings);
}

#[test]
fn later_layers_win_and_empty_variables_count_as_unset() {
    let file = "dialect = \"oscu\"\nbranch = \"02\"\n[timeouts]\nwrite = 45\nlook_up = 12.5\n[device]\nconvention = \"k3\"\n\
                allow_zero_rate_e = true\ninvoice_counter = \"pin\"\n[store]\npath = \"/var/lib/etims/etims.db\"";
    let variables =
        [("ETIMS_BRANCH", "03"), ("ETIMS_TIMEOUTS_WRITE", "50"), ("ETIMS_SERIAL", ""), ("ETIMS_OTHER", "x")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = least().toml(file).variables_from(variables).set("branch", "04").build().expect("valid");
    assert_eq!((config.seller.branch.as_str(), config.serial.as_str()), ("04", "SHOP1-TILL1"));
    assert_eq!(config.timeouts.write, Duration::from_secs(50));
    assert_eq!(config.timeouts.look_up, Duration::from_millis(12_500));
    assert_eq!(config.settings.convention, Convention::ExclusiveNet);
    assert!(config.settings.allow_zero_rate_e);
    assert_eq!((config.counters.invoices, config.counters.stock), (LaneScope::Pin, LaneScope::Pin));
    let unknown = least().set("device.stock_counter", "county").build().expect_err("neither branch nor PIN");
    assert_eq!(unknown.problems[0].message, "is one of branch, pin");
    assert!(matches!(config.store, StoreAddress::File(path) if path.ends_with("etims.db")));
}

#[test]
fn one_error_lists_everything_and_repeats_no_value() {
    let file = "envronment = \"sandbox\"\npin = \"P00007\"\nbranch = 1\ndialect = \"gateway\"\nenvironment = \"live\"\n\
                [device]\nconvention = \"k3\"\nrates = \"A=0\"\n[timeouts]\nwrite = 0\nwrites = 3\n[network]\n\
                proxy = \"user:hunter2\"\n[hosts]\nbase = \"http://example.com/x\"\n[limits]\nburst = [1]\n\
                [vscu]\nwarn_after = 30";
    let error = Config::builder().toml(file).build().expect_err("almost everything is wrong");
    let mut found = keys(&error);
    found.sort_unstable();
    let mut expected = vec![
        "branch",
        "device.convention",
        "device.rates",
        "environment",
        "envronment",
        "hosts.base",
        "limits.burst",
        "network.proxy",
        "pin",
        "serial",
        "timeouts.write",
        "timeouts.writes",
        "vscu.warn_after",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
    let text = error.to_string();
    assert!(text.starts_with("13 settings are wrong:\n"), "{text}");
    assert!(text.contains("pin (ETIMS_PIN): a PIN has 11 characters"), "{text}");
    assert!(text.contains("serial (ETIMS_SERIAL): is missing"), "{text}");
    for value in ["hunter2", "P00007", "example.com"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
}

#[test]
fn a_misplaced_setting_is_named() {
    let error = least().set("write", 3).build().expect_err("no such setting");
    assert_eq!(error.problems[0].message, "there is no such setting; `timeouts.write` may be meant");
    let slips = least().toml("serail = \"x\"\n[device]\nread_code = 3\ncolour = 1").build().expect_err("three slips");
    let messages: Vec<&str> = slips.problems.iter().map(|problem| problem.message.as_str()).collect();
    for expected in ["`serial` may be meant", "`device.read_codes` may be meant", "there is no such setting"] {
        assert!(messages.iter().any(|message| message.ends_with(expected)), "{expected} in {messages:?}");
    }
    let variables = [("ETIMS_SERAIL", "x"), ("ETIMS_SANDBOX_APP_ID", "y"), ("ETIMS_TEST_URL", "z"), ("PATH", "p")];
    let config = least().variables_from(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let config = config.build().expect("variables of others are no mistake");
    assert_eq!(config.warnings, ["the variable ETIMS_SERAIL is no setting; ETIMS_SERIAL may be meant"]);
    let error = least().toml("pin = ").build().expect_err("not TOML");
    assert!(error.to_string().contains("line 1 is not TOML"), "{error}");
    let error = least().toml_file("/no/such/file.toml").build().expect_err("no file");
    assert!(error.to_string().contains("/no/such/file.toml: cannot be read"), "{error}");
}

#[test]
fn the_key_file_never_lies_beside_the_database() {
    let error = least()
        .set("store.path", "/srv/etims/etims.db")
        .set("vault.key_file", "/srv/etims/keys/vault.key")
        .build()
        .expect_err("one theft would take both");
    assert_eq!(keys(&error), ["vault.key_file"]);
    let apart = least().set("store.path", "/srv/etims/etims.db").set("vault.key_file", "/etc/etims/vault.key");
    assert!(apart.build().is_ok());
    let elsewhere = least().set("vault.key_file", "none").build().expect("valid");
    assert_eq!(elsewhere.vault_keys, VaultKeys::Source);
}

#[test]
fn hosts_of_one_environment_are_refused_in_the_other() {
    let sandbox = || Hosts::new(Dialect::Gateway, Environment::Sandbox);
    let production = || Hosts::new(Dialect::Gateway, Environment::Production);
    let crossing = |host, device| Err(HostError::OtherEnvironment { host, device });
    for address in [
        "https://api.kra.go.ke/etims-oscu/api/v1",
        "https://API.KRA.go.ke./etims-oscu/api/v1",
        "https://etims-api.kra.go.ke/etims-api",
        "https://anything-new.kra.go.ke",
        "https://kra.go.ke/etims",
        "https://api.developer.go.ke/etims-oscu/api/v1",
    ] {
        assert_eq!(
            sandbox().with_base(address).map(|_| ()),
            crossing(Environment::Production, Environment::Sandbox),
            "{address}"
        );
        assert!(production().with_base(address).is_ok(), "{address}");
        assert!(sandbox().with_token(address).is_err() && sandbox().with_checkers(address).is_err(), "{address}");
    }
    for address in ["https://sbx.kra.go.ke/etims-oscu/api/v1", "https://etims-api-sbx.kra.go.ke/etims-api"] {
        assert!(sandbox().with_base(address).is_ok(), "{address}");
        assert_eq!(
            production().with_base(address).map(|_| ()),
            crossing(Environment::Sandbox, Environment::Production),
            "{address}"
        );
    }
    assert!(sandbox().with_base("https://notkra.go.ke/x").is_ok(), "not a host of KRA's");
}

#[test]
fn plain_http_is_for_this_machine_and_for_a_vscu() {
    let gateway = || Hosts::new(Dialect::Gateway, Environment::Sandbox);
    for address in
        ["http://127.0.0.1:9000/x/", "http://localhost:9000/x", "http://[::1]:9000/x", "https://example.com/x"]
    {
        let hosts = gateway().with_base(address).expect(address);
        assert!(hosts.base().ends_with("/x"), "{}", hosts.base());
    }
    for address in ["http://example.com/x", "http://192.168.1.5:8088", "http://localhost.example.com"] {
        assert_eq!(gateway().with_base(address), Err(HostError::NeedsHttps), "{address}");
    }
    assert!(Hosts::new(Dialect::Vscu, Environment::Production).with_base("http://192.168.1.5:8088").is_ok());
    for address in ["https://user:secret@example.com", "https://example.com/x?y=1", "https://example.com/#x"] {
        assert_eq!(gateway().with_base(address), Err(HostError::NotPlain), "{address}");
    }
    for address in ["example.com", "ftp://example.com", "", "https://"] {
        assert_eq!(gateway().with_base(address), Err(HostError::NotAnAddress), "{address}");
    }
}

#[test]
fn credentials_of_one_environment_make_no_line_in_the_other() {
    let transport =
        || std::sync::Arc::new(HttpTransport::new(&HttpOptions::default()).expect("the bundled roots work"));
    let credentials = |environment| {
        Credentials::new(environment, "4d0c", SecretString::from("planted-key"), SecretString::from("planted-secret"))
    };
    let sandbox = least().build().expect("valid");
    let production = least().environment(Environment::Production).build().expect("valid");
    for (config, wrong, right) in [
        (&sandbox, Environment::Production, Environment::Sandbox),
        (&production, Environment::Sandbox, Environment::Production),
    ] {
        match Line::new(config, Some(&credentials(wrong)), transport()) {
            Err(error @ LineError::OtherEnvironment { .. }) => {
                assert!(!error.to_string().contains("planted"));
                assert_eq!(Error::from(error).code().code, "WRONG_ENVIRONMENT");
            }
            other => panic!("{other:?}"),
        }
        assert!(Line::new(config, Some(&credentials(right)), transport()).is_ok());
        assert!(matches!(Line::new(config, None, transport()), Err(LineError::Credentials { .. })));
    }
}

#[test]
fn everything_that_prints_settings_keeps_their_secrets() {
    let config = least()
        .set("store.path", "postgres://etims:hunter2@db/etims")
        .set("network.proxy", "http://user:hunter2@proxy.example:3128")
        .set("network.roots", "/etc/ssl/own.pem")
        .build()
        .expect("valid");
    assert_eq!(config.http.roots, Roots::File("/etc/ssl/own.pem".into()));
    assert!(config.http.proxy.as_deref().is_some_and(|proxy| proxy.contains("hunter2")));
    let printed = format!("{config:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("P000070007R"), "{printed}");
}

#[test]
fn every_setting_is_read_and_documented() {
    let guide = include_str!("../../../docs/guide/configuration.md");
    for key in Key::ALL {
        let row = format!("| `{}` | `{}` | {} | {} |", key.name, key.variable(), key.default, key.meaning);
        assert!(guide.contains(&row), "the guide lacks this row:\n{row}");
        // Nothing can be wrong with free texts and with names of files.
        let free = ["seller.", "secrets.file", "store.path", "vault.key_file", "network.roots", "device.walk_in_name"];
        if free.iter().all(|free| !key.name.starts_with(free)) {
            let too_long = "?".repeat(101);
            let error = least().set(key.name, too_long).build().expect_err(key.name);
            assert_eq!(keys(&error), [key.name]);
        }
    }
}
