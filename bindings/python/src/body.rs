//! From the bytes of a wire body to a dict, in one pass and without a float.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::classes::Classes;

/// Reads a body that [`etims_bindings::compute`] wrote: compact JSON. Money and measures become `Decimal`; KRA's
/// counters (their names end in `No`, `Seq` or `Cnt`) become `int`.
pub(crate) fn to_dict<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let text = std::str::from_utf8(body).expect("a body is UTF-8");
    let decimal = Classes::of(py)?.decimal.bind(py);
    let mut own = Vec::new();
    let mut known = KEYS.try_lock().ok();
    let keys = known.as_deref_mut().unwrap_or(&mut own);
    let mut reader = Reader { text, place: 0, decimal, keys, next_key: 0, numbers: [const { None }; NUMBERS_KEPT] };
    reader.value("")
}

/// A key of KRA's, as text and as Python's.
struct Key {
    name: Box<str>,
    object: Py<PyString>,
}

/// Every key met so far in this process: a few dozen. Whoever finds it taken goes without.
static KEYS: Mutex<Vec<Key>> = Mutex::new(Vec::new());

/// Places for numbers met so far: 0, 1, rates and whole lines come again. A power of two.
const NUMBERS_KEPT: usize = 64;

struct Reader<'t, 'k, 'py> {
    text: &'t str,
    place: usize,
    decimal: &'t Bound<'py, PyAny>,
    keys: &'k mut Vec<Key>,
    /// Where the next one probably is: bodies have their keys in the same order.
    next_key: usize,
    /// Each at the place that its digits give.
    numbers: [Option<(&'t str, Bound<'py, PyAny>)>; NUMBERS_KEPT],
}

/// A dict that was read, with the places of its keys: the lines of a list have the same ones.
struct Shape<'py> {
    object: Bound<'py, PyDict>,
    keys: Vec<usize>,
}

impl<'t, 'py> Reader<'t, '_, 'py> {
    fn value(&mut self, key: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = self.decimal.py();
        match self.peek() {
            b'{' => Ok(self.object()?.object.into_any()),
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

    fn object(&mut self) -> PyResult<Shape<'py>> {
        let mut shape = Shape { object: PyDict::new(self.decimal.py()), keys: Vec::with_capacity(48) };
        self.place += 1;
        while self.peek() != b'}' {
            let key = self.member(&shape.object)?;
            shape.keys.push(key);
        }
        self.place += 1;
        Ok(shape)
    }

    /// An object that probably has the keys of another. A copy need not grow, which is most of a dict's cost.
    fn object_like(&mut self, other: &Shape<'py>) -> PyResult<Bound<'py, PyDict>> {
        let start = (self.place, self.next_key);
        let object = other.object.copy()?;
        self.place += 1;
        self.next_key = other.keys.first().copied().unwrap_or_default();
        let mut same = true;
        let mut keys = other.keys.iter();
        while same && self.peek() != b'}' {
            let key = self.member(&object)?;
            same = keys.next() == Some(&key);
        }
        if !same || keys.next().is_some() {
            (self.place, self.next_key) = start;
            return Ok(self.object()?.object);
        }
        self.place += 1;
        Ok(object)
    }

    /// Reads one member into a dict and gives the place of its key.
    fn member(&mut self, object: &Bound<'py, PyDict>) -> PyResult<usize> {
        self.skip(b',');
        let name = self.string();
        let name = &name[1..name.len() - 1];
        self.place += 1;
        let key = self.key(name);
        let value = self.value(name)?;
        object.set_item(self.keys[key].object.bind(object.py()), value)?;
        Ok(key)
    }

    fn key(&mut self, name: &str) -> usize {
        let known = match self.keys.get(self.next_key) {
            Some(key) if *key.name == *name => Some(self.next_key),
            _ => self.keys.iter().position(|key| *key.name == *name),
        };
        let place = known.unwrap_or_else(|| {
            let object = PyString::intern(self.decimal.py(), name).unbind();
            self.keys.push(Key { name: name.into(), object });
            self.keys.len() - 1
        });
        self.next_key = place + 1;
        place
    }

    fn list(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let list = PyList::empty(self.decimal.py());
        let mut first: Option<Shape<'py>> = None;
        self.place += 1;
        while self.peek() != b']' {
            self.skip(b',');
            match &first {
                _ if self.peek() != b'{' => list.append(self.value("")?)?,
                Some(shape) => list.append(self.object_like(shape)?)?,
                None => {
                    let shape = self.object()?;
                    list.append(&shape.object)?;
                    first = Some(shape);
                }
            }
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
        let hash = digits.bytes().fold(0_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let slot = &mut self.numbers[hash % NUMBERS_KEPT];
        match slot {
            Some((known, number)) if *known == digits => Ok(number.clone()),
            _ => {
                let number = self.decimal.call1((digits,))?;
                *slot = Some((digits, number.clone()));
                Ok(number)
            }
        }
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
