//! From the bytes of a wire body to a dict, in one pass and without a float.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::classes::Classes;

/// Reads a body that [`etims_bindings::compute`] wrote: compact JSON. Money and measures become `Decimal`; KRA's
/// counters (their names end in `No`, `Seq` or `Cnt`) become `int`.
pub(crate) fn to_dict<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let text = std::str::from_utf8(body).expect("a body is UTF-8");
    let mut reader = Reader { text, place: 0, decimal: Classes::of(py)?.decimal.bind(py), zero: None };
    reader.value("")
}

struct Reader<'t, 'py> {
    text: &'t str,
    place: usize,
    decimal: &'t Bound<'py, PyAny>,
    /// The most frequent number of all, made once.
    zero: Option<Bound<'py, PyAny>>,
}

impl<'t, 'py> Reader<'t, 'py> {
    fn value(&mut self, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = self.decimal.py();
        match self.peek() {
            b'{' => self.object(),
            b'[' => self.list(),
            b'"' => {
                let text = self.string();
                match text.contains('\\') {
                    false => Ok(PyString::new(py, &text[1..text.len() - 1]).into_any()),
                    true => {
                        let text: String = serde_json::from_str(text).expect("a body is JSON");
                        Ok(PyString::new(py, &text).into_any())
                    }
                }
            }
            b'n' => {
                self.place += "null".len();
                Ok(py.None().into_bound(py))
            }
            _ => self.number(key),
        }
    }

    fn object(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.decimal.py();
        let object = PyDict::new(py);
        self.place += 1;
        while self.peek() != b'}' {
            self.skip(b',');
            let key = self.string();
            let key = &key[1..key.len() - 1];
            self.place += 1;
            let value = self.value(key)?;
            object.set_item(PyString::intern(py, key), value)?;
        }
        self.place += 1;
        Ok(object.into_any())
    }

    fn list(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let list = PyList::empty(self.decimal.py());
        self.place += 1;
        while self.peek() != b']' {
            self.skip(b',');
            list.append(self.value("")?)?;
        }
        self.place += 1;
        Ok(list.into_any())
    }

    /// A string with its quotes and escapes.
    fn string(&mut self) -> &'t str {
        let start = self.place;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.place = end + 1;
        &self.text[start..=end]
    }

    fn number(&mut self, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = self.decimal.py();
        let rest = &self.text[self.place..];
        let length = rest.bytes().position(|byte| matches!(byte, b',' | b'}' | b']')).unwrap_or(rest.len());
        let digits = &rest[..length];
        self.place += length;
        if key.ends_with("No") || key.ends_with("Seq") || key.ends_with("Cnt") {
            let count: i64 = digits.parse().expect("a counter is a whole number");
            return Ok(count.into_pyobject(py)?.into_any());
        }
        if digits == "0" {
            if let Some(zero) = &self.zero {
                return Ok(zero.clone());
            }
            let zero = self.decimal.call1((digits,))?;
            self.zero = Some(zero.clone());
            return Ok(zero);
        }
        self.decimal.call1((digits,))
    }

    fn peek(&self) -> u8 {
        self.text.as_bytes()[self.place]
    }

    fn skip(&mut self, byte: u8) {
        if self.peek() == byte {
            self.place += 1;
        }
    }
}
