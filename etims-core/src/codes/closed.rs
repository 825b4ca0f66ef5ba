/// Declares a short code table as an enum: `Variant = "code", "word", "KRA's name"`.
///
/// The word is how our own documents write the value; it equals the code where the code is what people know (tax
/// letters, credit-note reasons).
macro_rules! closed_codes {
    (
        $(#[$doc:meta])*
        $name:ident, class $class:expr, title $title:literal, source $source:literal,
        $( $(#[$variant_doc:meta])* $variant:ident = $code:literal, $word:literal, $kra_name:literal; )+
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )+
        }

        impl $name {
            /// Every value, in KRA's order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            const ROWS: &'static [$crate::codes::CodeRow] =
                &[$($crate::codes::CodeRow { code: $code, word: $word, name: $kra_name }),+];

            /// The table with KRA's class number and the source of its rows.
            pub fn table() -> &'static $crate::codes::CodeTable {
                static TABLE: $crate::codes::CodeTable =
                    $crate::codes::CodeTable::new($class, $title, $source, std::borrow::Cow::Borrowed($name::ROWS));
                &TABLE
            }

            /// Finds a code as KRA writes it; capital and small letters are the same.
            pub fn from_code(code: &str) -> Option<$name> {
                let found = $name::ROWS.iter().position(|row| row.code.eq_ignore_ascii_case(code));
                found.map(|index| $name::ALL[index])
            }

            /// Reads what `word()` gives.
            pub fn from_word(word: &str) -> Option<$name> {
                $name::ROWS.iter().position(|row| row.word == word).map(|index| $name::ALL[index])
            }

            /// What goes over the wire.
            pub fn code(self) -> &'static str {
                $name::ROWS[self as usize].code
            }

            /// What it stands for, in KRA's words.
            pub fn name(self) -> &'static str {
                $name::ROWS[self as usize].name
            }

            /// How our own documents write it, in JSON and on the command line.
            pub fn word(self) -> &'static str {
                $name::ROWS[self as usize].word
            }
        }

        impl $crate::codes::code::sealed::Sealed for $name {}

        impl $crate::codes::Coded for $name {
            fn table() -> &'static $crate::codes::CodeTable {
                $name::table()
            }
            fn from_code(code: &str) -> Option<$name> {
                $name::from_code(code)
            }
            fn code(self) -> &'static str {
                self.code()
            }
            fn name(self) -> &'static str {
                self.name()
            }
            fn word(self) -> &'static str {
                self.word()
            }
            fn from_word(word: &str) -> Option<$name> {
                $name::from_word(word)
            }
        }

        impl std::fmt::Display for $name {
            /// The word of our own documents.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Word;
                impl serde::de::Visitor<'_> for Word {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(f, "a {}, one of {}", $title, $crate::codes::closed::words($name::ROWS))
                    }
                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$name, E> {
                        $name::from_word(word).ok_or_else(|| {
                            let words = $crate::codes::closed::words($name::ROWS);
                            E::custom(format_args!("unknown {}, expected one of {words}", $title))
                        })
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let values: Vec<_> = $name::ALL
                    .iter()
                    .map(|value| serde_json::json!({ "const": value.word(), "description": value.name() }))
                    .collect();
                schemars::json_schema!({ "type": "string", "oneOf": values })
            }
        }
    };
}

pub(super) use closed_codes;

/// The words of a table, for error messages.
pub(super) fn words(rows: &[super::CodeRow]) -> String {
    rows.iter().map(|row| row.word).collect::<Vec<_>>().join(", ")
}
