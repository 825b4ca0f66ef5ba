use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use etims_client::codes::KraCodes;
use etims_client::config::{Config, Hosts, VaultKeys};
use etims_client::connection::{Connection, LookUpError};
use etims_client::credentials::{Binding, Credentials, KeyRing, KeyRingError, PrivateFileError, SecretName, Vault};
use etims_client::line::{Line, LineError};
use etims_client::offline::Contact;
use etims_client::store::sqlite::SqliteStore;
use etims_client::store::{DeviceRow, DeviceStatus, Store};
use etims_client::transport::{CallError, Cause, HttpTransport};
use etims_core::time::{EAST_AFRICA, Timestamp, local_date};
use etims_core::wire::{Dialect, Operation, Outcome};
use secrecy::SecretString;

use super::{Finding, Health};
use crate::device_args::{DeviceArgs, USUAL_FILE};
use crate::status;

/// A clock that differs by more makes a till refuse or be refused around midnight.
const CLOCK_WARNING: i64 = 30;
/// KRA refuses documents from the future.
const CLOCK_BAD: i64 = 300;

/// Looks at everything, in an order in which each needs what came before it.
pub(super) async fn all(arguments: &DeviceArgs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let config = match arguments.load() {
        Ok(config) => config,
        Err(problems) => {
            let how = match arguments.file() {
                Some(file) => {
                    format!("correct {} or the variables; the guide to configuration has every setting", file.display())
                }
                None => format!(
                    "write them into {USUAL_FILE} (such as `pin = \"P000070007R\"`), name a file with --config, or set the variables"
                ),
            };
            findings.push(Finding::new("settings", Health::Bad, problems).mend(how));
            return findings;
        }
    };
    findings.push(settings(&config, arguments.file()));
    let store = match status::open_store(&config) {
        Ok(store) => store,
        Err(error) => {
            findings.push(Finding::new("store", Health::Bad, error).mend("restore a backup, or follow what it says"));
            None
        }
    };
    let row = match &store {
        Some(store) => store.device(&config.scope()).await.ok().flatten(),
        None => None,
    };
    if findings.len() == 1 {
        findings.push(store_finding(&config, store.as_ref()).await);
    }
    let vault = vault(&config, row.as_ref());
    let key = vault.1;
    findings.push(vault.0);
    findings.push(device(row.as_ref()));
    let line = match line(&config, &mut findings) {
        Some(line) => Arc::new(line),
        None => return findings,
    };
    if !token(&config, &line, &mut findings).await {
        return findings;
    }
    let connection = Connection::new(line, config.seller.pin, config.seller.branch)
        .with_offline_limits(config.offline, config.contact_file());
    if let Some(key) = &key {
        connection.set_communication_key(key);
    }
    let initialised = row.as_ref().is_some_and(|row| row.status == DeviceStatus::Ready);
    let reached = look_up(&config, &connection, initialised, &mut findings).await;
    match &store {
        Some(store) if reached && initialised => findings.push(counters(&config, &connection, store).await),
        _ => findings.push(Finding::skipped("counters", "needs an initialised device and an answer")),
    }
    findings.push(if reached {
        rates(&config, &connection).await
    } else {
        Finding::skipped("rates", "needs an answer")
    });
    if let Some(finding) = contact(&config) {
        findings.push(finding);
    }
    findings
}

fn settings(config: &Config, file: Option<&Path>) -> Finding {
    let seen = format!(
        "{} {} of PIN {}, branch {}{}",
        config.environment().name(),
        config.dialect(),
        config.seller.pin.masked(),
        config.seller.branch,
        file.map(|file| format!(", from {}", file.display())).unwrap_or_default()
    );
    if config.warnings.is_empty() {
        Finding::good("settings", seen)
    } else {
        Finding::new("settings", Health::Warning, seen).mend(config.warnings.join("; "))
    }
}

async fn store_finding(config: &Config, store: Option<&SqliteStore>) -> Finding {
    let Some(store) = store else {
        return Finding::new("store", Health::Warning, "there is none yet")
            .mend("it is made by `etims init` or `etims adopt`");
    };
    match status::rows(store, config).await {
        Err(error) => Finding::new("store", Health::Bad, error).mend("restore a backup"),
        Ok(rows) => {
            let stuck = rows.iter().filter(|row| matches!(row.state.name(), "stopped" | "uncertain")).count();
            let seen = format!("{} documents, {stuck} of them uncertain or stopped", rows.len());
            match stuck {
                0 => Finding::good("store", seen),
                _ => Finding::new("store", Health::Warning, seen).mend("`etims status` names them and says why"),
            }
        }
    }
}

