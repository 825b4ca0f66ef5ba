//! Power cuts at the worst moments: after every single statement, in the middle of the write-ahead log, and with a disk
//! that is full when KRA's answer arrives.

mod shop;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use etims_client::device::{Device, DeviceParts};
use etims_client::error::Error;
use etims_client::events::DeviceEvent;
use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_client::store::{ListFilter, Store, StoreError};
use etims_core::codes::ItemType;
use etims_core::submission::{Adoption, State};
use etims_sandbox::{Fault, FaultKind, LedgerRow, Operation, Sandbox};
use shop::{PATIENCE, Premises, sale};

/// Nothing declared twice, no gap, and every signed submission has the ledger's signature.
async fn audit(store: &dyn Store, ledger: &[LedgerRow]) {
    let references: BTreeSet<_> = ledger.iter().map(|row| &row.trader_invoice_number).collect();
    assert_eq!(references.len(), ledger.len(), "declared twice");
    let numbers: Vec<u64> = ledger.iter().map(|row| row.invoice_number).collect();
    assert_eq!(numbers, (1..=ledger.len() as u64).collect::<Vec<_>>(), "numbers have gaps or repeat");
    let rows = store.list(ListFilter { most: 10_000, ..ListFilter::default() }).await.expect("the store");
    for row in rows {
        let State::Signed { number, .. } = row.state else { continue };
        let theirs = &ledger[usize::try_from(number - 1).unwrap()];
        assert_eq!(theirs.trader_invoice_number, row.reference);
        assert_eq!(theirs.signature, row.receipt.expect("signed ones have a receipt").signature);
    }
}

/// Statements the child may still run.
static STATEMENTS_LEFT: AtomicU32 = AtomicU32::new(u32::MAX);

