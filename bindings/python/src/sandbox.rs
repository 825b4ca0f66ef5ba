//! The sandbox in the wheel. See `etims_sdk.sandbox`.

use etims_bindings as sdk;
use pyo3::prelude::*;

use crate::call::Call;
use crate::device::nothing;
use crate::error::raised;

/// A KRA that runs in this process.
#[pyclass(frozen, module = "etims_sdk._native")]
pub(crate) struct Sandbox {
    inner: sdk::Sandbox,
}

#[pymethods]
impl Sandbox {
    #[staticmethod]
    fn start(
        port: u16,
        seed: Option<u64>,
        state_file: Option<String>,
        profile: Option<String>,
        credentials: Option<(String, String)>,
        app_id: Option<String>,
    ) -> Call {
        let options = sdk::SandboxOptions { port, seed, state_file, profile, credentials, app_id };
        Call::new(sdk::Sandbox::start(options), |py, inner| Ok(Py::new(py, Sandbox { inner })?.into_any()))
    }

    fn url(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.url().map_err(|error| raised(py, &error))
    }

    fn base_url(&self, py: Python<'_>, dialect: &str) -> PyResult<String> {
        self.inner.base_url(dialect).map_err(|error| raised(py, &error))
    }

    fn token_url(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.token_url().map_err(|error| raised(py, &error))
    }

    /// The rows as JSON text, each with the fields of `etims_sdk.sandbox.LedgerRow`.
    fn ledger(&self, py: Python<'_>) -> PyResult<String> {
        let rows = py.detach(|| self.inner.ledger()).map_err(|error| raised(py, &error))?;
        Ok(serde_json::to_string(&rows).expect("rows are texts and numbers"))
    }

    fn inject(&self, py: Python<'_>, fault: &str) -> PyResult<String> {
        self.inner.inject(fault).map_err(|error| raised(py, &error))
    }

    fn heal(&self, py: Python<'_>) -> PyResult<()> {
        self.inner.heal().map_err(|error| raised(py, &error))
    }

    fn stop(&self, py: Python<'_>) -> PyResult<Call> {
        Ok(Call::new(self.inner.stop().map_err(|error| raised(py, &error))?, nothing))
    }
}
