//! `etims issue`, `queue` and `drain` against a sandbox, as a person or a script would use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use etims_sandbox::{Fault, FaultKind, Operation, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

struct Desk {
    directory: TempDir,
    sandbox: Sandbox,
    _runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn new() -> Desk {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let sandbox = runtime.block_on(Sandbox::builder().seed(7).start()).expect("a sandbox");
        let directory = tempfile::tempdir().expect("a directory");
        for room in ["store", "keys"] {
            std::fs::create_dir(directory.path().join(room)).expect("a room");
        }
        Desk { directory, sandbox, _runtime: runtime }
    }

    fn etims(&self, arguments: &[&str]) -> Output {
        self.etims_at(&self.sandbox.url(), arguments)
    }

    fn etims_at(&self, sandbox: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_etims"))
            .args(arguments)
            .arg("--store")
            .arg(self.directory.path().join("store").join("till.db"))
            .args(["--sandbox", sandbox])
            .env("ETIMS_VAULT_KEY_FILE", self.directory.path().join("keys").join("vault.key"))
            .output()
            .expect("the command runs")
    }

    /// Runs with `--json` and reads the lines.
    fn json(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let output = self.etims(&[arguments, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).expect("text");
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")));
        (output.status.code().expect("an exit code"), lines.collect())
    }

    fn write(&self, name: &str, document: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, document).expect("written");
        path
    }
}

fn sale(reference: &str, item: &str) -> String {
    format!(
        r#"{{"reference":"{reference}","kind":"sale","issued_at":"2026-09-17T14:09:26+03:00","payment":"cash","lines":[
            {{"item_code":"{item}","item_type":"service","classification":"1010150800","name":"Delivery",
              "packaging":"NT","unit":"NO","quantity":"2","unit_price":"350.00","tax":"B"}}]}}"#
    )
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn documents_are_issued_once_however_often_the_command_is_run() {
    let desk = Desk::new();
    let (first, second) = (
        desk.write("1.json", &sale("INV-1", "KE3NTNO0000001")),
        desk.write("2.json", &sale("INV-2", "KE3NTNO0000001")),
    );
    for _ in 0..2 {
        let (code, lines) = desk.json(&["issue", text(&first), text(&second)]);
        assert_eq!(code, 0, "{lines:?}");
        assert_eq!(lines.len(), 2);
        for (number, line) in (1..).zip(&lines) {
            assert_eq!((&line["state"], &line["invoice_number"]), (&"signed".into(), &Value::from(number)));
            assert_eq!(line["receipt"]["signature"].as_str().unwrap().len(), 16);
        }
    }
    assert_eq!(desk.sandbox.ledger().len(), 2);
    let table = String::from_utf8(desk.etims(&["queue", "list", "--all"]).stdout).unwrap();
    assert!(table.contains("INV-1") && table.contains("signed"), "{table}");
    let show = desk.json(&["queue", "show", "INV-1"]).1.remove(0);
    let kinds: Vec<&str> =
        show["journal"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["submitted", "send", "accepted"]);
}

