use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{CodeRow, CodeTable, Coded};

/// Declares a long code table: a copyable reference into the rows of a data file.
macro_rules! listed_codes {
    ($(#[$doc:meta])* $name:ident, class $class:expr, title $title:literal, file $file:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(&'static CodeRow);

        impl $name {
            /// The whole table, sorted by code.
            pub fn table() -> &'static CodeTable {
                static TABLE: LazyLock<CodeTable> =
                    LazyLock::new(|| CodeTable::from_tsv($class, $title, include_str!(concat!("../../data/codes/", $file))));
                &TABLE
            }

            /// Every value, sorted by code.
            pub fn all() -> impl Iterator<Item = $name> {
                $name::table().rows().iter().map($name)
            }

            /// Finds a code as KRA writes it; capital and small letters are the same.
            pub fn from_code(code: &str) -> Option<$name> {
                $name::table().sorted_row(code).map($name)
            }

            /// What a person may mean by this text, best first: the code itself, names that begin with the text, names
            /// that contain it. Capital and small letters are the same; an empty text finds nothing.
            pub fn search(text: &str) -> impl Iterator<Item = $name> {
                $name::table().search(text).map($name)
            }

            /// What goes over the wire.
            pub fn code(self) -> &'static str {
                self.0.code
            }

            /// What it stands for, in KRA's words.
            pub fn name(self) -> &'static str {
                self.0.name
            }
        }

        impl super::code::sealed::Sealed for $name {}

        impl Coded for $name {
            fn table() -> &'static CodeTable {
                $name::table()
            }
            fn from_code(code: &str) -> Option<$name> {
                $name::from_code(code)
            }
            fn code(self) -> &'static str {
                self.0.code
            }
            fn name(self) -> &'static str {
                self.0.name
            }
        }

        impl fmt::Display for $name {
            /// The code.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.0.code)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.code)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "the code of a {}, as a string", $title)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::from_code(text.trim()).ok_or_else(|| {
                            E::custom(concat!("unknown ", $title, ": not a code of KRA's list, see docs/codes.md"))
                        })
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let codes: Vec<_> = $name::all().map($name::code).collect();
                json_schema!({ "type": "string", "description": concat!("Code of a ", $title), "enum": codes })
            }
        }
    };
}

pub(super) use listed_codes;

listed_codes!(
    /// A country (eTIMS `orgnNatCd`, `exptNatCd`). KRA's own list, not ISO 3166: UK and GB are both in it, so are countries
    /// that no longer exist (AN, CS, TP, YU, ZR), while South Sudan and Kosovo are not.
    Country, class Some("05"), title "country", file "countries.tsv"
);
listed_codes!(
    /// How goods are packed (eTIMS `pkgUnitCd`). These 52 and no others pass item registration at the gateway; NT ("net")
    /// is what is used for goods without packaging.
    PackagingUnit, class Some("17"), title "packaging unit", file "packaging_units.tsv"
);
listed_codes!(
    /// What a quantity counts or measures (eTIMS `qtyUnitCd`): U pieces, NO number, KG, LTR, … Customs lines carry other
    /// units (KGM), which are not in this table.
    QuantityUnit, class Some("10"), title "quantity unit", file "quantity_units.tsv"
);
listed_codes!(
    /// A currency, three letters as in ISO 4217 (eTIMS `invcFcurCd` of customs lines; sales are always in KES).
    Currency, class Some("33"), title "currency", file "currencies.tsv"
);
listed_codes!(
    /// A bank. In KRA's live list only; no call carries it.
    Bank, class Some("36"), title "bank", file "banks.tsv"
);
listed_codes!(
    /// A tax office of KRA. In KRA's live list only; no call carries it.
    TaxOffice, class Some("45"), title "tax office", file "tax_offices.tsv"
);

impl Country {
    /// Kenya, `KE`: the origin when nothing else is said.
    pub fn kenya() -> Country {
        Country::from_code("KE").expect("KRA's list of countries has Kenya")
    }
}

impl Currency {
    /// The Kenyan shilling, `KES`: every amount on the wire.
    pub fn kenyan_shilling() -> Currency {
        Currency::from_code("KES").expect("KRA's list of currencies has the shilling")
    }
}

/// What people write instead of KRA's code. Our advice, not KRA's.
const UNIT_SLIPS: [(&str, &str); 18] = [
    ("EA", "NO"),
    ("EACH", "NO"),
    ("PC", "NO"),
    ("PCE", "NO"),
    ("PCS", "NO"),
    ("PIECE", "NO"),
    ("PIECES", "NO"),
    ("UNIT", "NO"),
    ("UNT", "NO"),
    ("XU", "NO"),
    ("KGM", "KG"),
    ("KGS", "KG"),
    ("LT", "LTR"),
    ("LTS", "LTR"),
    ("G", "GRM"),
    ("DOZ", "DZ"),
    ("PKT", "PA"),
    ("MT", "TNE"),
];

/// The same for packaging: KRA has no code for "each", and BX is refused although the live list shows it.
const PACKAGING_SLIPS: [(&str, &str); 10] = [
    ("EA", "NT"),
    ("EACH", "NT"),
    ("PC", "NT"),
    ("PCS", "NT"),
    ("UNIT", "NT"),
    ("UNT", "NT"),
    ("NO", "NT"),
    ("BX", "CT"),
    ("BOX", "CT"),
    ("BT", "BQ"),
];

impl QuantityUnit {
    /// Number, `NO`: what single things are counted in.
    pub fn number() -> QuantityUnit {
        QuantityUnit::from_code("NO").expect("KRA's list of units has NO")
    }

    /// The code somebody probably means by a text that is not in KRA's list, such as `PCS` or `kilogram`.
    pub fn suggest(text: &str) -> Option<QuantityUnit> {
        let meant = slip(&UNIT_SLIPS, text).and_then(QuantityUnit::from_code);
        meant.or_else(|| QuantityUnit::search(text).next())
    }
}

impl PackagingUnit {
    /// Net, `NT`: no packaging worth naming.
    pub fn net() -> PackagingUnit {
        PackagingUnit::from_code("NT").expect("KRA's list of packaging units has NT")
    }

    /// The code somebody probably means by a text that is not in KRA's list, such as `BOX` or `bottle`.
    pub fn suggest(text: &str) -> Option<PackagingUnit> {
        let meant = slip(&PACKAGING_SLIPS, text).and_then(PackagingUnit::from_code);
        meant.or_else(|| PackagingUnit::search(text).next())
    }
}

fn slip(slips: &[(&'static str, &'static str)], text: &str) -> Option<&'static str> {
    slips.iter().find(|(written, _)| written.eq_ignore_ascii_case(text.trim())).map(|(_, meant)| *meant)
}
