use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::closed::closed_codes;
use super::listed::listed_codes;
use super::{CodeRow, CodeTable, Coded};

closed_codes! {
    /// Level in the tree of item classes.
    CategoryLevel, class Some("49"), title "category level", source "live code list",
    /// Widest: two digits matter. KRA's list misspells it.
    Segment = "1", "segment", "Sagement";
    /// Four digits matter.
    Family = "2", "family", "Family";
    /// Six digits matter.
    Class = "3", "class", "Class";
    /// All eight digits matter.
    Commodity = "4", "commodity", "Commodity";
}

listed_codes!(
    /// One of a thousand item classes of KRA's list (eTIMS `itemClsCd`), for finding a class by name without asking KRA.
    ///
    /// The whole list has tens of thousands of rows and differs between KRA's systems: the gateway refuses a class that is
    /// not in its own, shorter list. Take what you send from KRA's answer; a class not found here may well be right.
    /// Classes beginning with 99 are the groups of the VAT Act.
    ItemClass, class None, title "item class", file "item_classes.tsv"
);

impl ItemClass {
    /// The level, read off the trailing zeros of an eight-digit code (the finer ten-digit classes are not in the sample).
    pub fn level(self) -> CategoryLevel {
        let significant = self.code().trim_end_matches('0').len().div_ceil(2);
        CategoryLevel::ALL[significant.clamp(1, 4) - 1]
    }
}
