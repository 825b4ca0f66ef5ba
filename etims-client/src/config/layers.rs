//! Settings as they come in, in layers: file, variables, code. A later layer wins.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use super::error::Problem;
use super::keys::{Key, variable};

/// Settings by key, not yet understood.
#[derive(Clone, Default)]
pub(super) struct Layers {
    values: BTreeMap<&'static str, String>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl Layers {
    pub(super) fn set(&mut self, key: &str, value: String) {
        match Key::find(key) {
            Some(key) => {
                self.values.insert(key.name, value);
            }
            None => self.problem(key, unknown(key)),
        }
    }

    pub(super) fn toml_file(&mut self, path: &Path) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.toml(&text),
            Err(error) => self.problem(&path.display().to_string(), format!("cannot be read: {error}")),
        }
    }

    pub(super) fn toml(&mut self, text: &str) {
        match text.parse::<toml::Table>() {
            Ok(table) => self.table("", table),
            Err(error) => {
                let line = error.span().map_or(1, |span| {
                    1 + text.as_bytes()[..span.start.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
                });
                self.problem("file", format!("line {line} is not TOML: {}", error.message()));
            }
        }
    }

    fn table(&mut self, prefix: &str, table: toml::Table) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::String(text) => self.set(&key, text),
                toml::Value::Integer(number) => self.set(&key, number.to_string()),
                toml::Value::Float(number) => self.set(&key, number.to_string()),
                toml::Value::Boolean(flag) => self.set(&key, flag.to_string()),
                toml::Value::Table(table) => self.table(&key, table),
                toml::Value::Array(_) | toml::Value::Datetime(_) => {
                    self.problem(&key, "is a text, a number, true or false".to_owned());
                }
            }
        }
    }

    pub(super) fn variables(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let names: BTreeMap<String, &'static str> = Key::ALL.iter().map(|key| (variable(key.name), key.name)).collect();
        for (name, value) in variables {
            if let Some(key) = names.get(&name) {
                // An empty variable is how a shell unsets one for a single command.
                if !value.trim().is_empty() {
                    self.values.insert(key, value);
                }
            } else if let Some(meant) = names.keys().find(|known| is_slip(&name, known)) {
                // Not an error: other programs have variables too.
                self.warnings.push(format!("the variable {name} is no setting; {meant} may be meant"));
            }
        }
    }

    pub(super) fn problem(&mut self, key: &str, message: String) {
        self.problems.push(Problem { key: key.to_owned(), message });
    }

    /// The text of a setting, trimmed.
    pub(super) fn text(&self, key: &'static str) -> Option<&str> {
        debug_assert!(Key::find(key).is_some(), "{key} is not in the table of settings");
        self.values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Understands a setting; a mistake is noted and the default stands in.
    pub(super) fn read<T, E: Display>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        match self.text(key).map(parse) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.problem(key, error.to_string());
                default
            }
        }
    }

    /// Understands a setting that must be there.
    pub(super) fn required<T, E: Display>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.text(key).is_none() {
            self.problem(key, "is missing".to_owned());
        }
        self.read(key, None, |text| parse(text).map(Some))
    }
}

/// Letters that may be wrong, missing, too many or swapped in a name that still means another.
const SLIPS: usize = 2;

/// Whether a name is another one with a slip of the finger in it.
fn is_slip(name: &str, known: &str) -> bool {
    name.len() > 2 * SLIPS && strsim::damerau_levenshtein(name, known) <= SLIPS
}

/// Names the setting that was probably meant.
fn unknown(key: &str) -> String {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).replace('-', "_");
    let mut known = Key::ALL.iter();
    match known
        .clone()
        .find(|known| last(known.name) == last(key))
        .or_else(|| known.find(|known| is_slip(key, known.name)))
    {
        Some(known) => format!("there is no such setting; `{}` may be meant", known.name),
        None => "there is no such setting".to_owned(),
    }
}
