//! From Python objects to the text of a document: dicts, dataclasses, lists, `Decimal`, `datetime`, enums.
//!
//! The text is read by the one reader of all languages. Nothing is decided here, and no number goes through a float:
//! a Python float is written with the digits Python shows.

use std::fmt::Write as _;
use std::io::Write as _;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PySequence, PyString, PyTuple};

use crate::classes::Classes;

/// Objects in objects: a document needs four levels, and a dict that holds itself has no end.
const DEEPEST: usize = 12;

/// The JSON text of a document.
///
/// `str` and `bytes` are taken as JSON text already.
pub(crate) fn to_json(document: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = document.cast::<PyString>() {
        return Ok(text.to_cow()?.as_bytes().to_vec());
    }
    if let Ok(bytes) = document.cast::<pyo3::types::PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    value_to_json(document)
}

/// The JSON text of any value that may stand in a document.
pub(crate) fn value_to_json(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut writer = Writer { out: Vec::with_capacity(4096), classes: Classes::of(value.py())? };
    match writer.value(value, 0) {
        Ok(()) => Ok(writer.out),
        Err(misfit) => Err(misfit.into_error()),
    }
}

/// A value that has no place in a document, and where it stands.
struct Misfit {
    path: Vec<String>,
    error: PyErr,
}

impl Misfit {
    fn new(message: String) -> Misfit {
        Misfit { path: Vec::new(), error: PyTypeError::new_err(message) }
    }

    fn below(mut self, segment: impl Into<String>) -> Misfit {
        self.path.push(segment.into());
        self
    }

    fn into_error(self) -> PyErr {
        let mut place = String::new();
        for segment in self.path.iter().rev() {
            let dot = if place.is_empty() || segment.starts_with('[') { "" } else { "." };
            write!(place, "{dot}{segment}").expect("writing to a string");
        }
        let place = if place.is_empty() { "document" } else { &place };
        Python::attach(|py| {
            let message = format!("{place}: {}", self.error.value(py));
            if self.error.is_instance_of::<PyTypeError>(py) {
                PyTypeError::new_err(message)
            } else {
                PyValueError::new_err(message)
            }
        })
    }
}

impl From<PyErr> for Misfit {
    fn from(error: PyErr) -> Misfit {
        Misfit { path: Vec::new(), error }
    }
}

struct Writer<'py> {
    out: Vec<u8>,
    classes: &'py Classes,
}