/// The keys, and the device's key when there is one and it opens.
fn vault(config: &Config, row: Option<&DeviceRow>) -> (Finding, Option<SecretString>) {
    let bad = |seen: String, how: &str| (Finding::new("keys", Health::Bad, seen).mend(how), None);
    let ring = match &config.vault_keys {
        VaultKeys::Source => match config.secrets.read(config.environment(), SecretName::VaultKeys) {
            Ok(text) => KeyRing::from_text(&text),
            Err(error) => return bad(error.to_string(), "put the keys where secrets.source says"),
        },
        VaultKeys::File(_) => match config.key_file() {
            Ok(Some(file)) => file.read(),
            Ok(None) => return (Finding::skipped("keys", "not in a file"), None),
            Err(error) => return bad(error.to_string(), "move the key file away from the database"),
        },
    };
    let ring = match ring {
        Ok(ring) => ring,
        Err(KeyRingError::File(PrivateFileError::Missing { path })) => {
            let seen = format!("there is no key file {}", path.display());
            return match row.and_then(|row| row.sealed_key.as_ref()) {
                Some(_) => bad(seen, "bring back the backup: etims key restore --from FILE"),
                None => (Finding::new("keys", Health::Warning, seen).mend("it is made by `etims init`"), None),
            };
        }
        Err(error) => {
            return bad(error.to_string(), "restore the key file from its backup: etims key restore --from FILE");
        }
    };
    let vault = Vault::new(ring);
    let Some((row, sealed)) = row.and_then(|row| Some((row, row.sealed_key.as_ref()?))) else {
        return (Finding::good("keys", format!("{} key(s), nothing sealed yet", vault.ring().ids().len())), None);
    };
    match open_key(config, &vault, row, sealed) {
        Ok(key) => {
            let outdated = vault.is_outdated(sealed).unwrap_or(true);
            let finding = Finding::new(
                "keys",
                if outdated { Health::Warning } else { Health::Good },
                format!("{} key(s); the device's key opens", vault.ring().ids().len()),
            );
            (
                if outdated { finding.mend("it is sealed with an older key: etims key rotate") } else { finding },
                Some(key),
            )
        }
        Err(error) => {
            bad(error, "bring back the key file that belongs to this database: etims key restore --from FILE")
        }
    }
}

fn open_key(config: &Config, vault: &Vault, row: &DeviceRow, sealed: &[u8]) -> Result<SecretString, String> {
    let seller = &config.seller;
    let binding = Binding {
        environment: seller.environment,
        pin: seller.pin.as_str(),
        branch: seller.branch.as_str(),
        serial: &row.serial,
    };
    let key = vault.open(sealed, &binding).map_err(|error| error.to_string())?;
    std::str::from_utf8(&key).map(SecretString::from).map_err(|_| "the device's key is not text".to_owned())
}

/// Gives a connection the key of the device in the store, for commands that only look things up.
pub(crate) async fn give_key(config: &Config, connection: &Connection) -> Result<(), String> {
    let not_there = || "the device is not initialised here: etims init".to_owned();
    let store = status::open_store(config)?.ok_or_else(not_there)?;
    let row = store.device(&config.scope()).await.map_err(|error| error.to_string())?.ok_or_else(not_there)?;
    match vault(config, Some(&row)) {
        (_, Some(key)) => {
            connection.set_communication_key(&key);
            Ok(())
        }
        (finding, None) if finding.health == Health::Bad => Err(finding.seen),
        // A VSCU keeps its key to itself.
        (_, None) => Ok(()),
    }
}

fn device(row: Option<&DeviceRow>) -> Finding {
    match row {
        None => Finding::new("device", Health::Bad, "not initialised here")
            .mend("`etims init` once, or `etims adopt` when it works elsewhere already"),
        Some(row) => match row.status {
            DeviceStatus::Ready => {
                let unit = status::identity(row).map_or_else(|| "unreadable".to_owned(), |identity| identity.sdc_id);
                Finding::good("device", format!("control unit {unit}, serial {}", row.serial))
            }
            DeviceStatus::Answered => {
                Finding::new("device", Health::Bad, "KRA's answer is kept but was not understood")
                    .mend("upgrade and open the device again: the answer is read from the store, KRA is not asked")
            }
            DeviceStatus::Initialising => Finding::new(
                "device",
                Health::Bad,
                "an initialisation was interrupted: KRA may have given the key out",
            )
            .mend("never repeat it; ask timsupport@kra.go.ke for the key and `etims adopt`, or apply for a new serial"),
            DeviceStatus::Failed => Finding::new("device", Health::Bad, "KRA refused the initialisation")
                .mend("`etims init` again once the serial, PIN, branch and environment are right"),
        },
    }
}

