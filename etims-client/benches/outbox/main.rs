//! How fast the outbox is, as ratios of one run on one machine, with the disk's own latency beside.
//!
//! `cargo bench -p etims-client --bench outbox`; a word behind `--` runs one part: `drain`, `submit`, `memory`, `flat`.

#![allow(missing_docs, unreachable_pub, clippy::float_arithmetic)] // modules of one program; ratios

#[path = "../../tests/shop/mod.rs"]
mod shop;

mod drain;
mod flat;
mod memory;
mod processes;
mod submit;

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["kra", place] => return processes::kra(Path::new(place)),
        ["drain-hundred-thousand", place] => return memory::drain(Path::new(place)),
        _ => {}
    }
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|word| word == part);
    let room = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on a disk");
    println!("fdatasync of 4 KiB here: {:.0} µs (median)", latency(room.path()).as_secs_f64() * 1e6);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut verdicts = Vec::new();
    if wanted("drain") {
        verdicts.extend(runtime.block_on(drain::run(room.path())));
    }
    if wanted("submit") {
        verdicts.extend(runtime.block_on(submit::run(room.path())));
    }
    if wanted("memory") {
        verdicts.push(runtime.block_on(memory::run(room.path())));
    }
    if wanted("flat") {
        verdicts.extend(runtime.block_on(flat::run(room.path())));
    }
    for verdict in &verdicts {
        println!("{verdict}");
    }
    if verdicts.iter().all(|verdict| verdict.met) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A figure and what it has to be.
pub struct Verdict {
    pub what: &'static str,
    pub figure: f64,
    pub bound: &'static str,
    pub met: bool,
}

impl Verdict {
    pub fn at_least(what: &'static str, figure: f64, least: f64, bound: &'static str) -> Verdict {
        Verdict { what, figure, bound, met: figure >= least }
    }

    pub fn at_most(what: &'static str, figure: f64, most: f64, bound: &'static str) -> Verdict {
        Verdict { what, figure, bound, met: figure <= most }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let met = if self.met { "ok    " } else { "MISSED" };
        write!(f, "{met} {:60} {:8.2}  (wanted {})", self.what, self.figure, self.bound)
    }
}

/// The disk's own latency: write a page, wait for it.
fn latency(room: &Path) -> Duration {
    let mut file = std::fs::File::create(room.join("latency")).expect("a file");
    file.write_all(&[0; 1 << 16]).expect("written");
    file.sync_all().expect("synced");
    let mut times: Vec<Duration> = (0..400_u64)
        .map(|n| {
            let started = Instant::now();
            file.seek(SeekFrom::Start(n % 16 * 4096)).expect("within the file");
            file.write_all(&[n as u8; 4096]).expect("written");
            file.sync_data().expect("synced");
            started.elapsed()
        })
        .collect();
    median(&mut times)
}

pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
