use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use etims_core::money::Quantity;
use etims_core::party::Seller;
use etims_core::pin::{BranchId, Pin};
use etims_core::settings::{Convention, DiscountWire, FractionPolicy, Settings};
use etims_core::submission::{CounterScopes, LaneScope};
use etims_core::tax::TaxRates;
use etims_core::wire::{Dialect, Environment};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use secrecy::SecretString;

use super::layers::Layers;
use super::{Config, ConfigError, Hosts, StoreAddress, VaultKeys};
use crate::breaker::BreakerPolicy;
use crate::codes::CodesPolicy;
use crate::credentials::{KeyFile, SecretSource};
use crate::limiter::RateLimits;
use crate::line::CallTimeouts;
use crate::offline::OfflineLimits;
use crate::retry::RetryPolicy;
use crate::transport::{HttpOptions, Roots};

/// KRA's limit of `dvcSrlNo`.
const SERIAL_LENGTH: usize = 100;
const SECOND: u32 = 1;
const MINUTE: u32 = 60;
const HOUR: u32 = 3600;

pub(super) fn config(mut layers: Layers, given_secrets: Option<SecretSource>) -> Result<Config, ConfigError> {
    let mut warnings = std::mem::take(&mut layers.warnings);
    let environment = layers.read("environment", Environment::Sandbox, environment);
    let dialect = layers
        .read("dialect", Dialect::Gateway, |text| Dialect::from_name(text).ok_or("is one of gateway, oscu, vscu"));
    let pin = layers.required("pin", Pin::parse);
    let branch = layers.read("branch", BranchId::HEAD_OFFICE, BranchId::parse);
    let serial = layers.required("serial", |text| {
        if text.chars().count() <= SERIAL_LENGTH { Ok(text.to_owned()) } else { Err("has at most 100 characters") }
    });
    let seller = pin.map(|pin| Seller {
        branch,
        environment,
        trade_name: layers.text("seller.trade_name").map(str::to_owned),
        address: layers.text("seller.address").map(str::to_owned),
        city: layers.text("seller.city").map(str::to_owned),
        top_message: layers.text("seller.top_message").map(str::to_owned),
        bottom_message: layers.text("seller.bottom_message").map(str::to_owned),
        ..Seller::new(pin)
    });
    // A rate that somebody set stays as it is set; the gateway's are constants.
    let follow_rates = dialect != Dialect::Gateway && layers.text("device.rates").is_none();
    let codes_every = layers.read("device.read_codes", Some(CodesPolicy::USUAL), |text| match text {
        "0" => Ok(None),
        text => span(text, HOUR).map(Some).ok_or("is a number of hours, 0 for never"),
    });
    let usual = CounterScopes::default();
    let scope = |text: &str| LaneScope::from_name(text).ok_or("is one of branch, pin");
    let counters = CounterScopes {
        invoices: layers.read("device.invoice_counter", usual.invoices, scope),
        stock: layers.read("device.stock_counter", usual.stock, scope),
    };
    let settings = settings(&mut layers, dialect);
    let hosts = hosts(&mut layers, dialect, environment);
    if environment == Environment::Production && dialect == Dialect::Gateway && layers.text("hosts.base").is_none() {
        warnings.push("hosts.base: the gateway's production host is unconfirmed; ask KRA and set it".to_owned());
    }
    if environment == Environment::Production && dialect != Dialect::Vscu && !hosts.is_kra() {
        warnings.push("hosts.base: production credentials go to a host that is not KRA's".to_owned());
    }
    let secrets = given_secrets.unwrap_or_else(|| secrets(&mut layers));
    let store = store(&mut layers);
    let vault_keys = vault_keys(&mut layers, &store);
    let http = http(&mut layers);
    let usual = CallTimeouts::default();
    let timeouts = CallTimeouts {
        write: duration(&mut layers, "timeouts.write", SECOND, usual.write),
        look_up: duration(&mut layers, "timeouts.look_up", SECOND, usual.look_up),
        classification: duration(&mut layers, "timeouts.classification", SECOND, usual.classification),
    };
    let vscu = dialect == Dialect::Vscu;
    let usual = if vscu { RateLimits::NONE } else { RateLimits::default() };
    let limits = RateLimits {
        per_hour: layers.read("limits.per_hour", usual.per_hour, whole),
        burst: layers.read("limits.burst", usual.burst, positive),
    };
    let usual = RetryPolicy::default();
    let retry = RetryPolicy {
        tries: layers.read("retry.tries", usual.tries, positive),
        budget: layers.read("retry.budget", usual.budget, whole),
        ..usual
    };
    let usual = if vscu { BreakerPolicy::NEVER } else { BreakerPolicy::default() };
    let breaker = BreakerPolicy {
        failures: layers.read("breaker.failures", usual.failures, whole),
        first_pause: duration(&mut layers, "breaker.pause", SECOND, BreakerPolicy::default().first_pause),
        longest_pause: BreakerPolicy::default().longest_pause,
    };
    let offline = offline(&mut layers);
    let slow_after = duration(&mut layers, "network.slow_after", SECOND, Duration::from_secs(10));
    let keep_checks = duration(&mut layers, "checkers.keep", HOUR, Duration::from_secs(24 * 3600));
    match (seller, serial, layers.problems) {
        (Some(seller), Some(serial), problems) if problems.is_empty() => Ok(Config {
            seller,
            serial,
            settings,
            counters,
            hosts,
            secrets,
            store,
            vault_keys,
            http,
            timeouts,
            limits,
            retry,
            breaker,
            offline,
            codes_every,
            follow_rates,
            slow_after,
            keep_checks,
            warnings,
        }),
        (_, _, problems) => Err(ConfigError { problems }),
    }
}

