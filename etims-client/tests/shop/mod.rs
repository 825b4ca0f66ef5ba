//! A shop with a device on a sandbox: what the tests of the outbox sell from.
#![allow(dead_code, unreachable_pub)] // each test file uses its part

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use etims_client::config::Config;
use etims_client::credentials::{SecretName, SecretSource};
use etims_client::device::{Device, DeviceParts, Submission};
use etims_client::outbox::Pace;
use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_core::codes::{ItemType, StockMovementType, TaxType};
use etims_core::document::{InvoiceDraft, ItemDraft, LineDraft, StockLineDraft, StockMovementDraft};
use etims_core::money::{Quantity, UnitPrice};
use etims_core::pin::{BranchId, Pin};
use etims_core::submission::{Adoption, Limits};
use etims_core::time::Timestamp;
use etims_core::wire::Dialect;
use etims_sandbox::{Profile, Sandbox, SandboxBuilder};
use rust_decimal::Decimal;
use secrecy::SecretString;
use tempfile::TempDir;

/// A test program with this ending runs on the direct OSCU.
pub const ON_DIRECT: bool =
    matches!(env!("CARGO_CRATE_NAME").as_bytes(), [.., b'_', b'd', b'i', b'r', b'e', b'c', b't']);
/// How surely a record found at KRA is ours: the direct OSCU does not tell the caller's reference.
pub const FOUND: Adoption = if ON_DIRECT { Adoption::Weak } else { Adoption::Strong };
pub const PIN: &str = "P000070007R";
pub const SERVICE: &str = "KE3NTNO0000001";
pub const GOODS: &str = "KE2NTNO0000002";
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A KRA that checks what the gateway checks, on every dialect.
pub fn sandbox() -> SandboxBuilder {
    Sandbox::builder().seed(7).profile(Profile::Strict)
}

/// Where a shop keeps its files; the vault's key lies apart from the store.
pub struct Premises {
    directory: TempDir,
}

impl Premises {
    pub fn new() -> Premises {
        let directory = tempfile::tempdir().expect("a directory for the test");
        for room in ["store", "keys"] {
            std::fs::create_dir(directory.path().join(room)).expect("a room");
        }
        Premises { directory }
    }

    pub fn store(&self) -> PathBuf {
        self.directory.path().join("store").join("etims.db")
    }

    pub fn keys(&self) -> PathBuf {
        self.directory.path().join("keys").join("vault.key")
    }

    /// Another room, neither the store's nor the keys'.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn config(&self, sandbox: &Sandbox) -> Config {
        config_at(&self.store(), &self.keys(), &sandbox.url())
    }

    /// The parts of a device that waits little and takes two seconds for a request's life.
    pub fn parts(&self, sandbox: &Sandbox) -> DeviceParts {
        hasty(DeviceParts::from_config(&self.config(sandbox)).expect("a good configuration"))
    }

    pub async fn open(&self, sandbox: &Sandbox) -> Device {
        Device::with_parts(self.parts(sandbox)).await.expect("the device opens")
    }

    /// A device that is initialised and has a service to sell.
    pub async fn trade(&self, sandbox: &Sandbox) -> Device {
        let device = self.open(sandbox).await;
        device.initialise("SHOP-1").await.expect("initialised");
        register(&device, SERVICE, ItemType::Service).await;
        device
    }
}

/// The configuration of a till on the sandbox at an address.
pub fn config_at(store: &Path, keys: &Path, sandbox: &str) -> Config {
    config_of(store, keys, sandbox, "00")
}

/// The same for a branch.
pub fn config_of(store: &Path, keys: &Path, sandbox: &str, branch: &str) -> Config {
    let secrets = SecretSource::Callback(Arc::new(|_, name| {
        Ok(SecretString::from(match name {
            SecretName::AppId => "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab".to_owned(),
            other => format!("sandbox-{}", other.name()),
        }))
    }));
    Config::builder()
        .device(Pin::parse(PIN).expect("a synthetic PIN"), BranchId::parse(branch).expect("two digits"), "SHOP-1")
        .dialect(if ON_DIRECT { Dialect::DirectOscu } else { Dialect::Gateway })
        .set(
            "hosts.base",
            if ON_DIRECT { format!("{sandbox}/etims-api") } else { format!("{sandbox}/etims-oscu/api/v1") },
        )
        .set("hosts.token", format!("{sandbox}/v1/token/generate"))
        .set("limits.per_hour", 0)
        .set("breaker.failures", 0)
        .set("device.read_codes", 0)
        .set("timeouts.write", 2)
        .set("timeouts.look_up", 2)
        .set("store.path", store.display())
        .set("vault.key_file", keys.display())
        .secrets(secrets)
        .build()
        .expect("a good configuration")
}

