//! Numbers as they stand on paper: thousands apart, two decimals, negative on a credit note.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::money::{Amount, UnitPrice};
use crate::time::{EAST_AFRICA, Timestamp};

/// Prints the amounts of one document. Credit notes are negative on paper and positive on the wire.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    pub(super) negative: bool,
}

impl Figures {
    /// `29,000.00`, or `-29,000.00` on a credit note; nothing is never negative.
    pub(super) fn money(self, amount: Amount) -> String {
        self.grouped(amount.decimal(), 2)
    }

    /// Two decimals, or as many as the price has.
    pub(super) fn price(self, price: UnitPrice) -> String {
        self.grouped(price.decimal(), price.decimals().max(2))
    }

    /// `(50.00)`: taken off. On a credit note the discount itself is taken back: `(-50.00)`.
    pub(super) fn taken_off(self, amount: Amount) -> String {
        format!("({})", self.money(amount))
    }

    fn grouped(self, value: Decimal, decimals: u32) -> String {
        let mut value = if self.negative { -value } else { value };
        value.rescale(decimals);
        let digits = value.abs().to_string();
        let whole = digits.find('.').unwrap_or(digits.len());
        let mut text = String::with_capacity(digits.len() + whole / 3 + 1);
        if value.is_sign_negative() && !value.is_zero() {
            text.push('-');
        }
        for (index, digit) in digits.char_indices() {
            if index > 0 && index < whole && (whole - index) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }
}

/// `17/09/2026`.
pub(super) fn date(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// Date and time in Nairobi: `17/09/2026` and `14:09:28`.
pub(super) fn clock(moment: Timestamp) -> (String, String) {
    let local = moment.with_timezone(&EAST_AFRICA);
    (date(local.date_naive()), local.format("%H:%M:%S").to_string())
}

/// Groups of four with dashes: `FIYM-CYL3-35SB-B4U3`. Dashes that are there already do not count.
pub(super) fn dashed(code: &str) -> String {
    let mut text = String::with_capacity(code.len() * 5 / 4);
    for (index, character) in code.chars().filter(|c| *c != '-').enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push('-');
        }
        text.push(character);
    }
    text
}
