//! The state file: nothing that was answered is forgotten.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;

use etims_sandbox::{Sandbox, SandboxError, StateFileError};
use serde_json::json;
use support::{PIN, Till, credit, sale};

async fn on(path: &Path) -> Sandbox {
    Sandbox::builder().state_file(path).start().await.expect("a usable state file")
}

fn one(number: u64) -> serde_json::Value {
    sale(number, &format!("INV-{number}"), &[(1, "B", "100", "1")])
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kra.state");
    let sandbox = Sandbox::builder().seed(11).state_file(&path).start().await.expect("a new file");
    let mut till = Till::stocked(&sandbox.url());
    till.post("/saveTrnsSalesOsdc", &one(1));
    sandbox.lose_next_answer();
    assert!(till.try_post("/saveTrnsSalesOsdc", &one(2)).is_none());
    let ledger = sandbox.ledger();
    sandbox.shutdown().await;

    let sandbox = on(&path).await;
    assert_eq!(sandbox.ledger(), ledger);
    till.url = sandbox.url();
    // The token is still good, the detail still complete, the counters go on.
    let detail = till.post("/selectInvoiceDetails", &json!({"invcNo": 2}));
    assert_eq!(detail.data()["salesList"][0]["receipt"]["rcptSign"], ledger[1].signature.as_str());
    assert_eq!(till.post("/saveTrnsSalesOsdc", &credit(3, "CN-1", &one(1))).code(), "000");
    let again = till.post("/initialize", &json!({"tin": PIN, "bhfId": "00", "dvcSrlNo": "TILL-1"}));
    assert_eq!(again.code(), "902");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_last_line_is_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kra.state");
    let sandbox = on(&path).await;
    let till = Till::stocked(&sandbox.url());
    till.post("/saveTrnsSalesOsdc", &one(1));
    till.post("/saveTrnsSalesOsdc", &one(2));
    sandbox.shutdown().await;
    let whole = std::fs::read(&path).expect("the file");
    let last_line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines") + 1;
    for cut in [last_line, last_line + 1, whole.len() - 40, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).expect("cut");
        let sandbox = on(&path).await;
        assert_eq!(sandbox.ledger().len(), 1);
        assert_eq!(sandbox.torn_bytes(), (cut - last_line) as u64);
        let till = Till { url: sandbox.url(), ..till.clone() };
        assert_eq!(till.post("/saveTrnsSalesOsdc", &one(2)).code(), "000");
        sandbox.shutdown().await;
    }
    // Cut inside the header: a new file that nobody was answered from.
    for cut in [0, 5, 20] {
        std::fs::write(&path, &whole[..cut]).expect("cut");
        assert!(on(&path).await.ledger().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_other_seeds_and_other_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kra.state");
    let sandbox = Sandbox::builder().seed(3).state_file(&path).start().await.expect("a new file");
    let till = Till::stocked(&sandbox.url());
    till.post("/saveTrnsSalesOsdc", &one(1));
    let second = Sandbox::builder().state_file(&path).start().await;
    assert!(matches!(second, Err(SandboxError::StateFile(StateFileError::InUse { .. }))));
    sandbox.shutdown().await;
    let other = Sandbox::builder().seed(4).state_file(&path).start().await;
    assert!(matches!(other, Err(SandboxError::StateFile(StateFileError::OtherSeed { found: 3, .. }))));

    let whole = std::fs::read_to_string(&path).expect("the file");
    let damaged = whole.replacen("\"StockMoved\"", "\"StockMo", 1);
    assert_ne!(damaged, whole);
    std::fs::write(&path, &damaged).expect("damaged");
    let refused = Sandbox::builder().state_file(&path).start().await;
    assert!(matches!(refused, Err(SandboxError::StateFile(StateFileError::Damaged { .. }))));
    assert_eq!(std::fs::read_to_string(&path).expect("kept"), damaged);

    std::fs::write(&path, "my shopping list").expect("written");
    let refused = Sandbox::builder().state_file(&path).start().await;
    assert!(matches!(refused, Err(SandboxError::StateFile(StateFileError::Damaged { line: 1, .. }))));
    assert_eq!(std::fs::read_to_string(&path).expect("kept"), "my shopping list");
    let missing = Sandbox::builder().state_file(folder.path().join("no/such/folder")).start().await;
    assert!(matches!(missing, Err(SandboxError::StateFile(StateFileError::Io { .. }))));
}

/// Many tills at once: every answer that came is in the file.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_answers_are_all_on_the_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kra.state");
    let sandbox = on(&path).await;
    let url = sandbox.url();
    // One service for all branches of the PIN.
    Till::new(&url, PIN, "50", "TILL-50").register(&["B3"]);
    let tills: Vec<_> = (0..8u64)
        .map(|branch| {
            let till = Till::new(&url, PIN, &format!("{branch:02}"), &format!("TILL-{branch}"));
            std::thread::spawn(move || {
                for number in 1..=20 {
                    let reply = till.post("/saveTrnsSalesOsdc", &service(number, &format!("{branch}-{number}")));
                    assert_eq!(reply.code(), "000", "{}", reply.body);
                }
            })
        })
        .collect();
    for till in tills {
        till.join().expect("every sale was answered");
    }
    let ledger = sandbox.ledger();
    assert_eq!(ledger.len(), 160);
    sandbox.shutdown().await;
    assert_eq!(on(&path).await.ledger(), ledger);
}

fn service(number: u64, trader: &str) -> serde_json::Value {
    sale(number, trader, &[(1, "B3", "100", "1")])
}

/// Not a test: the process that the next one kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_killed_sandbox_has_forgotten_nothing"]
async fn child_runs_until_it_is_killed() {
    let path = std::env::var_os("ETIMS_SANDBOX_STATE").expect("set by the parent");
    let sandbox = on(Path::new(&path)).await;
    println!("url={}", sandbox.url());
    std::future::pending::<()>().await;
}

/// SIGKILL at arbitrary moments: whatever was answered before is there afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sandbox_has_forgotten_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kra.state");
    let mut answered: Vec<(u64, String)> = Vec::new();
    let mut till: Option<Till> = None;
    for round in 0..8u64 {
        let mut child = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "child_runs_until_it_is_killed", "--ignored", "--nocapture"])
            .env("ETIMS_SANDBOX_STATE", &path)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the child starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.split_once("url=").map(|(_, url)| url.to_owned())).expect("a URL");
        let current = match till.take() {
            Some(till) => Till { url, ..till },
            None => {
                let till = Till::new(&url, PIN, "00", "TILL-1");
                till.register(&["B3"]);
                till
            }
        };
        let killer = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20 + round * 7));
            child.kill().expect("killed");
            child.wait().expect("gone");
        });
        // What the last round's end left open: KRA tells the next number.
        let mut next = answered.last().map_or(1, |(number, _)| number + 1);
        while let Some(reply) = current.send("/saveTrnsSalesOsdc", &service(next, &format!("INV-{next}"))) {
            if reply.code() == "000" {
                answered.push((next, reply.data()["rcptSign"].as_str().expect("a signature").to_owned()));
            }
            next += 1;
        }
        killer.join().expect("the child is gone");
        till = Some(current);
    }
    assert!(answered.len() > 8, "{}", answered.len());
    let ledger = on(&path).await.ledger();
    for (number, signature) in &answered {
        let row = &ledger[usize::try_from(*number).expect("small") - 1];
        assert_eq!((row.invoice_number, &row.signature), (*number, signature));
    }
    assert!(ledger.iter().zip(1..).all(|(row, number)| row.invoice_number == number));
}