/// Test pace: milliseconds where a till waits seconds.
pub fn hasty(parts: DeviceParts) -> DeviceParts {
    let pace = Pace {
        first: Duration::from_millis(5),
        longest: Duration::from_millis(100),
        turned_away: Duration::from_millis(10),
        turned_away_longest: Duration::from_millis(100),
        propagation: Duration::from_millis(20),
        watch: Duration::from_millis(20),
    };
    DeviceParts { pace, ..parts }
}

/// Commits in the write-ahead log of a store: frames that carry the size of the database after them.
pub fn commits(store: &Path) -> usize {
    let mut log = store.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::read(log).unwrap_or_default();
    let Some((header, frames)) = log.split_at_checked(32) else { return 0 };
    let page = u32::from_be_bytes(header[8..12].try_into().expect("four bytes")) as usize;
    let salt = &header[16..24];
    let frames = frames.chunks_exact(24 + page).take_while(|frame| &frame[8..16] == salt);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

/// The limits for a proof after so many milliseconds.
pub fn limits(proof_gap: u64) -> Limits {
    Limits { proof_gap, ..Limits::for_timeout(2000) }
}

pub fn sqlite(path: &Path) -> Arc<SqliteStore> {
    let options = SqliteOptions { request_timeout: Duration::from_secs(2), ..SqliteOptions::default() };
    Arc::new(SqliteStore::open(path, options).expect("the store opens"))
}

pub fn item(code: &str, item_type: ItemType) -> ItemDraft {
    ItemDraft {
        code: code.to_owned(),
        item_type,
        classification: if item_type == ItemType::Service { "1010150800" } else { "1010150000" }.to_owned(),
        name: "Thing".to_owned(),
        origin: "KE".to_owned(),
        packaging: "NT".to_owned(),
        unit: "NO".to_owned(),
        tax: TaxType::B,
        price: Decimal::from(100),
        barcode: None,
        operator: None,
    }
}

pub async fn register(device: &Device, code: &str, item_type: ItemType) -> Submission {
    let ticket = device.register_item(&format!("item-{code}"), &item(code, item_type)).await.expect("a good item");
    let done = device.wait_for(&ticket, PATIENCE).await.expect("the store");
    assert!(done.state().is_recorded(), "{:?} {:?}", done.state(), done.note());
    done
}

pub fn stock_in(quantity: u32) -> StockMovementDraft {
    StockMovementDraft {
        kind: StockMovementType::from_code("06").expect("adjustment in"),
        occurred_at: time("2026-09-17T09:00:00+03:00"),
        lines: vec![StockLineDraft {
            item_code: GOODS.to_owned(),
            classification: "1010150000".to_owned(),
            name: "Thing".to_owned(),
            packaging: "NT".to_owned(),
            unit: "NO".to_owned(),
            quantity: Quantity::new(quantity.into()),
            unit_price: UnitPrice::new(Decimal::from(100)),
            tax: TaxType::B,
        }],
        original_number: 0,
        remark: None,
        operator: None,
    }
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a good time")
}

/// A sale of a service.
pub fn sale(reference: &str) -> InvoiceDraft {
    sale_of(reference, SERVICE, 1)
}

pub fn sale_of(reference: &str, code: &str, quantity: u32) -> InvoiceDraft {
    let classification = if code == SERVICE { "1010150800" } else { "1010150000" };
    let line = LineDraft::new(code, &quantity.to_string(), "100.00").expect("good decimals").item(
        "Thing",
        classification,
        "NT",
        "NO",
        TaxType::B,
    );
    InvoiceDraft::sale(reference, time("2026-09-17T14:09:26+03:00")).line(line)
}
