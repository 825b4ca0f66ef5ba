//! Clients that strangers wrote, as published, against the sandbox. Skipped, loudly, when they cannot be had.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use etims_sandbox::Sandbox;
use serde_json::Value;

/// Written past the test harness, which would swallow it.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED strangers' clients: {why}\n");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers")
}

fn succeeded(output: std::io::Result<Output>) -> Result<Output, String> {
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() { Ok(output) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// A virtual environment with both clients; made once per target directory.
fn environment() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strangers");
    let python = home.join("bin/python");
    let imports = || succeeded(Command::new(&python).args(["-c", "import etims, kra_etims"]).output());
    if imports().is_ok() {
        return Ok(python);
    }
    succeeded(Command::new("python3").args(["-m", "venv"]).arg(&home).output())
        .map_err(|error| format!("no Python with venv: {error}"))?;
    let wanted = folder().join("requirements.txt");
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15", "-r"];
    succeeded(Command::new(&python).args(pip).arg(wanted).output())
        .map_err(|error| format!("the package index is out of reach: {error}"))?;
    imports().map(|_| python)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_clients_sell() {
    let python = match environment() {
        Ok(python) => python,
        Err(why) => return skipped(&why),
    };
    let sandbox = Sandbox::builder().seed(7).start().await.expect("a free port");
    let output = succeeded(Command::new(python).arg(folder().join("clients.py")).arg(sandbox.url()).output());
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON line");
    let ledger = sandbox.ledger();
    let traders: Vec<&str> = ledger.iter().map(|row| row.trader_invoice_number.as_str()).collect();
    assert_eq!(traders, ["STRANGER-INV-1", "STRANGER-INV-2"]);
    assert_eq!(ledger[0].total_cents, 116_000);
    for (client, row, code) in [("direct", &ledger[0], "994"), ("vscu", &ledger[1], "899")] {
        assert_eq!(told[client]["signature"], row.signature.as_str());
        assert_eq!(told[client]["receipt"], row.receipt_number);
        assert_eq!(told[client]["duplicate"], code);
    }
    assert_eq!(told["direct"]["qr"], format!("P000000010C00{}", ledger[0].signature));
}
