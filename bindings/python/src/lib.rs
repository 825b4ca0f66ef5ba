//! `etims_sdk._native`: the compiled half of the Python package. Translates objects and errors; decides nothing.

mod body;
mod classes;
mod document;
mod error;
mod options;

use etims_bindings as sdk;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use options::options;

/// compute_json(document, dialect="gateway", **settings) -> bytes
///
/// The exact bytes KRA would get for a document.
#[pyfunction]
#[pyo3(signature = (document, dialect="gateway", **settings))]
fn compute_json<'py>(
    document: &Bound<'py, PyAny>,
    dialect: &str,
    settings: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = document.py();
    let body = computed(document, dialect, settings)?;
    Ok(PyBytes::new(py, &body))
}

/// compute(document, dialect="gateway", **settings) -> dict
///
/// The body KRA would get for a document, as a dict.
#[pyfunction]
#[pyo3(signature = (document, dialect="gateway", **settings))]
fn compute<'py>(
    document: &Bound<'py, PyAny>,
    dialect: &str,
    settings: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let body = computed(document, dialect, settings)?;
    body::to_dict(document.py(), &body)
}

fn computed(document: &Bound<'_, PyAny>, dialect: &str, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<u8>> {
    let options = options(dialect, settings)?;
    let text = document::to_json(document)?;
    sdk::compute(&text, &options).map_err(|error| error::raised(document.py(), &error))
}

/// check(document, dialect="gateway", **settings) -> list[Violation]
///
/// Everything a person should know about a document before it is issued: errors first, then warnings.
#[pyfunction]
#[pyo3(signature = (document, dialect="gateway", **settings))]
fn check<'py>(
    document: &Bound<'py, PyAny>,
    dialect: &str,
    settings: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let py = document.py();
    let options = options(dialect, settings)?;
    let text = document::to_json(document)?;
    let found = sdk::check(&text, &options).map_err(|error| error::raised(py, &error))?;
    error::violations(py, &found)
}

/// The JSON text a document has in every language: what dicts and dataclasses become before they are read.
#[pyfunction]
fn document_json(document: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = document::to_json(document)?;
    Ok(String::from_utf8(text)?)
}

/// (pin, error, warnings) of a text that may be a PIN.
#[pyfunction]
fn check_pin(text: &str) -> (Option<String>, Option<String>, Vec<String>) {
    let check = sdk::check_pin(text);
    (check.pin.map(|pin| pin.as_str().to_owned()), check.error, check.warnings)
}

type Table = (Option<&'static str>, &'static str, &'static str, Vec<(&'static str, &'static str, &'static str)>);

/// Every code table: (class, title, source, [(code, word, name)]).
#[pyfunction]
fn code_tables() -> Vec<Table> {
    sdk::code_tables()
        .map(|table| {
            let rows = table.rows.iter().map(|row| (row.code, row.word, row.name)).collect();
            (table.class, table.title, table.source, rows)
        })
        .collect()
}

/// JSON schema of the invoice document, as text.
#[pyfunction]
fn invoice_schema() -> String {
    sdk::invoice_schema()
}

/// Names of the error kinds, for the parity test.
#[pyfunction]
fn error_kinds() -> Vec<&'static str> {
    sdk::ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::{check, check_pin, code_tables, compute, compute_json, document_json, error_kinds, invoice_schema};

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
