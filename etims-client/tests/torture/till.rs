use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use etims_client::device::{Device, DeviceParts};
use etims_client::outbox::Phase;
use etims_client::store::ListFilter;
use etims_core::codes::ItemType;
use etims_core::document::InvoiceDraft;
use etims_core::submission::State;

use crate::shop;

/// The phases in which a till is killed.
pub const PHASES: [(Phase, &str); 5] = [
    (Phase::Storing, "before T1"),
    (Phase::Stored, "T1-T2"),
    (Phase::Sending, "request out"),
    (Phase::Answered, "answer in-T3"),
    (Phase::Settled, "after T3"),
];
/// Bytes of the file `phase`: where the till is, where it is to wait for its death, whether it waits there.
pub const AT: u64 = 0;
pub const TARGET: u64 = 1;
pub const HELD: u64 = 2;
/// How long a till waits for its death.
pub const HOLD: Duration = Duration::from_millis(40);
/// Documents that may wait before the next is submitted.
const BACKLOG: u64 = 12;
const PATIENCE: Duration = Duration::from_secs(60);

/// The document of a number: sales, and every tenth a credit note for the sale before it.
pub fn document(index: u64) -> InvoiceDraft {
    if index % 10 == 9 {
        let issued_at = shop::time("2026-09-18T09:00:00+03:00");
        return InvoiceDraft::credit_note(reference(index), issued_at, reference(index - 1));
    }
    shop::sale(&reference(index))
}

pub fn reference(index: u64) -> String {
    format!("DOC-{index:06}")
}

/// Initialises the device and registers what is sold; nobody is killed meanwhile.
pub fn open_shop(place: &Path) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let device = Device::with_parts(parts(place)).await.expect("the device opens");
        device.initialise("TORTURE-1").await.expect("initialised");
        shop::register(&device, shop::SERVICE, ItemType::Service).await;
        device.close().await;
    });
    ExitCode::SUCCESS
}

/// A till that submits and drains until the file `finish` is there and everything is signed.
pub fn run(place: &Path) -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(work(place))
}

fn parts(place: &Path) -> DeviceParts {
    let url = fs::read_to_string(place.join("url")).expect("the sandbox has said where it is");
    let config = shop::config_at(&place.join("store").join("till.db"), &place.join("keys").join("vault.key"), &url);
    let parts = shop::hasty(DeviceParts::from_config(&config).expect("the store opens after any death"));
    let phase = OpenOptions::new().read(true).write(true).open(place.join("phase")).expect("the phase file");
    DeviceParts { observer: Some(Arc::new(move |now| observe(&phase, now))), ..parts }
}

/// Notes the phase; in the one it is to die in, waits for its death now and then.
fn observe(file: &File, now: Phase) {
    let index = PHASES.iter().position(|(phase, _)| *phase == now).expect("every phase is listed");
    let index = u8::try_from(index).expect("a handful") + 1;
    file.write_all_at(&[index], AT).expect("the phase is noted");
    let mut target = [0];
    file.read_exact_at(&mut target, TARGET).expect("the target is read");
    if target[0] == index && rand::random_range(0..3) == 0 {
        file.write_all_at(&[1], HELD).expect("noted");
        std::thread::sleep(HOLD);
        file.write_all_at(&[0], HELD).expect("noted");
    }
}

async fn work(place: &Path) -> ExitCode {
    let device = Device::with_parts(parts(place)).await.expect("the device opens after any death");
    let mut tickets =
        OpenOptions::new().append(true).create(true).open(place.join("tickets")).expect("the list of tickets");
    let mut next = first_without_ticket(&fs::read_to_string(place.join("tickets")).expect("the list of tickets"));
    while !place.join("finish").exists() {
        let ticket = device.submit(&document(next)).await.expect("a good document");
        // Handed out: from here on it must not get lost.
        tickets.write_all(format!("{}\n", ticket.reference()).as_bytes()).expect("the ticket is noted");
        let wait_for = if rand::random_range(0..2) == 0 { Some(next) } else { next.checked_sub(BACKLOG) };
        if let Some(index) = wait_for {
            // Refused or stopped ones are found in the end; here the till only keeps its pace.
            let _ = device.wait(&reference(index), Duration::from_secs(5)).await;
        }
        next += 1;
    }
    finish(&device).await
}

/// Two tills may have handed out the same tickets; whoever handed out the highest has handed out all before it.
pub fn first_without_ticket(tickets: &str) -> u64 {
    let indexes = tickets.lines().filter_map(|line| line.strip_prefix("DOC-")?.parse::<u64>().ok());
    indexes.max().map_or(0, |highest| highest + 1)
}

/// Everything that was submitted comes to rest, and what the server's faults made be rejected is sent again.
async fn finish(device: &Device) -> ExitCode {
    let mut after = None;
    loop {
        let filter = ListFilter { open: true, after, most: 500, ..ListFilter::default() };
        let page = device.list(filter).await.expect("the store");
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        for submission in page {
            let mut submission = device.wait(submission.reference(), PATIENCE).await.expect("the store");
            if matches!(submission.state(), State::Rejected(_)) {
                device.retry(submission.reference()).await.expect("a rejected one can be sent again");
                submission = device.wait(submission.reference(), PATIENCE).await.expect("the store");
            }
            if !submission.is_signed() {
                eprintln!("{}: {:?} {:?}", submission.reference(), submission.state(), submission.note());
            }
        }
    }
    device.close().await;
    ExitCode::SUCCESS
}
