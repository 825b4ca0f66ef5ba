//! JSON whose numbers keep their digits.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use crate::number::{Cents, Exact};

/// Deepest nesting that is read; KRA's documents have three levels.
const MAX_DEPTH: usize = 16;

/// One JSON value. A number is kept as its text.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads a document. The error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Json, String> {
        // First, because every level is read once more by the level above it.
        if depth(text) > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Json::read(raw.get())
    }

    fn read(raw: &str) -> Result<Json, String> {
        let wrong = |error: serde_json::Error| error.to_string();
        Ok(match raw.as_bytes().first() {
            Some(b'{') => {
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw).map_err(wrong)?;
                let read = |(name, value): (String, &RawValue)| Ok((name, Json::read(value.get())?));
                Json::Object(members.into_iter().map(read).collect::<Result<_, String>>()?)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(raw).map_err(wrong)?;
                let read = |value: &RawValue| Json::read(value.get());
                Json::List(elements.into_iter().map(read).collect::<Result<_, String>>()?)
            }
            Some(b'"') => Json::Text(serde_json::from_str(raw).map_err(wrong)?),
            Some(b't') => Json::Bool(true),
            Some(b'f') => Json::Bool(false),
            Some(b'n') => Json::Null,
            Some(_) => Json::Number(raw.to_owned()),
            None => return Err("empty document".to_owned()),
        })
    }

    /// An object from its members.
    pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A member of an object; `Null` when there is none or this is no object.
    pub(crate) fn get(&self, name: &str) -> &Json {
        match self {
            Json::Object(members) => members.get(name).unwrap_or(&Json::Null),
            _ => &Json::Null,
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Json) {
        if let Json::Object(members) = self {
            members.insert(name.to_owned(), value);
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Json::Object(members) = self {
            members.remove(name);
        }
    }

    pub(crate) fn list(&self) -> &[Json] {
        match self {
            Json::List(elements) => elements,
            _ => &[],
        }
    }

    /// The scalar as KRA's reader sees it: text as it is, a number as its digits, otherwise `None`.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) | Json::Number(text) => Some(text),
            _ => None,
        }
    }

    /// Like [`Json::text`], without the empty and the blank.
    pub(crate) fn filled(&self) -> Option<&str> {
        self.text().filter(|text| !text.trim().is_empty())
    }

    /// A number, also one that was sent as text.
    pub(crate) fn exact(&self) -> Option<Exact> {
        self.text().and_then(Exact::parse)
    }

    /// A member in hundredths, half up; `None` when it is absent, no number, or too large for any amount of KRA's.
    pub(crate) fn cents(&self, member: &str) -> Option<Cents> {
        self.get(member).exact().and_then(Exact::hundredths)
    }

    pub(crate) fn whole(&self) -> Option<u64> {
        self.exact().and_then(Exact::whole)
    }
}

/// Deepest nesting of a text that may or may not be JSON.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Json {
        Json::Number(number.to_string())
    }
}

impl From<Cents> for Json {
    fn from(amount: Cents) -> Json {
        Json::Number(amount.plain())
    }
}

impl From<Option<&str>> for Json {
    fn from(text: Option<&str>) -> Json {
        text.map_or(Json::Null, Json::from)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(digits) => {
                let raw = RawValue::from_string(digits.clone()).map_err(S::Error::custom)?;
                raw.serialize(serializer)
            }
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(element)?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"{"a":[1.10,12345678901234567890123.45,1E2],"b":{"c":"x\"y","d":null,"e":true}}"#;
        let json = Json::parse(text).expect("valid");
        assert_eq!(json.to_string(), text);
        assert_eq!(json.get("b").get("c").text(), Some("x\"y"));
    }

    #[test]
    fn refuses_what_is_not_json() {
        for bad in ["", "{", "[1,]", "{\"a\":01}", "nul", "{} {}", "\"\\ud800\""] {
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
        assert!(Json::parse(&("[".repeat(5000) + &"]".repeat(5000))).is_err());
        assert_eq!(depth(r#"{"a":["[[[\"[["],"b":{}}"#), 2);
    }
}
