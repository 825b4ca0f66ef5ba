//! Accepted sales a second over 32 devices from a load process of its own, and what they cost in memory.
//!
//! `cargo bench -p etims-sandbox --bench load`; with `-- --state` the state file is written too.

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use etims_sandbox::{Profile, Sandbox};
use serde_json::{Value, json};
use support::{Till, edit, movement, on_hand, sale};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DEVICES: usize = 32;
const SECONDS: u64 = 10;
/// What the sandbox is to bear.
const GOAL: u64 = 5_000;
/// Stands for the invoice number in the prepared request.
const MARK: &str = "8888888888";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match arguments.iter().position(|argument| argument == "--load") {
        Some(at) => runtime.block_on(load(&arguments[at + 1])),
        None => runtime.block_on(measure(arguments.iter().any(|argument| argument == "--state"))),
    }
}

/// The sandbox's side.
async fn measure(with_state: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut builder = Sandbox::builder().profile(Profile::Strict);
    if with_state {
        builder = builder.state_file(folder.path().join("load.state"));
    }
    let sandbox = builder.start().await.expect("a free port");
    let before = resident_kib();
    let load = Command::new(std::env::current_exe().expect("this program"))
        .args(["--load", &sandbox.url()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the load process starts");
    let output = tokio::task::spawn_blocking(move || load.wait_with_output()).await.expect("joined").expect("it ran");
    assert!(output.status.success(), "the load process failed");
    let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON line");
    let accepted = told["accepted"].as_u64().expect("a count");
    let per_second = accepted * 1000 / told["milliseconds"].as_u64().expect("a time");
    let after = resident_kib();
    let ledger = sandbox.ledger().len() as u64;
    assert_eq!(ledger, accepted, "every accepted sale is in the ledger, and nothing else");
    let verdict = if per_second >= GOAL { "met" } else { "MISSED" };
    println!(
        "sandbox load: {per_second} accepted sales/s over {DEVICES} devices, state file {}; goal {GOAL} {verdict}; \
         {accepted} sales, resident memory {} -> {} MiB ({} bytes a sale)",
        if with_state { "fsynced before each answer" } else { "none" },
        before / 1024,
        after / 1024,
        (after - before.min(after)) * 1024 / accepted.max(1),
    );
}

/// The load's side: one connection a device, the next sale as soon as the last is signed.
async fn load(url: &str) {
    let tills: Vec<Till> = (0..DEVICES)
        .map(|index| {
            let till = Till::new(url, &format!("P{index:09}A"), "00", &format!("LOAD-{index}"));
            till.register(&["B", "A", "B3"]);
            let lots = [(1, "B", "1", "999999999"), (2, "A", "1", "999999999")];
            assert_eq!(till.post("/insertStockIO", &movement(1, "06", &lots)).code(), "000");
            for number in [1, 2] {
                assert_eq!(till.post("/saveStockMaster", &on_hand(number, "999999999")).code(), "000");
            }
            till
        })
        .collect();
    let started = Instant::now();
    let end = started + Duration::from_secs(SECONDS);
    let tasks: Vec<_> = tills.into_iter().map(|till| tokio::spawn(sell_until(till, end))).collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += task.await.expect("a till");
    }
    println!("{}", json!({"accepted": accepted, "milliseconds": started.elapsed().as_millis() as u64}));
}

async fn sell_until(till: Till, end: Instant) -> u64 {
    let lines = [(1, "B", "580", "2"), (2, "A", "50", "3"), (3, "B3", "250", "1")];
    let body = edit(sale(0, &format!("INV-{MARK}"), &lines), |body| {
        body["invcNo"] = json!(MARK.parse::<u64>().expect("digits"));
    });
    let body = body.to_string();
    let headers: String = till.headers().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = TcpStream::connect(till.url.trim_start_matches("http://")).await.expect("listening");
    stream.set_nodelay(true).expect("no delay");
    let mut answer = vec![0; 16 * 1024];
    let mut accepted = 0;
    while Instant::now() < end {
        let body = body.replace(MARK, &(accepted + 1).to_string());
        let request = format!(
            "POST /etims-oscu/api/v1/saveTrnsSalesOsdc HTTP/1.1\r\nHost: sandbox\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let length = read_answer(&mut stream, &mut answer).await;
        let text = String::from_utf8_lossy(&answer[..length]);
        assert!(text.contains("\"resultCd\":\"000\"") && text.contains("\"rcptSign\""), "{text}");
        accepted += 1;
    }
    accepted
}

/// Reads one whole answer and returns its length.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> usize {
    let mut length = 0;
    loop {
        length += stream.read(&mut buffer[length..]).await.expect("an answer");
        let text = std::str::from_utf8(&buffer[..length]).expect("text");
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let promised = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= promised.and_then(|digits| digits.parse().ok()).expect("a length") {
                return length;
            }
        }
    }
}

/// Resident memory of this process; 0 where the system does not tell it this way.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
