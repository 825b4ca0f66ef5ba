//! JSON whose numbers keep their digits.

use std::collections::BTreeMap;

use compact_str::{CompactString, ToCompactString};
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use crate::number::{Cents, Exact};

/// Deepest nesting that is read; KRA's documents have three levels.
const MAX_DEPTH: usize = 16;

/// One JSON value. A number is kept as its text. Hardly a name or a text of KRA's documents is longer than what a compact
/// string holds by itself: a sale of ten lines has five hundred.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(CompactString),
    Text(CompactString),
    List(Vec<Json>),
    Object(BTreeMap<CompactString, Json>),
}

impl Json {
    /// Reads a document. The error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Json, String> {
        let whole: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Cutter { rest: whole.get() }.value(0)
    }

    /// An object from its members.
    pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
        Json::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
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
            members.insert(name.into(), value);
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

/// Cuts a text that serde_json has found to be JSON into values. serde_json itself makes floats of the numbers, or reads
/// every level once more for the level above it.
struct Cutter<'a> {
    rest: &'a str,
}

impl<'a> Cutter<'a> {
    fn value(&mut self, depth: usize) -> Result<Json, String> {
        Ok(match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => return Err(format!("nested deeper than {MAX_DEPTH} levels")),
            Some(b'{') => {
                let mut members = BTreeMap::new();
                while self.has_more(b'}') {
                    let name = self.text()?;
                    self.peek();
                    self.step();
                    members.insert(name, self.value(depth + 1)?);
                }
                Json::Object(members)
            }
            Some(b'[') => {
                let mut elements = Vec::new();
                while self.has_more(b']') {
                    elements.push(self.value(depth + 1)?);
                }
                Json::List(elements)
            }
            Some(b'"') => Json::Text(self.text()?),
            Some(_) => match self.scalar() {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                number => Json::Number(number.into()),
            },
            None => return Err("empty document".to_owned()),
        })
    }

    /// The next byte that is no space, and everything before it is over.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.bytes().next()
    }

    /// Steps over one byte.
    fn step(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// Steps over what stands before a member or an element, the bracket or a comma, and in the end over `close`.
    fn has_more(&mut self, close: u8) -> bool {
        if self.peek() != Some(close) {
            self.step();
        }
        let more = self.peek() != Some(close);
        if !more {
            self.step();
        }
        more
    }

    fn text(&mut self) -> Result<CompactString, String> {
        self.peek();
        let inner = self.rest.get(1..).unwrap_or_default();
        let end = inner.bytes().position(|byte| matches!(byte, b'"' | b'\\'));
        if let Some(end) = end.filter(|end| inner.as_bytes()[*end] == b'"') {
            self.rest = &inner[end + 1..];
            return Ok(inner[..end].into());
        }
        let mut escaped = false;
        let end = inner.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let (text, rest) = self.rest.split_at(end.map_or(self.rest.len(), |end| end + 2));
        self.rest = rest;
        serde_json::from_str::<String>(text).map(CompactString::from).map_err(|error| error.to_string())
    }

    fn scalar(&mut self) -> &'a str {
        let ends = |byte: u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
        let end = self.rest.bytes().position(ends);
        let (scalar, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        scalar
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text.into())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Json {
        Json::Number(number.to_compact_string())
    }
}

impl From<Cents> for Json {
    fn from(amount: Cents) -> Json {
        Json::Number(amount.plain().into())
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
                let raw = RawValue::from_string(digits.to_string()).map_err(S::Error::custom)?;
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
                    map.serialize_entry(name.as_str(), value)?;
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
    fn cuts_where_serde_json_cuts() {
        let text = "{ \"\" : [ ] , \"a\\\\\" :\n[ { } , [ [ ] ] , -0.5e-3 , \"]}, \\\" \\u00e9 é\" , true ] , \"b\" : null , \"b\" : \"last\" }";
        let json = Json::parse(text).expect("valid");
        let theirs: serde_json::Value = serde_json::from_str(text).expect("valid");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json.to_string()).expect("valid"), theirs);
        assert_eq!(json.get("b").text(), Some("last"));
        assert_eq!(json.get("a\\").list()[2], Json::Number("-0.5e-3".into()));
    }

    #[test]
    fn refuses_what_is_not_json() {
        for bad in ["", "{", "[1,]", "{\"a\":01}", "nul", "{} {}", "\"\\ud800\"", "\"a\nb\""] {
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Json::parse(&nested(MAX_DEPTH)).is_ok());
        assert!(Json::parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(Json::parse(&nested(5000)).is_err());
    }
}
