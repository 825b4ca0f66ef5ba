//! From the bytes of a wire body to a dict, in one pass and without a float.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::classes::Classes;

/// More would take longer to find than to make.
const NUMBERS_KEPT: usize = 24;

/// Reads a body that [`etims_bindings::compute`] wrote: compact JSON. Money and measures become `Decimal`; KRA's
/// counters (their names end in `No`, `Seq` or `Cnt`) become `int`.
pub(crate) fn to_dict<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let text = std::str::from_utf8(body).expect("a body is UTF-8");
    let decimal = Classes::of(py)?.decimal.bind(py);
    let mut reader = Reader { text, place: 0, decimal, keys: Vec::new(), next_key: 0, numbers: Vec::new() };
    reader.value("")
}

struct Reader<'t, 'py> {
    text: &'t str,
    place: usize,
    decimal: &'t Bound<'py, PyAny>,
    /// Keys met so far. They come again with every line, in the same order.
    keys: Vec<(&'t str, Bound<'py, PyString>)>,
    /// Where the next one probably is.
    next_key: usize,
    /// The first numbers met: 0, 1 and whole lines come again.
    numbers: Vec<(&'t str, Bound<'py, PyAny>)>,
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
            let name = self.key(key);
            let value = self.value(key)?;
            object.set_item(name, value)?;
        }
        self.place += 1;
        Ok(object.into_any())
    }

    fn key(&mut self, key: &'t str) -> Bound<'py, PyString> {
        let known = match self.keys.get(self.next_key) {
            Some((name, _)) if *name == key => Some(self.next_key),
            _ => self.keys.iter().position(|(name, _)| *name == key),
        };
        let place = known.unwrap_or_else(|| {
            self.keys.push((key, PyString::intern(self.decimal.py(), key)));
            self.keys.len() - 1
        });
        self.next_key = place + 1;
        self.keys[place].1.clone()
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
        if let Some((_, known)) = self.numbers.iter().find(|(known, _)| *known == digits) {
            return Ok(known.clone());
        }
        let number = self.decimal.call1((digits,))?;
        if self.numbers.len() < NUMBERS_KEPT {
            self.numbers.push((digits, number.clone()));
        }
        Ok(number)
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
