//! Reads a draft from JSON text in one pass: numbers exactly, every mistake with its path, nothing silently dropped.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, Timelike as _};
use rust_decimal::Decimal;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::money::{Percent, Quantity, UnitPrice};
use crate::rules::{Findings, Rule, catalogue};
use crate::time::{Timestamp, parse_date};

/// More lines than this are counted but not read: KRA takes 999, and a rule says so.
const LINES_READ: usize = 1000;

/// Text that is no JSON document at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not readable as JSON at line {line}, column {column}: {message}")]
pub struct Unreadable {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1.
    pub column: usize,
    /// What the parser expected.
    pub message: String,
}

impl Unreadable {
    fn from_json(error: &serde_json::Error) -> Unreadable {
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Unreadable { line: error.line(), column: error.column(), message }
    }

    fn from_utf8(text: &[u8], error: std::str::Utf8Error) -> Unreadable {
        let before = &text[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Unreadable { line, column, message: "invalid UTF-8".to_owned() }
    }
}

/// Reads one object. Mistakes go into `findings`; only text that is no JSON is an error of its own.
pub(crate) fn read_object<T: Fields>(text: &[u8], findings: &mut Findings) -> Result<T, Unreadable> {
    let text = std::str::from_utf8(text).map_err(|error| Unreadable::from_utf8(text, error))?;
    let mut reader = Reader { path: Vec::new(), findings };
    let mut value = T::empty();
    let mut json = serde_json::Deserializer::from_str(text);
    let seed = Object { reader: &mut reader, value: &mut value };
    seed.deserialize(&mut json).and_then(|_| json.end()).map_err(|error| Unreadable::from_json(&error))?;
    Ok(value)
}

/// An object of the document format: its keys, and where the value of each goes.
pub(crate) trait Fields: Sized {
    const KEYS: &'static [&'static str];
    /// Keys that must have a value, and the rule that says so.
    const MUST: &'static [(&'static str, &'static Rule)];

    /// What it is before anything is read.
    fn empty() -> Self;

    /// Reads the value of one of [`Fields::KEYS`] into `self`; the answer is whether there was one, `null` being none.
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &'static str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<bool, A::Error>;
}

/// A single value of the document format.
pub(crate) trait Scalar: Sized {
    const RULE: &'static Rule = &catalogue::DOC_TYPE;

    fn parse(value: &Literal<'_>) -> Option<Self>;

    /// What is expected, for the message: "a date such as 2026-09-17".
    fn expected() -> String;

    /// What is wrong with a value that [`Scalar::parse`] refused.
    fn explain(raw: &str) -> String {
        let shown: String = raw.chars().take(60).collect();
        format!("expected {}, found {shown}.", Self::expected())
    }
}

/// The text of a JSON scalar.
pub(crate) enum Literal<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Other,
}

impl<'a> Literal<'a> {
    fn new(raw: &'a str) -> Literal<'a> {
        match raw.as_bytes()[0] {
            b'"' if !raw.contains('\\') => Literal::Text(Cow::Borrowed(&raw[1..raw.len() - 1])),
            b'"' => serde_json::from_str(raw).map_or(Literal::Other, |text| Literal::Text(Cow::Owned(text))),
            b'-' | b'0'..=b'9' => Literal::Number(raw),
            _ => Literal::Other,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Segment {
    Key(&'static str),
    Index(usize),
}

/// Where the reader is, and what it found wrong so far.
pub(crate) struct Reader<'f> {
    path: Vec<Segment>,
    findings: &'f mut Findings,
}

impl Reader<'_> {
    fn path(&self, leaf: &str) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::Key(key) if path.is_empty() => path.push_str(key),
                Segment::Key(key) => write!(path, ".{key}").expect("writing to a string"),
                Segment::Index(index) => write!(path, "[{index}]").expect("writing to a string"),
            }
        }
        if !leaf.is_empty() {
            let dot = if path.is_empty() { "" } else { "." };
            write!(path, "{dot}{leaf}").expect("writing to a string");
        }
        path
    }

    /// Notes a key that is not known here, or is known and was there before.
    fn refuse_key(&mut self, key: &str, known: &[&str]) {
        let shown: String = key.chars().take(40).collect();
        let place = self.path(&shown);
        if known.contains(&key) {
            self.findings.add(&catalogue::DOC_KEY_TWICE, place, format!("{key} stands twice."));
        } else {
            let message = format!("{shown:?} is not a key here; known are {}.", known.join(", "));
            self.findings.add(&catalogue::DOC_KEY_UNKNOWN, place, message);
        }
    }

