//! KRA's checkers. Every method gives a [`Call`]; `etims_sdk.checkers` waits for it, `etims_sdk.aio` awaits it.

use etims_bindings as sdk;
use pyo3::prelude::*;

use crate::call::Call;
use crate::device::nothing;
use crate::document::to_json;
use crate::settings::device_settings;

/// The checkers of one application. See `etims_sdk.Checkers`.
#[pyclass(frozen, module = "etims_sdk._native")]
pub(crate) struct Checkers {
    inner: sdk::Checkers,
}

#[pymethods]
impl Checkers {
    /// Opens the checkers.
    #[staticmethod]
    #[pyo3(signature = (file, variables, values, secrets))]
    fn open(
        file: Option<String>,
        variables: bool,
        values: Vec<(String, String)>,
        secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let settings = device_settings(file, variables, values, secrets)?;
        Ok(Call::new(sdk::Checkers::open(settings), |py, inner| Ok(Py::new(py, Checkers { inner })?.into_any())))
    }

    fn pin(&self, pin: String) -> Call {
        Call::new(self.inner.pin(pin), verdict)
    }

    fn pin_by_id(&self, kind: String, id: String) -> Call {
        Call::new(self.inner.pin_by_id(kind, id), verdict)
    }

    fn tcc(&self, pin: String, number: String) -> Call {
        Call::new(self.inner.tcc(pin, number), verdict)
    }

    fn invoice(&self, number: String, date: String) -> Call {
        Call::new(self.inner.invoice(number, date), verdict)
    }

    /// Findings as (name, sentence).
    fn buyer(&self, buyer: &Bound<'_, PyAny>) -> PyResult<Call> {
        Ok(Call::new(self.inner.buyer(to_json(buyer)?), |py, findings| {
            let findings: Vec<_> = findings.into_iter().map(|finding| (finding.name, finding.sentence)).collect();
            Ok(findings.into_pyobject(py)?.into_any().unbind())
        }))
    }

    fn close(&self) -> Call {
        Call::new(self.inner.close(), nothing)
    }

    #[getter]
    fn closed(&self) -> bool {
        self.inner.is_closed()
    }
}

/// A verdict as JSON text: `etims_sdk.lookups` reads it.
fn verdict<T: serde::Serialize>(py: Python<'_>, verdict: sdk::Verdict<T>) -> PyResult<Py<PyAny>> {
    let text = serde_json::to_string(&verdict).expect("a verdict is texts and numbers");
    Ok(text.into_pyobject(py)?.into_any().unbind())
}
