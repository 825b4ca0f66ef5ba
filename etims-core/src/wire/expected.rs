use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What KRA said it had expected instead of what was sent, read out of its refusal.
///
/// KRA writes it in several ways: `expected: 9 but found: 8`, `Expected: 86.21, But Found: 100.00`,
/// `use the expected value: 9`, `Expected sequence ending with: ********13`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The value KRA wants.
    pub value: Decimal,
    /// The value KRA says it was sent.
    pub found: Option<Decimal>,
    /// The line of the document it speaks of, counted from 1.
    pub line: Option<u32>,
}

impl Expected {
    /// Reads KRA's text; `None` when it names no number as expected.
    pub fn read(text: &str) -> Option<Expected> {
        let text = text.to_ascii_lowercase();
        let value = after(&text, "expected").find_map(|rest| {
            let rest = rest.trim_start();
            let rest =
                ["value", "sequence ending with"].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
            leading_number(rest.trim_start().strip_prefix(':').unwrap_or(rest).trim_start().trim_start_matches('*'))
        })?;
        let found = ["found", "invc no"].iter().find_map(|word| {
            after(&text, word).find_map(|rest| leading_number(rest.trim_start().trim_start_matches(':').trim_start()))
        });
        let line = ["item:", "itemlist", "itemseq"].iter().find_map(|word| {
            after(&text, word).find_map(|rest| {
                let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            })
        });
        Some(Expected { value, found, line })
    }

    /// The expected value as a sequence number, when it can be one.
    pub fn sequence(&self) -> Option<u64> {
        u64::try_from(self.value).ok().filter(|number| *number > 0 && self.value.is_integer())
    }
}

/// Everything that follows each occurrence of `word`.
fn after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).map(move |(at, _)| &text[at + word.len()..])
}

fn leading_number(text: &str) -> Option<Decimal> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(text.len());
    text[..end].trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_that_is_known() {
        #[rustfmt::skip]
        let texts = [
            ("Invalid taxblAmt on item: 1. Expected: 86.21, But Found: 100.00", "86.21", Some("100.00"), Some(1)),
            ("Validation failed | Rule taxRtB failed: Tax rate mismatch. Expected: 16.00, Found: 0.0", "16.00", Some("0.0"), None),
            ("Invalid pkg for ItemList 2. Expected: 1, Found: 0", "1", Some("0"), Some(2)),
            ("Invalid taxblAmt... Expected: 1122.47, But Found: 1122.00", "1122.47", Some("1122.00"), None),
            ("Invalid invcNo sequence, expected: 9 but found: 8", "9", Some("8"), None),
            ("Invc No: 8 is invalid, use the expected value: 9", "9", Some("8"), None),
            ("Invalid sarNo: Expected: 10 but found: 15", "10", Some("15"), None),
            ("Invalid itemCd Sequence. Expected sequence ending with: ********13", "13", None, None),
            ("rsdQty mismatch. Expected: 0.0 but found: 150", "0.0", Some("150"), None),
        ];
        for (text, value, found, line) in texts {
            let read = Expected::read(text).unwrap_or_else(|| panic!("nothing read from {text}"));
            assert_eq!(read.value, value.parse().unwrap(), "{text}");
            assert_eq!(read.found, found.map(|found| found.parse().unwrap()), "{text}");
            assert_eq!(read.line, line, "{text}");
        }
    }

    #[test]
    fn texts_without_a_number_say_nothing() {
        for text in [
            "",
            "Expected a value for totAmt on item: 1 but it is empty or null",
            "spplrNm … does not match the expected value",
            "Invalid invcNo sequence, expected: N but found: M",
            "expected",
            "expected: -",
        ] {
            assert_eq!(Expected::read(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_positive_whole_number_is_a_sequence() {
        let sequence = |text| Expected::read(text).unwrap().sequence();
        assert_eq!(sequence("expected: 9 but found: 8"), Some(9));
        assert_eq!(sequence("expected: 9.0 but found: 8"), Some(9));
        assert_eq!(sequence("expected: 0 but found: 8"), None);
        assert_eq!(sequence("expected: 0.5"), None);
        assert_eq!(sequence("expected: -3"), None);
    }
}