    /// Notes a mistake at the current place.
    pub(crate) fn mistake(&mut self, rule: &'static Rule, message: String) {
        let path = self.path("");
        self.findings.add(rule, path, message);
    }

    /// Reads a value; `null` leaves what is in the slot.
    pub(crate) fn value<'de, T: Scalar, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        slot: &mut T,
    ) -> Result<bool, A::Error> {
        let mut value = None;
        let given = self.optional(map, &mut value)?;
        if let Some(value) = value {
            *slot = value;
        }
        Ok(given)
    }

    /// Reads a value that may be `null`.
    pub(crate) fn optional<'de, T: Scalar, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        slot: &mut Option<T>,
    ) -> Result<bool, A::Error> {
        let raw = map.next_value::<&'de RawValue>()?.get();
        let given = raw != "null";
        if given {
            *slot = self.scalar(raw);
        }
        Ok(given)
    }

    fn scalar<T: Scalar>(&mut self, raw: &str) -> Option<T> {
        let value = T::parse(&Literal::new(raw));
        if value.is_none() {
            self.mistake(T::RULE, T::explain(raw));
        }
        value
    }

    /// Reads an object that may be `null`.
    pub(crate) fn object<'de, T: Fields, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        slot: &mut Option<T>,
    ) -> Result<bool, A::Error> {
        let mut value = T::empty();
        let given = self.inner(map, &mut value)?;
        if given {
            *slot = Some(value);
        }
        Ok(given)
    }

    /// Reads an object; `null` leaves it empty.
    pub(crate) fn inner<'de, T: Fields, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        value: &mut T,
    ) -> Result<bool, A::Error> {
        map.next_value_seed(Object { reader: self, value })
    }

    /// Reads a list of objects; `null` is an empty one.
    pub(crate) fn list<'de, T: Fields, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        slot: &mut Vec<T>,
    ) -> Result<bool, A::Error> {
        map.next_value_seed(List { reader: self, values: slot }).map(|()| true)
    }
}

/// Reads an object into `value`; the answer is whether there was one.
struct Object<'r, 'f, T> {
    reader: &'r mut Reader<'f>,
    value: &'r mut T,
}

impl<'de, T: Fields> DeserializeSeed<'de> for Object<'_, '_, T> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Answers every JSON type that is not the expected one with a mistake.
macro_rules! unexpected_scalars {
    ($what:literal, $result:expr) => {
        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok(unexpected(self.reader, $what, &value, $result))
        }
        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok(unexpected(self.reader, $what, &value, $result))
        }
        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok(unexpected(self.reader, $what, &value, $result))
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(unexpected(self.reader, $what, &"a number", $result))
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(unexpected(self.reader, $what, &"a string", $result))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($what)
        }
    };
}

fn unexpected<T>(reader: &mut Reader<'_>, what: &str, found: &dyn fmt::Display, result: T) -> T {
    reader.mistake(&catalogue::DOC_TYPE, format!("expected {what}, found {found}."));
    result
}

impl<'de, T: Fields> Visitor<'de> for Object<'_, '_, T> {
    type Value = bool;

    unexpected_scalars!("an object", false);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(unexpected(self.reader, "an object", &"a list", false))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Object { reader, value } = self;
        let (mut seen, mut given) = (0u64, 0u64);
        while let Some(key) = map.next_key_seed(Key)? {
            let index = T::KEYS.iter().position(|known| *known == key);
            match index {
                Some(index) if seen & (1 << index) == 0 => {
                    seen |= 1 << index;
                    reader.path.push(Segment::Key(T::KEYS[index]));
                    given |= u64::from(value.read(T::KEYS[index], &mut map, reader)?) << index;
                    reader.path.pop();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    reader.refuse_key(&key, T::KEYS);
                }
            }
        }
        for (key, rule) in T::MUST {
            let index = T::KEYS.iter().position(|known| known == key).expect("a must is one of the keys");
            if given & (1 << index) == 0 {
                reader.findings.add(rule, reader.path(key), "is missing.");
            }
        }
        Ok(true)
    }
}

/// A key, borrowed when it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// Reads a list of objects.
struct List<'r, 'f, T> {
    reader: &'r mut Reader<'f>,
    values: &'r mut Vec<T>,
}