#[test]
fn the_examples_of_the_front_page_are_issued_in_their_order() {
    let desk = Desk::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/invoices");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let arguments: Vec<&str> = std::iter::once("issue").chain(files.iter().map(|file| text(file))).collect();
    let (code, lines) = desk.json(&arguments);
    assert_eq!(code, 0, "{lines:?}");
    let numbers: Vec<u64> = lines.iter().map(|line| line["invoice_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=files.len() as u64).collect::<Vec<_>>());
}

#[test]
fn goods_that_waited_for_the_sandbox_are_shelved_when_they_are_drained() {
    let desk = Desk::new();
    let first = desk.write("1.json", &sale("INV-1", "KE3NTNO0000001"));
    assert_eq!(desk.json(&["issue", text(&first)]).0, 0);
    let goods = sale("INV-2", "KE2NTNO0000002").replace("service", "goods");
    let goods = desk.write("2.json", &goods);
    let nobody = "http://127.0.0.1:9";
    let waiting = desk.etims_at(nobody, &["issue", "--wait", "1", text(&goods)]);
    let said = String::from_utf8_lossy(&waiting.stderr);
    assert_eq!(waiting.status.code(), Some(3), "{said}");
    assert!(said.contains("documents wait in the store"), "{said}");
    let (code, lines) = desk.json(&["drain"]);
    assert_eq!(code, 0, "{lines:?}");
    assert_eq!(desk.sandbox.ledger().len(), 2);
}

#[test]
fn a_drain_without_a_sandbox_says_so_and_makes_nothing() {
    let desk = Desk::new();
    let store = desk.directory.path().join("store").join("till.db");
    let output = Command::new(env!("CARGO_BIN_EXE_etims")).args(["drain", "--store"]).arg(&store).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--sandbox URL"));
    assert!(!store.exists());
}

#[test]
fn an_invalid_document_stops_everything_before_anything_is_stored() {
    let desk = Desk::new();
    let good = desk.write("good.json", &sale("INV-1", "KE3NTNO0000001"));
    let bad = desk.write("bad.json", &sale("INV-2", "KE3NTNO0000001").replace("\"350.00\"", "\"-1\""));
    let (code, lines) = desk.json(&["issue", text(&good), text(&bad)]);
    assert_eq!(code, 2);
    assert_eq!(lines[0]["violations"][0]["path"], "lines[0].unit_price");
    assert!(desk.sandbox.ledger().is_empty());
    assert!(!desk.directory.path().join("store").join("till.db").exists());
    let unreadable = desk.write("unreadable.json", "{");
    assert_eq!(desk.json(&["issue", text(&unreadable)]).0, 1);
}

#[test]
fn a_damaged_store_is_told_again_and_again() {
    let desk = Desk::new();
    let good = desk.write("good.json", &sale("INV-1", "KE3NTNO0000001"));
    assert_eq!(desk.json(&["issue", text(&good)]).0, 0);
    let store = desk.directory.path().join("store").join("till.db");
    let mut bytes = std::fs::read(&store).expect("the store");
    bytes[4096..3 * 4096].fill(0xff);
    std::fs::write(&store, bytes).expect("written");
    for command in [["queue", "list"].as_slice(), &["queue", "list"], &["drain"], &["issue", text(&good)]] {
        let output = desk.etims(command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("was set aside as") && said.contains(".damaged-"), "{command:?}: {said}");
    }
    assert_eq!(desk.sandbox.ledger().len(), 1);
}

#[test]
fn a_refused_document_is_amended_and_drained() {
    let desk = Desk::new();
    let unknown = desk.write("1.json", &sale("INV-1", "KE2NTNO0000099").replace("\"service\"", "\"goods\""));
    let (code, lines) = desk.json(&["issue", "--no-stock", text(&unknown)]);
    assert_eq!(code, 3);
    assert_eq!((&lines[0]["state"], &lines[0]["problem"]), (&"rejected".into(), &"REFUSED".into()));
    assert_eq!(lines[0]["refusal"]["field"], "lines.item_code");
    assert!(lines[0]["advice"].as_str().unwrap().contains("stock"), "{lines:?}");
    let (_, open) = desk.json(&["queue", "list"]);
    assert_eq!((open.len(), &open[0]["state"]), (1, &"rejected".into()));
    let (code, _) = desk.json(&["queue", "cancel", "INV-1"]);
    assert_eq!(code, 1, "KRA has refused it: there is nothing to take back");
    let known = desk.write("2.json", &sale("INV-2", "KE3NTNO0000001"));
    assert_eq!(desk.json(&["issue", text(&known)]).0, 0);
    let amended = desk.write("1b.json", &sale("INV-1", "KE3NTNO0000001"));
    let (code, lines) = desk.json(&["queue", "amend", "INV-1", text(&amended)]);
    assert_eq!((code, &lines[0]["state"]), (0, &"queued".into()));
    let (code, lines) = desk.json(&["drain"]);
    assert_eq!((code, &lines[0]["open"]), (0, &Value::Array(vec![])));
    assert_eq!(lines[0]["counts"]["signed"], 2);
}

#[test]
fn what_waits_can_be_cancelled_and_what_is_stopped_can_be_decided() {
    let desk = Desk::new();
    let first = desk.write("1.json", &sale("INV-1", "KE3NTNO0000001"));
    assert_eq!(desk.json(&["issue", text(&first)]).0, 0);
    let silent = Fault::new(FaultKind::ServerError { status: 503, recorded: false }).on(Operation::SaveSale).every(1);
    let silent = desk.sandbox.inject(silent);
    let blind =
        Fault::new(FaultKind::ServerError { status: 503, recorded: false }).on(Operation::InvoiceDetail).every(1);
    let blind = desk.sandbox.inject(blind);
    let (second, third) = (
        desk.write("2.json", &sale("INV-2", "KE3NTNO0000001")),
        desk.write("3.json", &sale("INV-3", "KE3NTNO0000001")),
    );
    let (code, lines) = desk.json(&["issue", text(&second), text(&third), "--wait", "1"]);
    assert_eq!(code, 3);
    assert_eq!((&lines[0]["state"], &lines[1]["state"]), (&"uncertain".into(), &"queued".into()));
    assert_eq!(desk.json(&["queue", "cancel", "INV-2"]).0, 1, "it may be at KRA");
    let (code, lines) = desk.json(&["queue", "cancel", "INV-3"]);
    assert_eq!((code, &lines[0]["state"]), (0, &"cancelled".into()));
    desk.sandbox.withdraw(silent);
    desk.sandbox.withdraw(blind);
    let (code, lines) = desk.json(&["drain"]);
    assert_eq!(code, 0, "{lines:?}");
    assert_eq!(desk.sandbox.ledger().len(), 2);
    let (code, _) = desk.json(&["queue", "show", "INV-9"]);
    assert_eq!(code, 1);
}

#[test]
fn a_copy_that_was_put_back_is_told_and_goes_on_when_a_person_says_so() {
    let desk = Desk::new();
    let store = desk.directory.path().join("store").join("till.db");
    let documents: Vec<_> =
        (1..=3).map(|n| desk.write(&format!("{n}.json"), &sale(&format!("INV-{n}"), "KE3NTNO0000001"))).collect();
    assert_eq!(desk.json(&["issue", text(&documents[0])]).0, 0);
    let copy = std::fs::read(&store).expect("the store");
    assert_eq!(desk.json(&["issue", text(&documents[1])]).0, 0);
    std::fs::write(&store, copy).expect("put back");
    for command in [&["issue", text(&documents[2])][..], &["drain"]] {
        let told = desk.etims(command);
        let words = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        assert!(words.contains("older copy") && words.contains("--resume"), "{command:?}: {words}");
        assert_ne!(told.status.code(), Some(0));
    }
    assert_eq!(desk.sandbox.ledger().len(), 2, "nothing was sent");
    let (code, lines) = desk.json(&["drain", "--resume"]);
    assert_eq!((code, &lines[0]["counts"]["signed"]), (0, &Value::from(2)), "{lines:?}");
    assert_eq!(desk.json(&["issue", text(&documents[1])]).0, 0, "the lost one is found again");
    let numbers: Vec<u64> = desk.sandbox.ledger().iter().map(|row| row.invoice_number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}
