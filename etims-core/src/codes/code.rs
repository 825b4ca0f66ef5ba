use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::CodeTable;

/// A value of one of KRA's code tables. Implemented by the types of this module only.
pub trait Coded: Copy + Eq + fmt::Debug + sealed::Sealed + 'static {
    /// The table the value belongs to.
    fn table() -> &'static CodeTable;

    /// Finds a code as KRA writes it; capital and small letters are the same.
    fn from_code(code: &str) -> Option<Self>;

    /// What goes over the wire.
    fn code(self) -> &'static str;

    /// What it stands for, in KRA's words.
    fn name(self) -> &'static str;

    /// How our own documents write it.
    fn word(self) -> &'static str {
        self.code()
    }

    /// Reads what [`Coded::word`] gives.
    fn from_word(word: &str) -> Option<Self> {
        Self::from_code(word)
    }
}

pub(super) mod sealed {
    /// Keeps `Coded` to this crate, so that it can grow.
    pub trait Sealed {}
}

/// A code that may be newer than this library: one of the table, or any other text, which then survives unchanged.
///
/// In JSON it is the code itself (`"06"`); the word of our documents is understood as well where the table has words.
/// A text that is neither becomes [`Code::Unknown`], which the rules report where KRA would refuse it.
///
/// ```
/// use etims_core::codes::{Code, CreditReason};
///
/// let known: Code<CreditReason> = serde_json::from_str("\"06\"")?;
/// assert_eq!(known, Code::Known(CreditReason::Refund));
/// let newer: Code<CreditReason> = serde_json::from_str("\"27\"")?;
/// assert_eq!(serde_json::to_string(&newer)?, "\"27\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Code<T> {
    /// A code of the table.
    Known(T),
    /// A code that is not in the table, as it was written.
    Unknown(String),
}

impl<T: Coded> Code<T> {
    /// Takes a code as KRA writes it, blanks at both ends dropped.
    pub fn new(code: &str) -> Code<T> {
        let code = code.trim();
        T::from_code(code).map_or_else(|| Code::Unknown(code.to_owned()), Code::Known)
    }

    /// The value, if the code is in the table.
    pub fn known(&self) -> Option<T> {
        match self {
            Code::Known(value) => Some(*value),
            Code::Unknown(_) => None,
        }
    }

    /// What goes over the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Code::Known(value) => value.code(),
            Code::Unknown(code) => code,
        }
    }

    /// What it stands for, in KRA's words, if the code is in the table.
    pub fn name(&self) -> Option<&'static str> {
        self.known().map(T::name)
    }
}

impl<T: Coded> From<T> for Code<T> {
    fn from(value: T) -> Code<T> {
        Code::Known(value)
    }
}

impl<T: Coded> PartialEq<T> for Code<T> {
    fn eq(&self, other: &T) -> bool {
        self.known() == Some(*other)
    }
}

impl<T: Coded> fmt::Display for Code<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: Coded> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: Coded> Deserialize<'de> for Code<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Code<T>, D::Error> {
        struct Text<T>(PhantomData<T>);
        impl<T: Coded> Visitor<'_> for Text<T> {
            type Value = Code<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "the code of a {}, as a string", T::table().title())
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Code<T>, E> {
                Ok(T::from_word(text).map_or_else(|| Code::new(text), Code::Known))
            }
        }
        deserializer.deserialize_str(Text(PhantomData))
    }
}

impl<T: Coded + JsonSchema> JsonSchema for Code<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Code", T::schema_name()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let table = T::table();
        let described = match table.class() {
            Some(class) => format!("Code of a {} (eTIMS code class {class})", table.title()),
            None => format!("Code of a {}", table.title()),
        };
        let examples: Vec<_> = table.rows().iter().take(20).map(|row| row.code).collect();
        json_schema!({ "type": "string", "minLength": 1, "description": described, "examples": examples })
    }
}
