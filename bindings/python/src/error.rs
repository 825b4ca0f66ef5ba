//! From the boundary's errors to the exceptions of `etims_sdk.errors`.

use etims_bindings::{Error, Severity, Violation};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::classes::Classes;

/// The Python exception of an error. The classes are defined in Python: an abi3 module cannot subclass exceptions.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let made = || -> PyResult<PyErr> {
        let violations = violations(py, &error.violations)?;
        let code = error.code;
        let arguments = (
            code.kind.name(),
            code.code,
            &error.message,
            code.retryable,
            code.next_step,
            error.delivery_name(),
            violations,
        );
        let exception = Classes::of(py)?.error_of.bind(py).call1(arguments)?;
        Ok(PyErr::from_value(exception))
    };
    made().unwrap_or_else(|trouble| trouble)
}

/// `list[Violation]`.
pub(crate) fn violations<'py>(py: Python<'py>, violations: &[Violation]) -> PyResult<Bound<'py, PyList>> {
    let class = Classes::of(py)?.violation.bind(py);
    let list = PyList::empty(py);
    for violation in violations {
        let rule = violation.rule;
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        list.append(class.call1((rule.code, &violation.path, &violation.message, severity, rule.fix, rule.kra))?)?;
    }
    Ok(list)
}
