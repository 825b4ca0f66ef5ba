//! What several commands read: documents, sellers, and how failures are told apart.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use etims_core::document::InvoiceDraft;
use etims_core::party::Seller;
use etims_core::rules::{Findings, Invalid, Violation};
use serde::Serialize;

/// Why a command stops.
pub(crate) enum Failure {
    /// Something could not be read: exit 1, message on stderr.
    Unreadable(String),
    /// A document breaks rules: exit 2, violations on stdout.
    Invalid(Invalid),
}

impl Failure {
    /// Tells the user and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::Unreadable(message) => {
                eprintln!("etims: {message}");
                ExitCode::from(1)
            }
            Failure::Invalid(invalid) => {
                warn(&invalid.warnings);
                let report = Report { violations: &invalid.violations };
                println!("{}", serde_json::to_string(&report).expect("violations are plain text"));
                ExitCode::from(2)
            }
        }
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Failure {
        Failure::Invalid(invalid)
    }
}

#[derive(Serialize)]
struct Report<'a> {
    violations: &'a [Violation],
}

/// Warnings go to stderr and change nothing.
pub(crate) fn warn(warnings: &[Violation]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
        false => std::fs::read(path).map(|read| bytes = read),
    };
    read.map_err(|error| Failure::Unreadable(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes)
}

/// Reads a document; its mistakes are in the findings.
pub(crate) fn document(path: &Path) -> Result<(InvoiceDraft, Findings), Failure> {
    let text = read(path)?;
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(&text, &mut findings)
        .map_err(|error| Failure::Unreadable(format!("{}: {error}", path.display())))?;
    Ok((draft, findings))
}

/// Reads a seller file.
pub(crate) fn seller(path: &Path) -> Result<Seller, Failure> {
    let text = read(path)?;
    serde_json::from_slice(&text).map_err(|error| Failure::Unreadable(format!("{}: {error}", path.display())))
}
