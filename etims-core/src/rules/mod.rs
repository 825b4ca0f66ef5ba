//! The rule catalogue and what breaks it: every violation at once, each with a stable code and the caller's path.

pub mod catalogue;
pub(crate) mod draft;
mod findings;
pub(crate) mod goods;
pub mod kra;
pub(crate) mod line;
pub(crate) mod place;
pub(crate) mod text;

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use findings::Findings;

/// Whether a broken rule stops the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document is refused before the network.
    Error,
    /// The document goes on; somebody should look.
    Warning,
}

/// One rule of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable code such as `ETIMS-LINE-QTY-01`.
    pub code: &'static str,
    /// Whether breaking it stops the document.
    pub severity: Severity,
    /// The rule in one sentence.
    pub sentence: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// KRA's own text for the same fault, where one is known.
    pub kra: Option<&'static str>,
}

/// One broken rule: which, where in the caller's document, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// Where, such as `lines[0].discount.percent`; empty for the document as a whole.
    pub path: String,
    /// What is wrong, with the value found.
    pub message: String,
}

impl Violation {
    /// The rule's stable code.
    pub fn code(&self) -> &'static str {
        self.rule.code
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "document" } else { &self.path };
        write!(f, "{} {}: {} {}", self.rule.code, place, self.message, self.rule.fix)
    }
}

impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut violation = serializer.serialize_struct("Violation", 6)?;
        violation.serialize_field("code", self.rule.code)?;
        violation.serialize_field("path", &self.path)?;
        violation.serialize_field("message", &self.message)?;
        violation.serialize_field("severity", &self.rule.severity)?;
        violation.serialize_field("fix", self.rule.fix)?;
        violation.serialize_field("kra", &self.rule.kra)?;
        violation.end()
    }
}

/// A document that cannot be sent, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// What stops it, never empty.
    pub violations: Vec<Violation>,
    /// What would only have been worth a look.
    pub warnings: Vec<Violation>,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} violation(s)", self.violations.len())?;
        self.violations.iter().try_for_each(|violation| write!(f, "\n  {violation}"))
    }
}