fn settings(layers: &mut Layers, dialect: Dialect) -> Settings {
    let mut settings = Settings::new(dialect);
    settings.convention = layers.read("device.convention", settings.convention, |text| {
        let convention = Convention::from_name(text).ok_or("is one of k1, k2, k3".to_owned())?;
        if convention.allowed_on(dialect) {
            Ok(convention)
        } else {
            Err(format!("{} is not accepted on the {dialect} dialect", convention.name()))
        }
    });
    settings.rates = layers.read("device.rates", settings.rates, TaxRates::from_str);
    settings.discount_wire = layers.read("device.discount_wire", settings.discount_wire, |text| {
        DiscountWire::from_name(text).ok_or("is one of price, rate_before, rate_after")
    });
    settings.fraction_policy = layers.read("device.fraction_policy", settings.fraction_policy, |text| {
        FractionPolicy::from_name(text).ok_or("is one of rounded_quantity_exact_amount, single_unit, adjust_price")
    });
    settings.packages = layers.read("device.packages", settings.packages, |text| {
        decimal(text).filter(|packages| *packages > Decimal::ZERO).map(Quantity::new).ok_or("is a number above zero")
    });
    if let Some(name) = layers.text("device.walk_in_name") {
        settings.walk_in_name = name.to_owned();
    }
    settings.allow_zero_rate_e = layers.read("device.allow_zero_rate_e", settings.allow_zero_rate_e, flag);
    settings.vat_registered = layers.read("device.vat_registered", settings.vat_registered, flag);
    settings
}

fn hosts(layers: &mut Layers, dialect: Dialect, environment: Environment) -> Hosts {
    let hosts = Hosts::new(dialect, environment);
    let hosts = layers.read("hosts.base", hosts.clone(), |address| hosts.with_base(address));
    let hosts = layers.read("hosts.token", hosts.clone(), |address| hosts.with_token(address));
    layers.read("hosts.checkers", hosts.clone(), |address| hosts.with_checkers(address))
}

fn secrets(layers: &mut Layers) -> SecretSource {
    let file = layers.text("secrets.file").map(PathBuf::from);
    layers.read("secrets.source", SecretSource::Variables, |text| match (text, file) {
        ("variables", _) => Ok(SecretSource::Variables),
        ("file", Some(path)) => Ok(SecretSource::File(path)),
        ("file", None) => Err("needs secrets.file"),
        #[cfg(feature = "keyring")]
        ("keyring", _) => Ok(SecretSource::Keyring),
        #[cfg(not(feature = "keyring"))]
        ("keyring", _) => Err("needs a build with the feature `keyring`"),
        _ => Err("is one of variables, file, keyring"),
    })
}