impl<'de, T: Fields> DeserializeSeed<'de> for List<'_, '_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fields> Visitor<'de> for List<'_, '_, T> {
    type Value = ();

    unexpected_scalars!("a list", ());

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        unexpected(self.reader, "a list", &"an object", ());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0..LINES_READ {
            self.reader.path.push(Segment::Index(index));
            let element = list.next_element_seed(Element { reader: &mut *self.reader, of: PhantomData })?;
            self.reader.path.pop();
            match element {
                Some(value) => self.values.push(value),
                None => return Ok(()),
            }
        }
        let mut beyond = 0usize;
        while list.next_element::<IgnoredAny>()?.is_some() {
            beyond += 1;
        }
        if beyond > 0 {
            self.reader.mistake(&catalogue::DOC_LINES_MANY, format!("{} entries.", LINES_READ + beyond));
        }
        Ok(())
    }
}

/// One element of a list; `null` and other types are mistakes.
struct Element<'r, 'f, T> {
    reader: &'r mut Reader<'f>,
    of: PhantomData<T>,
}

impl<'de, T: Fields> DeserializeSeed<'de> for Element<'_, '_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let mut value = T::empty();
        let object = Object { reader: &mut *self.reader, value: &mut value };
        if !object.deserialize(deserializer)? {
            self.reader.mistake(&catalogue::DOC_TYPE, "expected an object, found null.".to_owned());
        }
        Ok(value)
    }
}

impl Scalar for String {
    fn parse(value: &Literal<'_>) -> Option<String> {
        value.text().map(str::to_owned)
    }

    fn expected() -> String {
        "a string".to_owned()
    }
}

impl Scalar for Decimal {
    const RULE: &'static Rule = &catalogue::DOC_NUMBER;

    fn parse(value: &Literal<'_>) -> Option<Decimal> {
        match value {
            Literal::Text(text) => plain_decimal(text),
            Literal::Number(text) => plain_decimal(text).or_else(|| with_exponent(text)),
            Literal::Other => None,
        }
    }

    fn expected() -> String {
        "a decimal number such as \"580.00\", at most 28 digits".to_owned()
    }
}

/// Digits with an optional minus and point: no exponent, no grouping, no blanks.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let well_formed = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && digits.bytes().last().is_some_and(|byte| byte.is_ascii_digit());
    well_formed.then(|| Decimal::from_str_exact(text).ok()).flatten()
}

/// The other form of a JSON number. Its digits are read exactly too: `from_scientific` alone would round them.
fn with_exponent(text: &str) -> Option<Decimal> {
    plain_decimal(text.split(['e', 'E']).next()?)?;
    Decimal::from_scientific(text).ok()
}

/// Reads a decimal newtype the way [`Decimal`] is read.
macro_rules! decimal_scalar {
    ($($name:ident),*) => {$(
        impl Scalar for $name {
            const RULE: &'static Rule = <Decimal as Scalar>::RULE;

            fn parse(value: &Literal<'_>) -> Option<$name> {
                <Decimal as Scalar>::parse(value).map($name::new)
            }

            fn expected() -> String {
                <Decimal as Scalar>::expected()
            }
        }
    )*};
}
decimal_scalar!(Quantity, UnitPrice, Percent);

impl Scalar for u64 {
    const RULE: &'static Rule = &catalogue::DOC_NUMBER;

    fn parse(value: &Literal<'_>) -> Option<u64> {
        match value {
            Literal::Text(text) => text.parse().ok(),
            Literal::Number(text) => text.parse().ok(),
            Literal::Other => None,
        }
    }

    fn expected() -> String {
        "a whole number".to_owned()
    }
}

impl Scalar for u32 {
    const RULE: &'static Rule = <u64 as Scalar>::RULE;

    fn parse(value: &Literal<'_>) -> Option<u32> {
        u64::parse(value).and_then(|number| u32::try_from(number).ok())
    }

    fn expected() -> String {
        <u64 as Scalar>::expected()
    }
}

impl Scalar for Timestamp {
    const RULE: &'static Rule = &catalogue::DOC_MOMENT;

    fn parse(value: &Literal<'_>) -> Option<Timestamp> {
        // A leap second has no place in the wire's dates.
        DateTime::parse_from_rfc3339(value.text()?).ok().filter(|moment| moment.nanosecond() < 1_000_000_000)
    }

    fn expected() -> String {
        "a moment with its offset such as \"2026-09-17T14:09:26+03:00\"".to_owned()
    }
}

impl Scalar for NaiveDate {
    const RULE: &'static Rule = &catalogue::DOC_MOMENT;

    fn parse(value: &Literal<'_>) -> Option<NaiveDate> {
        parse_date(value.text()?)
    }

    fn expected() -> String {
        "a date such as \"2026-09-17\"".to_owned()
    }
}
