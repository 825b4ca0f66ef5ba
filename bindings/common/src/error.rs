use std::fmt;

use etims_core::document::Unreadable;
use etims_core::rules::{Invalid, Violation};

/// What an error is about: each language has one class for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The document breaks rules; nothing was sent.
    Validation,
    /// The call itself is wrong: an argument nobody can use.
    Misuse,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [ErrorKind; 2] = [ErrorKind::Validation, ErrorKind::Misuse];

    /// Name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Validation => "validation",
            ErrorKind::Misuse => "misuse",
        }
    }
}

/// An error as every language shows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// Stable code.
    pub code: &'static str,
    /// What it is about.
    pub kind: ErrorKind,
    /// What happened and what to do.
    pub message: String,
    /// Everything that is wrong with the document; empty for other errors.
    pub violations: Vec<Violation>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error {
    /// An argument nobody can use.
    pub fn misuse(argument: &str, problem: impl fmt::Display) -> Error {
        Error {
            code: "argument",
            kind: ErrorKind::Misuse,
            message: format!("{argument}: {problem}"),
            violations: Vec::new(),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Error {
        let message = invalid.to_string();
        Error { code: "invalid_document", kind: ErrorKind::Validation, message, violations: invalid.violations }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Error {
        let message = unreadable.to_string();
        Error { code: "unreadable_document", kind: ErrorKind::Validation, message, violations: Vec::new() }
    }
}
