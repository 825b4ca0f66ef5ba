//! Bodies against what a vector names of them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// Compares what the vector names with what is there: objects key by key, lists entry by entry, numbers as decimals.
pub(crate) fn compare(path: &str, expected: &str, found: &str, differences: &mut Vec<String>) {
    match expected.as_bytes()[0] {
        b'{' => {
            let expected: BTreeMap<String, &RawValue> = serde_json::from_str(expected).expect("an object");
            let Ok(found) = serde_json::from_str::<BTreeMap<String, &RawValue>>(found) else {
                return differences.push(format!("{path} is no object: {found}"));
            };
            for (key, expected) in expected {
                match found.get(&key) {
                    Some(found) => compare(&format!("{path}.{key}"), expected.get(), found.get(), differences),
                    None => differences.push(format!("{path}.{key} is not there")),
                }
            }
        }
        b'[' => {
            let expected: Vec<&RawValue> = serde_json::from_str(expected).expect("a list");
            let found: Vec<&RawValue> = serde_json::from_str(found).unwrap_or_default();
            if expected.len() != found.len() {
                return differences.push(format!("{path} has {} entries, expected {}", found.len(), expected.len()));
            }
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(&format!("{path}[{index}]"), expected.get(), found.get(), differences);
            }
        }
        b'-' | b'0'..=b'9' => {
            if expected.parse::<Decimal>().ok() != found.parse::<Decimal>().ok() {
                differences.push(format!("{path} is {found}, expected {expected}"));
            }
        }
        _ => {
            let text = |raw: &str| serde_json::from_str::<serde_json::Value>(raw).expect("JSON");
            if text(expected) != text(found) {
                differences.push(format!("{path} is {found}, expected {expected}"));
            }
        }
    }
}
