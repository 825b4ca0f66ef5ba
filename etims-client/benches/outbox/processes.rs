use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use etims_client::device::{Device, DeviceParts};
use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_core::codes::ItemType;
use etims_sandbox::Sandbox;

use crate::shop;

/// A sandbox in a process of its own; it ends with this value.
pub struct Kra {
    child: Child,
    url: String,
}

impl Kra {
    pub fn start(room: &Path) -> Kra {
        let place = room.join("kra");
        fs::create_dir_all(&place).expect("a place");
        let _ = fs::remove_file(place.join("url"));
        let child = role("kra").arg(&place).stdin(Stdio::piped()).spawn().expect("the sandbox's process");
        while !place.join("url").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let url = fs::read_to_string(place.join("url")).expect("its address");
        Kra { child, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Kra {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// This program in another role.
pub fn role(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(name);
    command
}

/// The role of the sandbox: runs until its standard input ends.
pub fn kra(place: &Path) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = runtime.block_on(Sandbox::builder().seed(1).start()).expect("a sandbox");
    fs::write(place.join("url.new"), sandbox.url()).expect("the place is writable");
    fs::rename(place.join("url.new"), place.join("url")).expect("the place is writable");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}

/// Where a till of the bench keeps its files.
pub struct Till {
    pub store: PathBuf,
    pub keys: PathBuf,
    url: String,
    branch: &'static str,
}

impl Till {
    pub fn new(room: &Path, name: &str, kra: &Kra, branch: &'static str) -> Till {
        Till::at(room, name, kra.url(), branch)
    }

    pub fn at(room: &Path, name: &str, url: &str, branch: &'static str) -> Till {
        let (store, keys) = (room.join(name).join("store"), room.join(name).join("keys"));
        for place in [&store, &keys] {
            fs::create_dir_all(place).expect("a place");
        }
        Till { store: store.join("till.db"), keys: keys.join("vault.key"), url: url.to_owned(), branch }
    }

    /// A device with the SDK's own pace.
    pub async fn open(&self, idle: bool, durable: bool) -> Device {
        let config = shop::config_of(&self.store, &self.keys, &self.url, self.branch);
        let options = SqliteOptions { durable, ..SqliteOptions::default() };
        let store = std::sync::Arc::new(SqliteStore::open(&self.store, options).expect("the store opens"));
        let parts = DeviceParts::from_config(&config).expect("a good configuration");
        Device::with_parts(DeviceParts { store, idle, ..parts }).await.expect("the device opens")
    }

    /// Initialised, with a service to sell.
    pub async fn open_shop(&self) {
        let device = self.open(false, true).await;
        device.initialise(&format!("BENCH-{}-{:x}", self.branch, rand::random::<u32>())).await.expect("initialised");
        shop::register(&device, shop::SERVICE, ItemType::Service).await;
        device.close().await;
    }
}
