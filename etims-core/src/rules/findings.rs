//! What is found wrong, until somebody wants to know.

use super::{Invalid, Rule, Severity, Violation};

/// More mistakes than this are of no use to anybody, and text made of mistakes must not take all memory.
const MOST: usize = 5_000;

/// Collects what is found while a document is read, filled, computed and checked.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    violations: Vec<Violation>,
    warnings: Vec<Violation>,
}

impl Findings {
    /// Notes a broken rule, up to 5,000 of each severity. At a path that already has an error, a second one or a warning
    /// is a consequence and is left out.
    pub fn add(&mut self, rule: &'static Rule, path: impl Into<String>, message: impl Into<String>) {
        let (path, message) = (path.into(), message.into());
        let known = |list: &[Violation]| list.iter().any(|known| known.path == path);
        let (list, is_known) = match rule.severity {
            Severity::Error => (&mut self.violations, false),
            Severity::Warning => (&mut self.warnings, known(&self.violations)),
        };
        if list.len() < MOST && !is_known && !known(list) {
            list.push(Violation { rule, path, message });
        }
    }

    /// Whether an error was found.
    pub fn has_errors(&self) -> bool {
        !self.violations.is_empty()
    }

    /// Whether an error was found at this path or below it.
    pub fn has_error_at(&self, path: &str) -> bool {
        self.violations.iter().any(|violation| violation.path.starts_with(path))
    }

    /// The warnings of a good document, or everything that is wrong with a bad one.
    pub fn into_result(self) -> Result<Vec<Violation>, Invalid> {
        match self.violations.is_empty() {
            true => Ok(self.warnings),
            false => Err(Invalid { violations: self.violations, warnings: self.warnings }),
        }
    }
}
