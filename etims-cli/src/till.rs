//! A till on the command line: a store, and the sandbox its device was initialised on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use etims_client::config::{Config, ConfigBuilder};
use etims_client::credentials::{SecretName, SecretSource};
use etims_client::device::{Device, DeviceParts};
use etims_client::store::Store;
use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_client::transport::{Header, HttpOptions, HttpTransport, Request, Transport as _};
use etims_core::document::{Invoice, Line};
use etims_core::pin::{BranchId, Pin};
use secrecy::SecretString;
use serde_json::json;

/// A synthetic PIN, for stores that have no device yet.
const PIN: &str = "P000070014N";
/// The one variable obeyed here: where the key that seals the device's secrets lies.
const KEY_FILE: &str = "ETIMS_VAULT_KEY_FILE";
/// Where a sandbox speaks the gateway dialect.
const GATEWAY: &str = "/etims-oscu/api/v1";
/// Pieces of each good put on the sandbox's shelf.
const SHELF: u32 = 1_000_000;
/// Seconds until an answer counts as lost; a sandbox is near.
const ANSWER_WITHIN: u64 = 10;

/// Which store, and which KRA.
#[derive(Debug, Args)]
pub(crate) struct TillArgs {
    /// The store, made when it is missing
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Address of a running `etims sandbox`, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL")]
    sandbox: Option<String>,
    /// PIN of the seller; by default that of the store's device
    #[arg(long)]
    pin: Option<Pin>,
    /// Branch
    #[arg(long)]
    branch: Option<BranchId>,
    /// Print JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

impl TillArgs {
    /// The store alone: nothing is sent, nothing is initialised.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, String> {
        if !SqliteStore::is_at(&self.store) {
            return Err(format!("there is no store at {}", self.store.display()));
        }
        let store = SqliteStore::open(&self.store, SqliteOptions::default()).map_err(|error| error.to_string())?;
        Ok(Arc::new(store))
    }

    /// The device on its sandbox, initialised once. With `idle` it only stores and decides.
    pub(crate) async fn device(&self, idle: bool) -> Result<Device, String> {
        let (pin, branch) = self.identity().await?;
        let config = self.config(pin, branch, idle)?;
        let mut parts = DeviceParts::from_config(&config).map_err(|error| error.to_string())?;
        parts.idle = idle;
        let device = Device::with_parts(parts).await.map_err(|error| error.to_string())?;
        if device.identity().is_none() && !idle {
            self.initialise(&device).await?;
        }
        Ok(device)
    }

    /// Whether a sandbox was named.
    pub(crate) fn is_on_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Puts the documents' items on the sandbox's shelf: its KRA wants items registered and stocked before goods are
    /// sold. A sandbox that is out of reach gets them when the queue is drained.
    pub(crate) async fn shelve(&self, device: &Device, invoices: &[&Invoice]) -> Result<(), String> {
        let Some(url) = &self.sandbox else { return Ok(()) };
        let items: BTreeMap<&str, serde_json::Value> = invoices
            .iter()
            .flat_map(|invoice| invoice.lines())
            .map(|line| (&*line.item_code, shelf_item(line)))
            .collect();
        if items.is_empty() {
            return Ok(());
        }
        let seller = device.seller();
        let items: Vec<_> = items.into_values().collect();
        let body = json!({ "pin": seller.pin.as_str(), "branch": seller.branch.as_str(), "items": items }).to_string();
        let transport = HttpTransport::new(&HttpOptions::default()).map_err(|error| error.to_string())?;
        let request = Request {
            url: &format!("{}/sandbox/shelf", root(url)),
            headers: &[Header::new("content-type", "application/json")],
            body: Some(body.as_bytes()),
            timeout: Duration::from_secs(ANSWER_WITHIN),
            clear_to_send: None,
        };
        match transport.send(request).await {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => eprintln!("The sandbox does not take the items: HTTP {}.", answer.status),
            Err(error) => eprintln!("The sandbox is out of reach, documents wait in the store: {error}"),
        }
        Ok(())
    }

    async fn initialise(&self, device: &Device) -> Result<(), String> {
        if let Some(serial) = device.interrupted_initialisation().await.map_err(|error| error.to_string())? {
            eprintln!("The initialisation of {serial} was interrupted: KRA gives a key once. Taking a new serial.");
        }
        // Every store is a device of its own, also on the same sandbox.
        let serial = format!("CLI-{:08x}", rand::random::<u32>());
        let identity = device.initialise(&serial).await.map_err(|error| error.to_string())?;
        eprintln!("Device {serial} initialised once on the sandbox: control unit {}.", identity.sdc_id);
        Ok(())
    }

    /// Whose till it is: as told, else as the store's only device has it.
    async fn identity(&self) -> Result<(Pin, BranchId), String> {
        if let Some(pin) = self.pin {
            return Ok((pin, self.branch.unwrap_or_default()));
        }
        let devices = match SqliteStore::is_at(&self.store) {
            true => self.store()?.devices().await.map_err(|error| error.to_string())?,
            false => Vec::new(),
        };
        let parsed = |scope: &str| {
            let mut parts = scope.split('/').skip(1);
            Some((Pin::parse(parts.next()?).ok()?, BranchId::parse(parts.next()?).ok()?))
        };
        match devices.as_slice() {
            [] => Ok((Pin::parse(PIN).expect("a synthetic PIN"), self.branch.unwrap_or_default())),
            [device] => parsed(&device.device).ok_or_else(|| format!("the store's device is {}", device.device)),
            _ => Err("the store has several devices: say which with --pin and --branch".to_owned()),
        }
    }

    fn config(&self, pin: Pin, branch: BranchId, idle: bool) -> Result<Config, String> {
        let secrets = SecretSource::Callback(Arc::new(|_, name| {
            Ok(SecretString::from(match name {
                SecretName::AppId => "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab".to_owned(),
                other => format!("sandbox-{}", other.name()),
            }))
        }));
        let base = Config::builder()
            .device(pin, branch, "CLI")
            .variables_from(std::env::vars().filter(|(name, _)| name == KEY_FILE))
            .set("store.path", self.store.display())
            .set("limits.per_hour", 0)
            .set("timeouts.write", ANSWER_WITHIN)
            .set("timeouts.look_up", ANSWER_WITHIN)
            .secrets(secrets);
        let config = match (&self.sandbox, idle) {
            (Some(url), _) => on_sandbox(base, url),
            (None, true) => base,
            (None, false) => return Err("say which sandbox with --sandbox URL".to_owned()),
        };
        config.build().map_err(|error| error.to_string())
    }
}

/// A sandbox's own address, also when that of its gateway was given.
fn root(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    url.strip_suffix(GATEWAY).unwrap_or(url)
}

/// An item in the words of `saveItem`, with what lies on the shelf.
fn shelf_item(line: &Line) -> serde_json::Value {
    json!({
        "itemCd": line.item_code, "itemClsCd": line.classification, "itemTyCd": line.item_type.code(),
        "itemNm": line.name, "taxTyCd": line.tax_type.code(), "orgnNatCd": line.origin,
        "pkgUnitCd": line.packaging, "qtyUnitCd": line.unit,
        "quantity": if line.item_type.has_stock() { SHELF } else { 0 },
    })
}

/// The gateway of a sandbox, by the sandbox's address.
fn on_sandbox(config: ConfigBuilder, url: &str) -> ConfigBuilder {
    let url = root(url);
    config.set("hosts.base", format!("{url}{GATEWAY}")).set("hosts.token", format!("{url}/v1/token/generate"))
}