fn count_statement() {
    if STATEMENTS_LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

const PLACE: &str = "CRASH_TEST_STORE";
const KEYS: &str = "CRASH_TEST_KEYS";
const URL: &str = "CRASH_TEST_URL";
const STATEMENTS: &str = "CRASH_TEST_STATEMENTS";
const ROUND: &str = "CRASH_TEST_ROUND";

/// Run by [`a_till_that_aborts_after_every_statement`] in a process of its own, never by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of another test"]
async fn the_till_that_aborts() {
    let Ok(store) = std::env::var(PLACE) else { return };
    let variable = |name: &str| std::env::var(name).expect("the parent sets it");
    let config = shop::config_at(Path::new(&store), Path::new(&variable(KEYS)), &variable(URL));
    let statements: u32 = variable(STATEMENTS).parse().expect("a number");
    STATEMENTS_LEFT.store(statements, Ordering::SeqCst);
    let options = SqliteOptions {
        request_timeout: Duration::from_secs(2),
        after_statement: Some(count_statement),
        ..SqliteOptions::default()
    };
    let sqlite = Arc::new(SqliteStore::open(&store, options).expect("the store opens after any abort"));
    let parts = shop::hasty(DeviceParts::from_config(&config).expect("a good configuration"));
    let device = Device::with_parts(DeviceParts { store: sqlite, ..parts }).await.expect("the device opens");
    let round = variable(ROUND);
    // As many as it takes for one to leave while the one before it is being stored.
    let mut tickets = Vec::new();
    for sale_of_round in ["A", "B", "C", "D"] {
        tickets.push(device.submit(&sale(&format!("{round}-{sale_of_round}"))).await.expect("a good sale"));
    }
    for ticket in tickets {
        assert!(device.wait_for(&ticket, PATIENCE).await.expect("the store").is_signed());
    }
}

fn child(premises: &Premises, sandbox: &Sandbox, statements: u32, round: &str) -> bool {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this)
        .args(["--ignored", "--exact", "the_till_that_aborts"])
        .env(PLACE, premises.store())
        .env(KEYS, premises.keys())
        .env(URL, sandbox.url())
        .env(STATEMENTS, statements.to_string())
        .env(ROUND, round)
        .output()
        .expect("a child");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("panicked"), "the till failed instead of being cut off:\n{text}");
    output.status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_that_aborts_after_every_statement() {
    let sandbox = Sandbox::builder().seed(3).start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    device.close().await;
    drop(device);
    sandbox.inject(Fault::new(FaultKind::LoseAnswer).every(3).on(Operation::SaveSale));
    let mut statements = 1;
    while !tokio::task::block_in_place(|| child(&premises, &sandbox, statements, &format!("R{statements:03}"))) {
        statements += 1;
        assert!(statements < 500, "four sales do not take so many statements");
    }
    assert!(statements > 20, "the till was not cut off where it writes: {statements}");
    // Whatever was stored in a life that was cut off is signed in the end.
    let device = premises.open(&sandbox).await;
    let rows = device.list(ListFilter { most: 10_000, ..ListFilter::default() }).await.unwrap();
    for row in rows.iter().filter(|row| !row.is_recorded()) {
        let signed = device.wait(row.reference(), PATIENCE).await.unwrap();
        assert!(signed.is_signed(), "{}: {:?} {:?}", signed.reference(), signed.state(), signed.note());
    }
    audit(device.store().as_ref(), &sandbox.ledger()).await;
    println!("aborted after each of {statements} statements, {} sales signed", sandbox.ledger().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_cut_off_anywhere_never_makes_a_second_declaration() {
    let sandbox = Sandbox::builder().seed(5).start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    let snapshot = premises.beside("snapshot");
    fs::create_dir(&snapshot).unwrap();
    for n in 1..=6 {
        assert!(device.issue(&sale(&format!("INV-{n}")), PATIENCE).await.unwrap().is_signed());
    }
    // Copied while the store is open: everything since the start is in the log.
    for suffix in ["", "-wal", ".mark"] {
        fs::copy(with_suffix(&premises.store(), suffix), with_suffix(&snapshot.join("etims.db"), suffix)).unwrap();
    }
    device.close().await;
    drop(device);
    let mut log = fs::read(with_suffix(&snapshot.join("etims.db"), "-wal")).unwrap();
    // The rest is reserved space.
    log.truncate(log.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
    let (mut halted, mut expected) = (0, 6);
    for (round, length) in (0..log.len()).step_by(log.len() / 23).chain([log.len()]).enumerate() {
        let directory = premises.beside(&format!("cut-{round}"));
        fs::create_dir(&directory).unwrap();
        let store = directory.join("etims.db");
        fs::copy(snapshot.join("etims.db"), &store).unwrap();
        fs::copy(with_suffix(&snapshot.join("etims.db"), ".mark"), with_suffix(&store, ".mark")).unwrap();
        fs::write(with_suffix(&store, "-wal"), &log[..length]).unwrap();
        let config = shop::config_at(&store, &premises.keys(), &sandbox.url());
        let parts = shop::hasty(DeviceParts::from_config(&config).expect("a cut log is no damage"));
        let device = Device::with_parts(parts).await.expect("the device opens");
        if device.identity().is_none() {
            continue; // cut off before the device was there
        }
        let lane = "sandbox/P000070007R/00/sales";
        if device.store().lane(lane).await.unwrap().halted.is_some() {
            halted += 1;
            let sends = sends(&device).await;
            let ticket = device.submit(&sale("INV-1")).await.unwrap();
            match device.wait_for(&ticket, PATIENCE).await {
                Ok(known) => assert!(known.is_signed(), "it was signed before the log was cut: {:?}", known.state()),
                Err(error) => {
                    assert_eq!(error.code().code, "STORE_RESTORED", "{error}");
                    assert_eq!(device.hurry().await.expect_err("as before").code().code, "STORE_RESTORED");
                }
            }
            assert_eq!(self::sends(&device).await, sends, "sent although the store is older than it was");
            device.resume().await.unwrap();
        }
        // A new document first, which has the counter corrected; then the caller hands in again what it has, in another
        // order: each is found at KRA and none is declared again.
        expected += 1;
        for reference in [format!("NEW-{round}")].into_iter().chain([4, 2, 6, 1, 3, 5].map(|n| format!("INV-{n}"))) {
            let signed = device.issue(&sale(&reference), PATIENCE).await.unwrap();
            assert!(signed.is_signed(), "{}: {:?} {:?}", signed.reference(), signed.state(), signed.note());
        }
        assert_eq!(sandbox.ledger().len(), expected, "cut at {length} of {}", log.len());
        audit(device.store().as_ref(), &sandbox.ledger()).await;
        device.close().await;
    }
    assert!(halted > 5, "a store that lost commits has to stand still: {halted}");
}

async fn sends(device: &Device) -> usize {
    device.journal(0, 1000).await.unwrap().iter().filter(|entry| entry.kind == "send").count()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A file system of two megabytes, when this machine lets us have one.
struct SmallDisk {
    mount: PathBuf,
}

impl SmallDisk {
    fn mount(at: PathBuf) -> Option<SmallDisk> {
        fs::create_dir(&at).expect("a place for the disk");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&at).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(SmallDisk { mount: at })
    }

    /// Leaves no room at all.
    fn fill(&self) {
        let mut ballast = OpenOptions::new().create(true).append(true).open(self.ballast()).expect("the ballast");
        for size in [64 * 1024, 4096, 1] {
            while ballast.write_all(&vec![7; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.ballast()).expect("the ballast");
    }

    fn ballast(&self) -> PathBuf {
        self.mount.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.mount).output();
    }
}

async fn shop_on(disk: &SmallDisk, premises: &Premises, sandbox: &Sandbox) -> Device {
    let config = shop::config_at(&disk.mount.join("etims.db"), &premises.keys(), &sandbox.url());
    let parts = shop::hasty(DeviceParts::from_config(&config).expect("a good configuration"));
    Device::with_parts(parts).await.expect("the device opens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_finds_the_disk_full_is_put_aside_and_the_lane_stops() {
    let premises = Premises::new();
    let Some(disk) = SmallDisk::mount(premises.beside("disk")) else {
        eprintln!("SKIPPED: no permission to mount a small file system; run as root to test a full disk");
        return;
    };
    let sandbox = Sandbox::builder().seed(9).start().await.expect("a sandbox");
    let device = shop_on(&disk, &premises, &sandbox).await;
    device.initialise("SHOP-1").await.expect("initialised");
    shop::register(&device, shop::SERVICE, ItemType::Service).await;
    let mut events = device.events();

    // The disk fills up while the request is out; then there is room again.
    sandbox.delay_next_answer(400);
    let ticket = device.submit(&sale("INV-1")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    disk.fill();
    let full = loop {
        match tokio::time::timeout(PATIENCE, events.recv()).await.expect("an event in time").unwrap() {
            DeviceEvent::StoreFull { message, .. } => break message,
            _ => continue,
        }
    };
    assert!(full.contains("full"), "{full}");
    assert!(matches!(device.submit(&sale("INV-2")).await, Err(Error::Store(StoreError::Full(_)))));
    assert_eq!(sandbox.ledger().len(), 1, "nothing follows an answer that is not stored");
    disk.empty();
    let signed = device.wait_for(&ticket, PATIENCE).await.unwrap();
    assert_eq!(signed.adoption(), Some(Adoption::Answered), "{:?}", signed.state());

    while events.try_recv().is_ok() {}

    // The same, but the till dies before there is room: the next one finds the answer where it was put aside.
    sandbox.delay_next_answer(400);
    device.submit(&sale("INV-2")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    disk.fill();
    while !matches!(
        tokio::time::timeout(PATIENCE, events.recv()).await.unwrap().unwrap(),
        DeviceEvent::StoreFull { .. }
    ) {}
    let grave = premises.beside("grave");
    copy_dead_store(&disk.mount, &grave);
    disk.empty();
    device.close().await;
    drop(device);
    let config = shop::config_at(&grave.join("etims.db"), &premises.keys(), &sandbox.url());
    let before = sandbox.ledger().len();
    let fault = Fault::new(FaultKind::ServerError { status: 500, recorded: false }).every(1).anywhere();
    sandbox.inject(fault);
    let parts = shop::hasty(DeviceParts::from_config(&config).expect("a good configuration"));
    let device = Device::with_parts(parts).await.expect("the device opens");
    let signed = device.wait("INV-2", PATIENCE).await.unwrap();
    assert_eq!(signed.adoption(), Some(Adoption::Answered), "found without asking KRA: {:?}", signed.state());
    assert_eq!(sandbox.ledger().len(), before);
    audit(device.store().as_ref(), &sandbox.ledger()).await;
}

/// The files of a store as a killed process leaves them: copies are locked by nobody.
fn copy_dead_store(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("etims.db.owners")).unwrap();
    for name in ["etims.db", "etims.db-wal", "etims.db.mark"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    for entry in fs::read_dir(from.join("etims.db.owners")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join("etims.db.owners").join(entry.file_name())).unwrap();
    }
    File::open(to).unwrap().sync_all().unwrap();
}
