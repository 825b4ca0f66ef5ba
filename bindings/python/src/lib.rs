//! `etims_sdk._native`: the compiled half of the Python package. Translates objects and errors; decides nothing.

mod body;
mod call;
mod checkers;
mod classes;
mod device;
mod document;
mod error;
mod options;
mod results;
mod sandbox;
mod settings;

use std::process::ExitCode;

use etims_bindings as sdk;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use options::options;

/// Why: `docs/adr/0015-allocator.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exact bytes KRA would get for a document. The public functions, with what their arguments mean, are in
/// `etims_sdk.body`.
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

/// The body KRA would get for a document, as a dict with KRA's names.
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
    let (kind, options) = options(document.py(), dialect, settings)?;
    let text = document::to_json(document)?;
    sdk::compute(kind, &text, &options).map_err(|error| error::raised(document.py(), &error))
}

/// Everything a person should know about a document before it is issued, as a list of `Violation`.
#[pyfunction]
#[pyo3(signature = (document, dialect="gateway", **settings))]
fn check<'py>(
    document: &Bound<'py, PyAny>,
    dialect: &str,
    settings: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let py = document.py();
    let (kind, options) = options(py, dialect, settings)?;
    let text = document::to_json(document)?;
    let found = sdk::check(kind, &text, &options).map_err(|error| error::raised(py, &error))?;
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

/// Composes an item code. See `etims_sdk.codes.item_code`.
#[pyfunction]
fn item_code(
    py: Python<'_>,
    origin: &str,
    item_type: &str,
    packaging: &str,
    unit: &str,
    number: u32,
) -> PyResult<String> {
    sdk::item_code(origin, item_type, packaging, unit, number).map_err(|error| error::raised(py, &error))
}

/// The table of error codes: [(code, kind, retryable, sentence, next_step)].
#[pyfunction]
fn error_codes() -> Vec<(&'static str, &'static str, bool, &'static str, &'static str)> {
    let row = |code: &sdk::ErrorCode| (code.code, code.kind.name(), code.retryable, code.sentence, code.next_step);
    sdk::ERROR_CODES.iter().map(|code| row(code)).collect()
}

/// Names of the error kinds; the package has one class for each.
#[pyfunction]
fn error_kinds() -> Vec<&'static str> {
    sdk::ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// Compares the rates of a device with those KRA lists (class 04), as pairs of band and rate: a list of warnings.
#[pyfunction]
#[pyo3(signature = (listed, dialect="gateway", **settings))]
fn check_rates<'py>(
    py: Python<'py>,
    listed: Vec<(String, String)>,
    dialect: &str,
    settings: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let (_, options) = options(py, dialect, settings)?;
    let found = sdk::check_rates(&listed, &options).map_err(|error| error::raised(py, &error))?;
    error::violations(py, &found)
}

type QrAddress = (&'static str, String, String, String);

/// What the address in a receipt's QR code says: (environment, pin, branch, signature), or (reason, look_alike).
#[pyfunction]
fn verify_qr(url: &str) -> (Option<QrAddress>, Option<(String, bool)>) {
    match sdk::verify_qr(url) {
        Ok(address) => (Some((address.environment, address.pin, address.branch, address.signature)), None),
        Err(refusal) => (None, Some((refusal.reason, refusal.look_alike))),
    }
}

/// Every setting of a device: [(key, variable, default, meaning)]. Keys are those of the TOML file, such as
/// timeouts.write.
#[pyfunction]
fn setting_keys() -> Vec<(&'static str, String, &'static str, &'static str)> {
    sdk::setting_keys().collect()
}

/// Runs the `etims` command. The exit code is returned.
#[pyfunction]
fn run_command(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    let code = py.detach(|| etims_cli::run(arguments));
    // The standard library does not say what is in an exit code; it does say when two are equal.
    (0..=u8::MAX).find(|number| ExitCode::from(*number) == code).expect("an exit code is one of 256")
}

/// Which interpreter of the process asks; 0 is the main one.
#[pyfunction]
fn interpreter() -> i64 {
    // SAFETY: a function that Python calls runs with the GIL held; both only read.
    unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) }
}

/// Raises the error of a code, for the tests of this package.
#[pyfunction]
fn _provoke(py: Python<'_>, code: &str) -> PyResult<()> {
    let known = sdk::ERROR_CODES.iter().find(|known| known.code == code);
    Err(known.map_or_else(
        || pyo3::exceptions::PyKeyError::new_err(code.to_owned()),
        |known| error::raised(py, &sdk::Error::new(known, known.sentence)),
    ))
}

/// A call that panics, for the tests of this package: on the runtime, or at once.
#[pyfunction]
#[pyo3(signature = (at_once=false))]
fn _panic(py: Python<'_>, at_once: bool) -> PyResult<call::Call> {
    let panics = || if true { panic!("provoked") } else { Ok(()) };
    if at_once {
        sdk::Error::guarded(panics).map_err(|error| error::raised(py, &error))?;
    }
    Ok(call::Call::new(sdk::work(async move { panics() }), device::nothing))
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::call::Call;
    #[pymodule_export]
    use super::checkers::Checkers;
    #[pymodule_export]
    use super::device::{Device, EventStream, Receipt, Ticket, render_document};
    #[pymodule_export]
    use super::sandbox::Sandbox;
    #[pymodule_export]
    use super::{
        _panic, _provoke, check, check_pin, check_rates, code_tables, compute, compute_json, document_json,
        error_codes, error_kinds, interpreter, item_code, run_command, setting_keys, verify_qr,
    };

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
