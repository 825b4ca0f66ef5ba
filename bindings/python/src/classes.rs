//! Python classes and functions this module calls, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

/// What is taken from the standard library and from the package's own Python half.
pub(crate) struct Classes {
    pub(crate) decimal: Py<PyAny>,
    pub(crate) date: Py<PyAny>,
    pub(crate) enumeration: Py<PyAny>,
    pub(crate) violation: Py<PyAny>,
    pub(crate) error_of: Py<PyAny>,
    pub(crate) submission: Py<PyAny>,
    pub(crate) identity: Py<PyAny>,
    pub(crate) event: Py<PyAny>,
    /// Field names of the dataclasses met so far.
    fields: Py<PyDict>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

impl Classes {
    pub(crate) fn of(py: Python<'_>) -> PyResult<&Classes> {
        CLASSES.get_or_try_init(py, || {
            let class = |module: &str, name: &str| Ok::<_, PyErr>(py.import(module)?.getattr(name)?.unbind());
            Ok(Classes {
                decimal: class("decimal", "Decimal")?,
                date: class("datetime", "date")?,
                enumeration: class("enum", "Enum")?,
                violation: class("etims_sdk.errors", "Violation")?,
                error_of: class("etims_sdk.errors", "error_of")?,
                submission: class("etims_sdk.results", "Submission")?,
                identity: class("etims_sdk.results", "Identity")?,
                event: class("etims_sdk.results", "Event")?,
                fields: PyDict::new(py).unbind(),
            })
        })
    }

    /// Names of a dataclass instance's fields; `None` for everything else.
    pub(crate) fn fields_of<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let py = value.py();
        let class: Bound<'py, PyType> = value.get_type();
        let known = self.fields.bind(py);
        if let Some(names) = known.get_item(&class)? {
            return Ok(Some(names.cast_into()?));
        }
        let Some(fields) = class.getattr_opt("__dataclass_fields__")? else { return Ok(None) };
        let names = PyTuple::new(py, fields.cast::<PyDict>()?.keys())?;
        known.set_item(&class, &names)?;
        Ok(Some(names))
    }
}
