//! Writes request bodies: KRA's field names in KRA's order, amounts as exact JSON numbers.

use std::io::Write as _;

use rust_decimal::Decimal;

use super::limits::{self, cut};
use crate::money::{Amount, Digits, Percent, Quantity};
use crate::party::Operator;

/// Written into `regrId` and its kin when a document has no operator.
const NO_OPERATOR: &str = "sdk";

/// One JSON object while it is written.
pub(super) struct Body {
    bytes: Vec<u8>,
}

impl Body {
    pub(super) fn new(capacity: usize) -> Body {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.push(b'{');
        Body { bytes }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(b'}');
        self.bytes
    }

    fn key(&mut self, key: &str) {
        if !matches!(self.bytes.last(), Some(b'{' | b'[')) {
            self.bytes.push(b',');
        }
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }

    pub(super) fn text(&mut self, key: &str, text: &str) -> &mut Body {
        self.key(key);
        serde_json::to_writer(&mut self.bytes, text).expect("a string is always written");
        self
    }

    /// A text, or `null` when there is none.
    pub(super) fn optional(&mut self, key: &str, text: Option<&str>) -> &mut Body {
        match text {
            Some(text) => self.text(key, text),
            None => self.null(key),
        }
    }

    pub(super) fn null(&mut self, key: &str) -> &mut Body {
        self.key(key);
        self.bytes.extend_from_slice(b"null");
        self
    }

    pub(super) fn integer(&mut self, key: &str, number: u64) -> &mut Body {
        self.key(key);
        self.bytes.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self
    }

    /// Without trailing zeros. Numbers are half of a body: the common small ones take the short way.
    fn decimal(&mut self, key: &str, number: Decimal) -> &mut Body {
        self.key(key);
        let mut decimals = number.scale();
        match u64::try_from(number.mantissa()) {
            Ok(mut units) if decimals <= 2 => {
                while decimals > 0 && units % 10 == 0 {
                    (units, decimals) = (units / 10, decimals - 1);
                }
                self.bytes.extend_from_slice(Digits::new(units, decimals).as_str().as_bytes());
            }
            _ => write!(self.bytes, "{}", number.normalize()).expect("writing to memory"),
        }
        self
    }

    pub(super) fn amount(&mut self, key: &str, amount: Amount) -> &mut Body {
        self.decimal(key, amount.decimal())
    }

    pub(super) fn quantity(&mut self, key: &str, quantity: Quantity) -> &mut Body {
        self.decimal(key, quantity.decimal())
    }

    pub(super) fn percent(&mut self, key: &str, percent: Percent) -> &mut Body {
        self.decimal(key, percent.decimal())
    }

    pub(super) fn object(&mut self, key: &str, write: impl FnOnce(&mut Body)) -> &mut Body {
        self.key(key);
        self.bytes.push(b'{');
        write(self);
        self.bytes.push(b'}');
        self
    }

    pub(super) fn list<T>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Body, T),
    ) -> &mut Body {
        self.key(key);
        self.bytes.push(b'[');
        for (index, value) in values.into_iter().enumerate() {
            self.bytes.extend_from_slice(if index == 0 { b"{" } else { b",{" });
            write(self, value);
            self.bytes.push(b'}');
        }
        self.bytes.push(b']');
        self
    }

    /// Who registered and who changed the record: the operator, or the SDK where nobody is named.
    pub(super) fn operator(&mut self, operator: &Operator) -> &mut Body {
        let id = operator.id.as_deref().unwrap_or(NO_OPERATOR);
        let name = cut(operator.name.as_deref().unwrap_or(id), limits::REGISTRANT_NAME);
        self.text("regrId", id).text("regrNm", name).text("modrId", id).text("modrNm", name)
    }
}