fn store(layers: &mut Layers) -> StoreAddress {
    match layers.text("store.path") {
        Some(address) if address.starts_with("postgres://") || address.starts_with("postgresql://") => {
            StoreAddress::Postgres(SecretString::from(address))
        }
        Some(path) => StoreAddress::File(PathBuf::from(path)),
        None => StoreAddress::File(match dirs::data_local_dir() {
            Some(directory) => directory.join("etims").join("etims.db"),
            None => {
                layers.problem("store.path", "is missing, and this system names no data directory".to_owned());
                PathBuf::new()
            }
        }),
    }
}

fn vault_keys(layers: &mut Layers, store: &StoreAddress) -> VaultKeys {
    let path = match layers.text("vault.key_file") {
        Some("none") => return VaultKeys::Source,
        Some(path) => PathBuf::from(path),
        None => match dirs::config_local_dir() {
            Some(directory) => directory.join("etims").join("vault.key"),
            None => {
                layers.problem("vault.key_file", "is missing, and this system names no directory for it".to_owned());
                return VaultKeys::Source;
            }
        },
    };
    if let StoreAddress::File(database) = store
        && let Err(error) = KeyFile::apart_from(&path, database)
    {
        layers.problem("vault.key_file", error.to_string());
    }
    VaultKeys::File(path)
}

fn http(layers: &mut Layers) -> HttpOptions {
    let usual = HttpOptions::default();
    HttpOptions {
        connect_timeout: duration(layers, "timeouts.connect", SECOND, usual.connect_timeout),
        read_timeout: duration(layers, "timeouts.read", SECOND, usual.read_timeout),
        idle_timeout: usual.idle_timeout,
        largest_answer: layers.read("network.largest_answer", usual.largest_answer, |text| {
            positive(text)?
                .to_usize()
                .and_then(|mebibytes| mebibytes.checked_mul(1024 * 1024))
                .ok_or("is too large for this machine")
        }),
        roots: layers.read("network.roots", usual.roots, |text| {
            Ok::<_, &str>(match text {
                "bundled" => Roots::Bundled,
                "platform" => Roots::Platform,
                path => Roots::File(PathBuf::from(path)),
            })
        }),
        proxy: layers.read("network.proxy", None, |text| match url::Url::parse(text) {
            Ok(url) if url.has_host() => Ok(Some(text.to_owned())),
            _ => Err("is an address such as http://proxy.example:3128"),
        }),
    }
}

fn offline(layers: &mut Layers) -> OfflineLimits {
    let usual = OfflineLimits::default();
    let limits = OfflineLimits {
        warn_after: duration(layers, "vscu.warn_after", HOUR, usual.warn_after),
        refuse_after: duration(layers, "vscu.refuse_after", HOUR, usual.refuse_after),
        probe_every: duration(layers, "vscu.probe_every", MINUTE, usual.probe_every),
    };
    if limits.warn_after >= limits.refuse_after {
        layers.problem("vscu.warn_after", "comes before vscu.refuse_after".to_owned());
    }
    limits
}

fn environment(text: &str) -> Result<Environment, &'static str> {
    [Environment::Sandbox, Environment::Production]
        .into_iter()
        .find(|environment| environment.name() == text)
        .ok_or("is sandbox or production")
}

fn flag(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "is true or false")
}

fn whole(text: &str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| "is a whole number")
}

fn positive(text: &str) -> Result<u32, &'static str> {
    whole(text).ok().filter(|number| *number > 0).ok_or("is a whole number above zero")
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

/// So many units of so many seconds each; parts of a unit are allowed, nothing and less is not.
fn duration(layers: &mut Layers, key: &'static str, unit_seconds: u32, usual: Duration) -> Duration {
    let unit = match unit_seconds {
        HOUR => "hours",
        MINUTE => "minutes",
        _ => "seconds",
    };
    layers.read(key, usual, |text| span(text, unit_seconds).ok_or(format!("is a number of {unit} above zero")))
}

fn span(text: &str, unit_seconds: u32) -> Option<Duration> {
    decimal(text)
        .and_then(|number| number.checked_mul(Decimal::from(unit_seconds))?.checked_mul(Decimal::ONE_THOUSAND))
        .and_then(|millis| millis.to_u64())
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
}