fn line(config: &Config, findings: &mut Vec<Finding>) -> Option<Line> {
    let transport = match HttpTransport::new(&config.http) {
        Ok(transport) => transport,
        Err(error) => {
            findings.push(
                Finding::new("tls", Health::Bad, error.to_string()).mend("correct network.roots or network.proxy"),
            );
            return None;
        }
    };
    let credentials = match config.dialect() {
        Dialect::Gateway => match Credentials::load(&config.secrets, config.environment()) {
            Ok(credentials) => {
                findings.push(Finding::good("credentials", format!("found for {}", config.environment().name())));
                Some(credentials)
            }
            Err(missing) => {
                let seen = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                findings.push(Finding::new("credentials", Health::Bad, seen).mend(
                    "App ID, consumer key and consumer secret are on developer.go.ke; docs/guide/security.md says where they go",
                ));
                None
            }
        },
        Dialect::DirectOscu | Dialect::Vscu => None,
    };
    match Line::new(config, credentials.as_ref(), Arc::new(transport)) {
        Ok(line) => Some(line),
        // Said already.
        Err(LineError::Credentials { .. }) => None,
        Err(error) => {
            findings.push(Finding::new("credentials", Health::Bad, error.to_string()));
            None
        }
    }
}

/// Whether a token can be had; true where none is needed.
async fn token(config: &Config, line: &Line, findings: &mut Vec<Finding>) -> bool {
    let Some(tokens) = line.tokens() else { return true };
    match tokens.token().await {
        Ok(_) => {
            findings.push(Finding::good("token", format!("{} gives access tokens", host(&config.hosts))));
            true
        }
        Err(error) => {
            let how = mend(&error);
            findings.push(Finding::new("token", Health::Bad, error.message).mend(how));
            false
        }
    }
}

fn host(hosts: &Hosts) -> &str {
    hosts.base().split('/').nth(2).unwrap_or_else(|| hosts.base())
}

/// Asks for notices: reaches the host, shows its clock and whether it takes the device's key.
async fn look_up(config: &Config, connection: &Connection, initialised: bool, findings: &mut Vec<Finding>) -> bool {
    let started = SystemTime::now();
    let body = etims_core::wire::lookups::look_up_body(
        etims_core::wire::lookups::Ask::Since(etims_client::calls::beginning()),
        config.seller.pin,
        config.seller.branch,
        config.dialect(),
    );
    match connection.look_up(Operation::SelectNotices, &body).await {
        Err(error) => {
            let how = mend(&error);
            findings.push(Finding::new("host", Health::Bad, error.message).mend(how));
            false
        }
        Ok(reply) => {
            let took = started.elapsed().unwrap_or_default();
            let good = matches!(reply.outcome, Outcome::Accepted | Outcome::Empty);
            let seen = format!("{} answered in {} ms: {}", host(&config.hosts), took.as_millis(), reply.summary());
            findings.push(match &reply.outcome {
                _ if good => Finding::good("host", seen),
                Outcome::DeviceProblem(fault) if initialised => {
                    Finding::new("host", Health::Bad, seen).mend(fault.advice())
                }
                Outcome::DeviceProblem(_) => {
                    Finding::new("host", Health::Warning, seen).mend("it answers; look-ups need an initialised device")
                }
                _ => Finding::new("host", Health::Bad, seen).mend("KRA's server is at fault: wait, then look again"),
            });
            findings.push(match reply.result_at {
                Some(at) => clock(at, started, took),
                None => Finding::skipped("clock", "KRA's answer tells no time"),
            });
            good
        }
    }
}

/// Compares KRA's clock with ours in the middle of the exchange.
fn clock(kra: Timestamp, started: SystemTime, took: Duration) -> Finding {
    let ours = started + took / 2;
    let ours =
        ours.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0));
    let ahead = ours - kra.timestamp();
    let seen = match ahead {
        0 => "agrees with KRA's".to_owned(),
        1.. => format!("{ahead} s ahead of KRA's"),
        _ => format!("{} s behind KRA's", -ahead),
    };
    // KRA writes whole seconds, and the answer was made somewhere in between.
    match ahead.abs() {
        ..=CLOCK_WARNING => Finding::good("clock", seen),
        off => {
            let health = if off > CLOCK_BAD { Health::Bad } else { Health::Warning };
            Finding::new("clock", health, seen)
                .mend("switch on time synchronisation (NTP) and check the time zone: KRA refuses dates in its future")
        }
    }
}

