//! What a device or the checkers are opened with.

use std::collections::HashMap;
use std::sync::Arc;

use etims_bindings as sdk;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// `secrets` is a dict, or a function of environment and name.
pub(crate) fn device_settings(
    file: Option<String>,
    variables: bool,
    values: Vec<(String, String)>,
    secrets: Option<&Bound<'_, PyAny>>,
) -> PyResult<sdk::DeviceSettings> {
    let settings = sdk::DeviceSettings { file, variables, values, secrets: None };
    let Some(secrets) = secrets else { return Ok(settings) };
    Ok(match secrets.cast::<PyDict>() {
        Ok(known) => settings.with_secrets(known.extract::<HashMap<String, String>>()?),
        Err(_) => sdk::DeviceSettings { secrets: Some(secret_function(secrets.clone().unbind())), ..settings },
    })
}

fn secret_function(function: Py<PyAny>) -> Arc<sdk::SecretFunction> {
    Arc::new(move |environment, name| {
        let asked =
            |py: Python<'_>| -> PyResult<Option<String>> { function.call1(py, (environment, name))?.extract(py) };
        // Only the class of an exception: its text may hold a secret.
        let told = |py: Python<'_>, error: PyErr| {
            let class = error.get_type(py).name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
            format!("the function raised {class}")
        };
        let secret = Python::try_attach(|py| asked(py).map_err(|error| told(py, error)))
            .unwrap_or_else(|| Err("Python is shutting down".to_owned()))?;
        secret.ok_or_else(|| "the function gave None".to_owned())
    })
}
