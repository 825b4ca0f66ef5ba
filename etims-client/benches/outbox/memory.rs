//! What a process grows by while it drains a hundred thousand documents.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::processes::{Kra, Till, role};
use crate::{Verdict, shop};

const DOCUMENTS: usize = 100_000;
/// Documents handed over at a time.
const CHUNK: usize = 500;
const PATIENCE: Duration = Duration::from_secs(1800);

pub async fn run(room: &Path) -> Verdict {
    let kra = Kra::start(room);
    let till = Till::new(room, "memory", &kra, "00");
    till.open_shop().await;
    let device = till.open(true, false).await;
    for chunk in 0..DOCUMENTS / CHUNK {
        let drafts: Vec<_> = (0..CHUNK).map(|n| shop::sale(&reference(chunk * CHUNK + n))).collect();
        for ticket in device.submit_many(&drafts).await {
            ticket.expect("a good sale");
        }
    }
    drop(device);
    fs::write(room.join("memory").join("url"), kra.url()).expect("written");
    let started = Instant::now();
    let output = role("drain-hundred-thousand").arg(room).output().expect("the draining process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let grown: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("MiB");
    println!("{DOCUMENTS} documents drained in {:.0} s", started.elapsed().as_secs_f64());
    Verdict::at_most("MiB added by draining 100,000 documents", grown, 64.0, "≤ 64")
}

fn reference(n: usize) -> String {
    format!("Q-{n:06}")
}

/// The role of the process that drains: prints the MiB it has grown by.
pub fn drain(room: &Path) -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let url = fs::read_to_string(room.join("memory").join("url")).expect("the sandbox's address");
    runtime.block_on(async {
        let till = Till::at(room, "memory", &url, "00");
        let device = till.open(false, true).await;
        let before = resident("VmRSS");
        let last = device.wait(&reference(DOCUMENTS - 1), PATIENCE).await.expect("the store");
        assert!(last.is_signed(), "{:?} {:?}", last.state(), last.note());
        println!("{:.1}", (resident("VmHWM") - before) / 1024.0);
        device.close().await;
    });
    ExitCode::SUCCESS
}

/// A figure of /proc/self/status in KiB.
fn resident(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a figure");
    line.split_ascii_whitespace().nth(1).and_then(|figure| figure.parse().ok()).expect("KiB")
}
