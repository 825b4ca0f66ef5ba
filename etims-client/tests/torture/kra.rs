use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::process::ExitCode;

use etims_sandbox::{Fault, FaultKind, Operation, Sandbox};

/// What goes wrong with sales, and how often: about a quarter of the answers do not arrive.
const ON_SALES: [(FaultKind, f64); 9] = [
    (FaultKind::LoseAnswer, 0.16),
    (FaultKind::LoseRequest, 0.05),
    (FaultKind::ResetMidBody, 0.03),
    (FaultKind::TruncateJson, 0.02),
    (FaultKind::HtmlPage { recorded: true }, 0.02),
    (FaultKind::ServerError { status: 502, recorded: true }, 0.02),
    (FaultKind::ServerError { status: 503, recorded: false }, 0.02),
    (FaultKind::NoSignature, 0.01),
    (FaultKind::DelayRequest { milliseconds: 150 }, 0.01),
];
/// What goes wrong with look-ups.
const ON_DETAILS: [(FaultKind, f64); 2] =
    [(FaultKind::LoseAnswer, 0.05), (FaultKind::ServerError { status: 500, recorded: false }, 0.03)];

/// The sandbox in a process of its own. It obeys two words on standard input: `heal` and `ledger`.
pub fn run(place: &Path) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let seed = fs::read_to_string(place.join("seed")).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1);
    let mut builder = Sandbox::builder().seed(seed);
    for (index, (kind, probability)) in ON_SALES.into_iter().enumerate() {
        let fault = Fault::new(kind).with_probability(probability, seed + index as u64);
        builder = builder.fault(fault.on(Operation::SaveSale));
    }
    for (index, (kind, probability)) in ON_DETAILS.into_iter().enumerate() {
        let fault = Fault::new(kind).with_probability(probability, seed + 100 + index as u64);
        builder = builder.fault(fault.on(Operation::InvoiceDetail));
    }
    let lag = FaultKind::LagDetail { look_ups: 1, milliseconds: 0 };
    builder = builder.fault(Fault::new(lag).with_probability(0.2, seed + 200));
    let sandbox = runtime.block_on(builder.start()).expect("a sandbox");
    fs::write(place.join("url"), sandbox.url()).expect("the place is writable");
    for word in std::io::stdin().lock().lines() {
        match word.as_deref() {
            Ok("heal") => sandbox.heal(),
            Ok("ledger") => {
                let ledger = serde_json::to_vec(&sandbox.ledger()).expect("rows are plain");
                fs::write(place.join("ledger.new"), ledger).expect("the place is writable");
                fs::rename(place.join("ledger.new"), place.join("ledger")).expect("the place is writable");
            }
            _ => break,
        }
    }
    ExitCode::SUCCESS
}
