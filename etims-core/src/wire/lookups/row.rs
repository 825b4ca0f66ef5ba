//! Declares the rows of answers: fields with KRA's names, read tolerantly.

use rust_decimal::Decimal;

use super::super::answer_object::AnswerObject;

/// `Y` or `N`.
pub(super) fn flag(object: &AnswerObject<'_>, key: &str) -> Option<bool> {
    match object.text(key)?.as_str() {
        "Y" | "y" => Some(true),
        "N" | "n" => Some(false),
        _ => None,
    }
}

/// One decimal per tax band, A to E: `key` followed by the letter.
pub(super) fn bands(object: &AnswerObject<'_>, key: &str) -> [Option<Decimal>; 5] {
    ["A", "B", "C", "D", "E"].map(|band| object.decimal(&format!("{key}{band}")))
}

/// The Rust type of a kind of field.
macro_rules! kind {
    (key) => { String };
    (text) => { Option<String> };
    (number) => { Option<u64> };
    (decimal) => { Option<rust_decimal::Decimal> };
    (flag) => { Option<bool> };
    (moment) => { Option<crate::time::Timestamp> };
    (day) => { Option<chrono::NaiveDate> };
    (pin) => { Option<crate::pin::Pin> };
    (bands) => { [Option<rust_decimal::Decimal>; 5] };
    (receipt) => { Option<crate::wire::SignedReceipt> };
    (rows $row:ident) => { Vec<$row> };
}

/// How a kind of field is read.
macro_rules! read {
    (key, $object:ident, $key:literal) => {
        $object.text($key)?
    };
    (text, $object:ident, $key:literal) => {
        $object.text($key)
    };
    (number, $object:ident, $key:literal) => {
        $object.number($key)
    };
    (decimal, $object:ident, $key:literal) => {
        $object.decimal($key)
    };
    (flag, $object:ident, $key:literal) => {
        crate::wire::lookups::row::flag($object, $key)
    };
    (moment, $object:ident, $key:literal) => {
        $object.text($key).and_then(|text| crate::time::parse_wire_moment(&text))
    };
    (day, $object:ident, $key:literal) => {
        $object.text($key).and_then(|text| crate::time::parse_wire_date(&text))
    };
    (pin, $object:ident, $key:literal) => {
        $object.text($key).and_then(|text| crate::pin::Pin::parse(&text).ok())
    };
    (bands, $object:ident, $key:literal) => {
        crate::wire::lookups::row::bands($object, $key)
    };
    (receipt, $object:ident, $key:literal) => {
        $object.object($key).and_then(|receipt| crate::wire::SignedReceipt::from_object(&receipt).ok())
    };
    (rows $row:ident, $object:ident, $key:literal) => {
        $object.objects($key).iter().filter_map($row::read).collect()
    };
}

/// Declares rows. `Debug` shows the type's name and its key fields alone: rows hold names, phones and prices.
macro_rules! rows {
    ($(
        $(#[$doc:meta])*
        $name:ident $([$operation:ident, $list:literal])? {
            $( $(#[$field_doc:meta])* $field:ident: $kind:ident $($inner:ident)? = $key:literal, )+
        }
    )+) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, serde::Serialize)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_doc])* pub $field: kind!($kind $($inner)?), )+
        }

        impl $name {
            fn read(object: &crate::wire::answer_object::AnswerObject<'_>) -> Option<$name> {
                Some($name { $( $field: read!($kind $($inner)?, object, $key), )+ })
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        $(
            impl crate::wire::lookups::LookUpRow for $name {
                const OPERATION: crate::wire::Operation = crate::wire::Operation::$operation;
                const LIST: &'static str = $list;

                fn from_json(json: &str) -> Option<$name> {
                    crate::wire::answer_object::AnswerObject::parse(json).as_ref().and_then($name::read)
                }
            }
        )?
    )+ };
}

pub(super) use {kind, read, rows};