/// Asks KRA whether it has the last invoice and not the one after it.
async fn counters(config: &Config, connection: &Connection, store: &SqliteStore) -> Finding {
    let last = match status::last_number(store, config, Operation::SaveSale).await {
        Ok(last) => last.unwrap_or(0),
        Err(error) => return Finding::new("counters", Health::Bad, error),
    };
    if Operation::SelectInvoiceDetail.path(config.dialect()).is_none() {
        return Finding::skipped("counters", "a VSCU does not tell its invoices");
    }
    let recorded = async |number: u64| -> Result<bool, LookUpError> { Ok(connection.invoice(number).await?.is_some()) };
    let (has_last, has_next) = match (if last > 0 { recorded(last).await } else { Ok(true) }, recorded(last + 1).await)
    {
        (Ok(has_last), Ok(has_next)) => (has_last, has_next),
        (Err(error), _) | (_, Err(error)) => {
            return Finding::new("counters", Health::Warning, format!("KRA was asked in vain: {error}"));
        }
    };
    match (has_last, has_next) {
        (true, false) => Finding::good("counters", format!("KRA agrees that {last} invoices are recorded")),
        (_, true) => Finding::new("counters", Health::Bad, format!("KRA has an invoice {}, this store does not", last + 1))
            .mend("another system issues under this PIN and branch, or an older copy of the store was put back: stop it, then `etims adopt` with the right numbers"),
        (false, false) => Finding::new("counters", Health::Bad, format!("KRA does not know invoice {last}"))
            .mend("check that environment, PIN and branch belong to this store; ask KRA before issuing anything"),
    }
}

/// Compares the rates of the settings with KRA's list and with the law of today.
async fn rates(config: &Config, connection: &Connection) -> Finding {
    let listing = match connection.codes(None).await {
        Ok(listing) => listing,
        Err(error) => {
            return Finding::new("rates", Health::Warning, format!("KRA's code list cannot be read: {error}"))
                .mend("nothing is lost: the rates of the settings are used; look again later");
        }
    };
    let now = SystemTime::now();
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let today = chrono::DateTime::from_timestamp(i64::try_from(since.as_secs()).unwrap_or(0), 0).unwrap_or_default();
    let today = local_date(today.with_timezone(&EAST_AFRICA));
    let codes = KraCodes::of(&listing.rows, now);
    if codes.rates.is_empty() {
        return Finding::new("rates", Health::Warning, "KRA's code list has no rates (class 04)");
    }
    let rates = config.settings.rates;
    let differences = codes.differences(&rates, today);
    if differences.is_empty() {
        return Finding::good("rates", format!("{rates}, as in KRA's list"));
    }
    let seen = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Finding::new("rates", Health::Warning, seen).mend(match (config.follow_rates, config.dialect()) {
        (true, _) => "documents follow KRA's list; set device.rates to keep rates of your own",
        (false, Dialect::Gateway) => {
            "the gateway takes constants, whatever its list says: `etims doctor --probe` finds out which on a sandbox; else set device.rates"
        }
        (false, _) => "documents carry device.rates: correct it, or take it out to follow KRA's list",
    })
}

fn contact(config: &Config) -> Option<Finding> {
    let minutes = |since: Duration| since.as_secs() / 60;
    Some(match status::contact(config)? {
        Contact::Fresh => Finding::good("contact", "the VSCU answered lately"),
        Contact::Warn { since } => {
            Finding::new("contact", Health::Warning, format!("no answer for {} minutes", minutes(since)))
                .mend("see that the VSCU runs and reaches KRA: it stops signing after 24 hours")
        }
        Contact::Refuse { since } => Finding::new(
            "contact",
            Health::Bad,
            format!("no answer for {} minutes: no invoice is taken", minutes(since)),
        )
        .mend("bring the VSCU back in contact with KRA; invoices wait until then"),
    })
}

fn mend(error: &CallError) -> &'static str {
    match error.cause {
        Cause::Connect | Cause::TokenHost if error.message.contains("certificate") => {
            "the server's certificate is not trusted: check the clock and the host; a network that inspects TLS needs network.roots"
        }
        Cause::Connect | Cause::TokenHost => "check the network, the host in the settings, the proxy and the firewall",
        Cause::Timeout => "KRA is slow or something on the way swallows packets: wait, then look again",
        Cause::Token => "check the consumer key and secret of this environment, and that the application is approved",
        Cause::Redirected => "something answers in KRA's place: check the host and any portal or proxy on the way",
        _ => "look at the message; wait, then look again",
    }
}
