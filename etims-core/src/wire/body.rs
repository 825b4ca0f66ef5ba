//! Writes request bodies: KRA's field names in KRA's order, amounts as exact JSON numbers.

use std::io::Write as _;

use rust_decimal::Decimal;

use super::limits::{self, cut};
use crate::money::{Amount, Percent, Quantity};
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
        let mut scale = number.scale();
        match i64::try_from(number.mantissa()) {
            Ok(mut digits @ 0..) if scale <= 2 => {
                while scale > 0 && digits % 10 == 0 {
                    (digits, scale) = (digits / 10, scale - 1);
                }
                let unit = 10_i64.pow(scale);
                let mut buffer = itoa::Buffer::new();
                self.bytes.extend_from_slice(buffer.format(digits / unit).as_bytes());
                if scale > 0 {
                    self.bytes.push(b'.');
                    // Adding the unit keeps the zeros behind the point; its leading 1 is left out.
                    self.bytes.extend_from_slice(&buffer.format(digits % unit + unit).as_bytes()[1..]);
                }
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