impl Writer<'_> {
    fn value(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> Result<(), Misfit> {
        if depth > DEEPEST {
            return Err(Misfit::new("is nested too deep for a document".to_owned()));
        }
        if let Ok(text) = value.cast::<PyString>() {
            self.text(text)
        } else if value.is_none() {
            self.raw("null")
        } else if let Ok(object) = value.cast::<PyDict>() {
            self.object(object.iter(), depth)
        } else if let Ok(list) = value.cast::<PyList>() {
            self.list(list.iter().map(Ok), depth)
        } else if let Ok(flag) = value.cast::<PyBool>() {
            self.raw(if flag.is_true() { "true" } else { "false" })
        } else if value.is_instance_of::<PyInt>() {
            self.integer(value)
        } else if value.is_exact_instance(self.classes.decimal.bind(value.py())) {
            self.decimal(value)
        } else if let Ok(number) = value.cast::<PyFloat>() {
            if number.value().is_finite() { self.raw(&value.repr()?.to_cow()?) } else { self.quoted(&value.repr()?) }
        } else if let Ok(list) = value.cast::<PyTuple>() {
            self.list(list.iter().map(Ok), depth)
        } else {
            self.rare(value, depth)
        }
    }

    /// What documents hold less often, asked for with `isinstance`.
    fn rare(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> Result<(), Misfit> {
        let py = value.py();
        if value.is_instance(self.classes.date.bind(py))? {
            // A datetime is a date; isoformat gives each its RFC 3339 form.
            return self.quoted(&value.call_method0("isoformat")?.cast_into::<PyString>().map_err(PyErr::from)?);
        }
        if value.is_instance(self.classes.decimal.bind(py))? {
            return self.decimal(value);
        }
        if value.is_instance(self.classes.enumeration.bind(py))? {
            return self.value(&value.getattr("value")?, depth + 1);
        }
        if let Some(fields) = self.classes.fields_of(value)? {
            return self.dataclass(value, &fields, depth);
        }
        if let Ok(mapping) = value.cast::<PyMapping>() {
            let items = mapping.items()?;
            let pairs: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)> = items.extract()?;
            return self.object(pairs.into_iter(), depth);
        }
        if value.cast::<PySequence>().is_ok() && !value.is_instance_of::<pyo3::types::PyBytes>() {
            return self.list(value.try_iter()?, depth);
        }
        Err(Misfit::new(format!(
            "a value of type {} has no place in a document",
            value.get_type().fully_qualified_name()?
        )))
    }

    fn object<'p>(
        &mut self,
        pairs: impl Iterator<Item = (Bound<'p, PyAny>, Bound<'p, PyAny>)>,
        depth: usize,
    ) -> Result<(), Misfit> {
        self.out.push(b'{');
        let mut comma = false;
        for (key, value) in pairs {
            if std::mem::replace(&mut comma, true) {
                self.out.push(b',');
            }
            let Ok(key) = key.cast::<PyString>() else {
                return Err(Misfit::new(format!("the key {} is no string", key.repr()?)));
            };
            self.text(key)?;
            self.out.push(b':');
            self.value(&value, depth + 1).map_err(|misfit| misfit.below(key.to_string()))?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Fields that hold nothing are left out: in a document absence, `null` and an empty list mean the same.
    fn dataclass(&mut self, value: &Bound<'_, PyAny>, fields: &Bound<'_, PyTuple>, depth: usize) -> Result<(), Misfit> {
        self.out.push(b'{');
        let mut comma = false;
        for field in fields.iter() {
            let name = field.cast::<PyString>().map_err(PyErr::from)?;
            let held = value.getattr(name)?;
            if held.is_none() || held.cast::<PyTuple>().is_ok_and(|list| list.is_empty()) {
                continue;
            }
            if std::mem::replace(&mut comma, true) {
                self.out.push(b',');
            }
            self.text(name)?;
            self.out.push(b':');
            self.value(&held, depth + 1).map_err(|misfit| misfit.below(name.to_string()))?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn list<'p>(
        &mut self,
        values: impl Iterator<Item = PyResult<Bound<'p, PyAny>>>,
        depth: usize,
    ) -> Result<(), Misfit> {
        self.out.push(b'[');
        for (index, value) in values.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.value(&value?, depth + 1).map_err(|misfit| misfit.below(format!("[{index}]")))?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// A decimal as a string of digits; what is no number is left to the reader, which names the path.
    fn decimal(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Misfit> {
        let text = value.str()?;
        if text.to_cow()?.contains(['E', 'e']) {
            let plain = value.call_method1("__format__", ("f",))?;
            return self.quoted(plain.cast::<PyString>().map_err(PyErr::from)?);
        }
        self.quoted(&text)
    }

    fn text(&mut self, text: &Bound<'_, PyString>) -> Result<(), Misfit> {
        self.quoted(text)
    }

    fn quoted(&mut self, text: &Bound<'_, PyString>) -> Result<(), Misfit> {
        let text = text.to_cow()?;
        serde_json::to_writer(&mut self.out, &text).expect("writing to memory");
        Ok(())
    }

    /// A whole number of any size. An `IntEnum` shows its name, so that `int` itself is asked for the digits.
    fn integer(&mut self, number: &Bound<'_, PyAny>) -> Result<(), Misfit> {
        if let Ok(small) = number.extract::<i64>() {
            write!(self.out, "{small}").expect("writing to memory");
            return Ok(());
        }
        let digits = number.py().get_type::<PyInt>().call_method1("__repr__", (number,))?;
        self.raw(&digits.cast::<PyString>().map_err(PyErr::from)?.to_cow()?)
    }

    fn raw(&mut self, text: &str) -> Result<(), Misfit> {
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
