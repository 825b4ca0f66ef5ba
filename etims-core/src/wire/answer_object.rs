use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// One JSON object of an answer, read tolerantly: KRA's servers put blanks inside keys, send numbers as strings and
/// strings as numbers, and leave out what they have not got. Numbers keep their digits; nothing passes through a float.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswerObject<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> AnswerObject<'a> {
    /// Reads an object; `None` for anything else.
    pub(crate) fn parse(json: &'a str) -> Option<AnswerObject<'a>> {
        let entries: BTreeMap<String, &'a RawValue> = serde_json::from_str(json).ok()?;
        let is_trimmed = |key: &String| key.trim().len() == key.len();
        if entries.keys().all(is_trimmed) {
            return Some(AnswerObject(entries));
        }
        Some(AnswerObject(entries.into_iter().map(|(key, value)| (key.trim().to_owned(), value)).collect()))
    }

    /// The JSON text under a key; `null` counts as absent.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).map(|value| value.get()).filter(|json| *json != "null")
    }

    /// Whether the key is there at all, `null` included.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A string, number or truth value as trimmed text; `None` when absent or blank.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        scalar(self.raw(key)?)
    }

    /// The first of several spellings of a key that has a value.
    pub(crate) fn text_of(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// A whole number, written as a number or as a string.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }

    /// An exact decimal, written as a number or as a string.
    pub(crate) fn decimal(&self, key: &str) -> Option<Decimal> {
        let text = self.text(key)?;
        text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
    }

    /// The object under a key.
    pub(crate) fn object(&self, key: &str) -> Option<AnswerObject<'a>> {
        AnswerObject::parse(self.raw(key)?)
    }

    /// The objects of the list under a key; empty when there is no such list.
    pub(crate) fn objects(&self, key: &str) -> Vec<AnswerObject<'a>> {
        self.raw_list(key).into_iter().filter_map(AnswerObject::parse).collect()
    }

    /// The JSON texts of the list under a key; empty when there is no such list.
    pub(crate) fn raw_list(&self, key: &str) -> Vec<&'a str> {
        let list: Vec<&'a RawValue> =
            self.raw(key).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        list.into_iter().map(RawValue::get).collect()
    }
}

fn scalar(json: &str) -> Option<String> {
    let text = match json.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(json).ok()?,
        b'{' | b'[' => return None,
        _ => json.to_owned(),
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_trimmed_and_numbers_may_be_strings() {
        let object = AnswerObject::parse(r#"{"curRcptNo ":"27"," totAmt":1044.10,"custTin":null,"n":12}"#).unwrap();
        assert_eq!(object.number("curRcptNo"), Some(27));
        assert_eq!(object.number("n"), Some(12));
        assert_eq!(object.decimal("totAmt"), Some("1044.10".parse().unwrap()));
        assert_eq!(object.text("custTin"), None);
        assert!(object.has("custTin"));
    }

    #[test]
    fn only_an_object_is_an_object() {
        for json in ["", "[]", "\"x\"", "12", "{", "<html>"] {
            assert!(AnswerObject::parse(json).is_none(), "{json}");
        }
    }
}
