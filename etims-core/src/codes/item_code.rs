use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Country, ItemType, PackagingUnit, QuantityUnit};

/// The code under which an item is registered and sold (eTIMS `itemCd`): any 1 to 20 characters, unique per taxpayer.
///
/// KRA composes it of country of origin, item type, packaging unit, quantity unit and a running number of seven digits:
/// `KE2NTNO0000001`. Only the gateway checks this, and only when an item is registered; codes of other make that KRA has
/// accepted go on being used. So reading is lenient, [`ItemCode::parts`] tells what can be recognised,
/// [`ItemCode::build`] writes the form that every dialect accepts, and [`ItemCode::check_parts`] is the gateway's check.
///
/// ```
/// use etims_core::codes::{Country, ItemCode, ItemType, PackagingUnit, QuantityUnit};
///
/// let code = ItemCode::build(Country::kenya(), ItemType::Goods, PackagingUnit::net(), QuantityUnit::number(), 1)?;
/// assert_eq!(code.as_str(), "KE2NTNO0000001");
/// assert_eq!(code.item_type(), Some(ItemType::Goods));
///
/// let own = ItemCode::parse("SKU 4711/blue")?;
/// assert_eq!(own.parts(), None);
///
/// let metre = QuantityUnit::from_code("MTR").expect("a unit of KRA's list");
/// let refused = ItemCode::build(Country::kenya(), ItemType::Goods, PackagingUnit::net(), metre, 1).unwrap_err();
/// assert!(refused.to_string().contains("4B, AV, BA"));
/// # Ok::<(), etims_core::codes::ItemCodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemCode(String);

/// What a composed item code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemCodeParts {
    /// Country of origin.
    pub origin: Country,
    /// Raw material, goods or service.
    pub item_type: ItemType,
    /// Packaging unit.
    pub packaging: PackagingUnit,
    /// Quantity unit.
    pub unit: QuantityUnit,
    /// Running number.
    pub number: u64,
    /// Digits the running number is written with: 7 by the rule, 8 and more are met.
    pub digits: u8,
}

/// Why an item code cannot be used or built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemCodeError {
    /// Nothing but blanks.
    #[error("the item code is empty: give 1 to 20 characters")]
    Empty,
    /// More characters than KRA stores. A code is never cut, since another item may begin the same way.
    #[error("an item code has at most 20 characters, this has {found}: choose a shorter code, it is never cut")]
    TooLong {
        /// How many characters there are.
        found: usize,
    },
    /// A line break, tab or another character that cannot be printed.
    #[error("character {position} of the item code cannot be printed: remove line breaks, tabs and control characters")]
    NotPrintable {
        /// Counted from 1.
        position: usize,
    },
    /// A quantity unit that the gateway cannot find again inside the code.
    #[error("{}", unit_explained("quantity unit", .unit.code(), .unit.name(), "NO", usable_units()))]
    QuantityUnitWidth {
        /// The unit of one or three letters.
        unit: QuantityUnit,
    },
    /// The same for the packaging unit, of which only CTN has three letters.
    #[error("{}", unit_explained("packaging unit", .packaging.code(), .packaging.name(), "CT", usable_packaging()))]
    PackagingUnitWidth {
        /// The packaging unit of three letters.
        packaging: PackagingUnit,
    },
    /// The running number is 0 or does not fit.
    #[error(
        "the running number of an item code goes from 1 to {}, counted per taxpayer over all items",
        ItemCode::MAX_NUMBER
    )]
    Number,
    /// The code does not begin as the item's own fields demand.
    #[error(
        "the code of this item must begin with {expected} (origin, item type, packaging, quantity unit) and end in a running number of 7 digits, such as {expected}0000001"
    )]
    Mismatch {
        /// The beginning that agrees with the item's fields.
        expected: String,
    },
}

impl ItemCode {
    /// Most characters KRA stores.
    pub const MAX_LENGTH: usize = 20;
    /// Largest running number: eight digits.
    pub const MAX_NUMBER: u32 = 99_999_999;

    /// Takes a code as it is: 1 to 20 printable characters, composed or not.
    ///
    /// # Errors
    /// [`ItemCodeError::Empty`], [`ItemCodeError::TooLong`], [`ItemCodeError::NotPrintable`].
    pub fn parse(text: &str) -> Result<ItemCode, ItemCodeError> {
        if text.trim().is_empty() {
            return Err(ItemCodeError::Empty);
        }
        let found = text.chars().count();
        if found > ItemCode::MAX_LENGTH {
            return Err(ItemCodeError::TooLong { found });
        }
        match text.chars().position(char::is_control) {
            Some(index) => Err(ItemCodeError::NotPrintable { position: index + 1 }),
            None => Ok(ItemCode(text.to_owned())),
        }
    }

    /// Composes a code that every dialect accepts: units of two letters, seven digits (eight beyond 9,999,999).
    ///
    /// The number is the next one of the taxpayer: KRA counts over all prefixes together.
    ///
    /// # Errors
    /// [`ItemCodeError::QuantityUnitWidth`], [`ItemCodeError::PackagingUnitWidth`] with the units that can be used, and
    /// [`ItemCodeError::Number`].
    pub fn build(
        origin: Country,
        item_type: ItemType,
        packaging: PackagingUnit,
        unit: QuantityUnit,
        number: u32,
    ) -> Result<ItemCode, ItemCodeError> {
        let prefix = prefix(origin, item_type, packaging, unit)?;
        match number {
            1..=ItemCode::MAX_NUMBER => Ok(ItemCode(format!("{prefix}{number:07}"))),
            _ => Err(ItemCodeError::Number),
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the code says, if it is composed by KRA's rule; the most likely reading when there are several.
    pub fn parts(&self) -> Option<ItemCodeParts> {
        readings(&self.0).min_by_key(unlikeliness)
    }

    /// Every way to read the code, most likely first.
    ///
    /// Units have one to three letters and nothing marks where one ends, so `KE2NTM20000001` may be square metres (`M2`)
    /// with seven digits or metres (`M`) with eight. Two letters and seven digits come first.
    pub fn readings(&self) -> Vec<ItemCodeParts> {
        let mut found: Vec<_> = readings(&self.0).collect();
        found.sort_by_key(unlikeliness);
        found
    }

    /// The item type the code says; `None` when it is not composed.
    pub fn item_type(&self) -> Option<ItemType> {
        self.any_reading().map(|parts| parts.item_type)
    }

    /// The country of origin the code says; `None` when it is not composed.
    pub fn origin(&self) -> Option<Country> {
        self.any_reading().map(|parts| parts.origin)
    }

    /// Country and type stand at fixed places: every reading agrees on them.
    pub(crate) fn any_reading(&self) -> Option<ItemCodeParts> {
        readings(&self.0).next()
    }

    /// The gateway's check when an item is registered: the code repeats the item's own fields, in two letters each, and
    /// ends in a running number of seven or eight digits.
    ///
    /// # Errors
    /// [`ItemCodeError::QuantityUnitWidth`] and [`ItemCodeError::PackagingUnitWidth`] when the item's units cannot stand
    /// inside any code (register it under another unit), [`ItemCodeError::Mismatch`] with the beginning that would agree,
    /// [`ItemCodeError::Number`] when the running number is 0.
    pub fn check_parts(
        &self,
        origin: Country,
        item_type: ItemType,
        packaging: PackagingUnit,
        unit: QuantityUnit,
    ) -> Result<(), ItemCodeError> {
        let expected = prefix(origin, item_type, packaging, unit)?;
        match self.0.strip_prefix(&expected) {
            Some(digits) if matches!(digits.len(), 7 | 8) && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                if digits.bytes().all(|byte| byte == b'0') {
                    Err(ItemCodeError::Number)
                } else {
                    Ok(())
                }
            }
            _ => Err(ItemCodeError::Mismatch { expected }),
        }
    }
}

/// Country, type and both units, where both units have two letters.
fn prefix(
    origin: Country,
    item_type: ItemType,
    packaging: PackagingUnit,
    unit: QuantityUnit,
) -> Result<String, ItemCodeError> {
    if !fits(packaging.code()) {
        return Err(ItemCodeError::PackagingUnitWidth { packaging });
    }
    if !fits(unit.code()) {
        return Err(ItemCodeError::QuantityUnitWidth { unit });
    }
    Ok(format!("{origin}{}{packaging}{unit}", item_type.code()))
}

/// The gateway cuts a code at fixed places: two letters for each unit.
fn fits(unit: &str) -> bool {
    unit.len() == 2
}

impl QuantityUnit {
    /// Whether the unit can stand inside a composed item code at the gateway: only two letters can.
    pub fn fits_item_code(self) -> bool {
        fits(self.code())
    }
}

impl PackagingUnit {
    /// Whether the unit can stand inside a composed item code at the gateway: all but CTN can.
    pub fn fits_item_code(self) -> bool {
        fits(self.code())
    }
}

fn usable_units() -> impl Iterator<Item = &'static str> {
    QuantityUnit::all().filter(|unit| unit.fits_item_code()).map(QuantityUnit::code)
}

fn usable_packaging() -> impl Iterator<Item = &'static str> {
    PackagingUnit::all().filter(|unit| unit.fits_item_code()).map(PackagingUnit::code)
}

fn unit_explained(
    kind: &str,
    code: &str,
    name: &str,
    instead: &str,
    usable: impl Iterator<Item = &'static str>,
) -> String {
    let usable: Vec<_> = usable.collect();
    format!(
        "{kind} {code} ({name}) cannot stand inside an item code: the gateway reads exactly two letters there. \
         Register the item under a two-letter unit, such as {instead}, in the code and in the item's own field. \
         Two-letter units: {}",
        usable.join(", ")
    )
}

/// Codes of two letters come before others, then the number that is closest to the seven digits of the rule.
fn unlikeliness(parts: &ItemCodeParts) -> (bool, u8) {
    (!parts.packaging.fits_item_code() || !parts.unit.fits_item_code(), parts.digits)
}

/// Every reading of a composed code.
fn readings(code: &str) -> impl Iterator<Item = ItemCodeParts> {
    head(code).into_iter().flat_map(|(origin, item_type, rest)| {
        slot(rest, PackagingUnit::from_code).flat_map(move |(packaging, rest)| {
            slot(rest, QuantityUnit::from_code).filter_map(move |(unit, digits)| {
                let running = digits.len() >= SHORTEST_NUMBER && digits.bytes().all(|byte| byte.is_ascii_digit());
                let number = running.then(|| digits.parse().ok()).flatten()?;
                let digits = u8::try_from(digits.len()).expect("a code has at most 20 characters");
                Some(ItemCodeParts { origin, item_type, packaging, unit, number, digits })
            })
        })
    })
}

/// Fewer digits than the rule has are somebody's own numbering.
const SHORTEST_NUMBER: usize = 7;

fn head(code: &str) -> Option<(Country, ItemType, &str)> {
    let (country, rest) = code.split_at_checked(2)?;
    let (item_type, rest) = rest.split_at_checked(1)?;
    // Capitals only: a code in small letters is somebody's own.
    let upper = !code.bytes().any(|byte| byte.is_ascii_lowercase());
    upper.then_some((Country::from_code(country)?, ItemType::from_code(item_type)?, rest))
}

/// A unit of one to three letters at the beginning, and what follows. KRA's desktop programs fill a two-letter unit with
/// an X to three places (`KE1NTXU0000001`); that X is skipped.
fn slot<T: Copy>(text: &str, from_code: fn(&str) -> Option<T>) -> impl Iterator<Item = (T, &str)> {
    (1..=3).filter_map(move |width| Some((width, text.split_at_checked(width)?))).flat_map(
        move |(width, (unit, rest))| {
            let plain = from_code(unit).map(|unit| (unit, rest));
            let filled = plain.filter(|_| width == 2).and_then(|(unit, rest)| Some((unit, rest.strip_prefix('X')?)));
            [plain, filled].into_iter().flatten()
        },
    )
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemCode({:?})", self.0)
    }
}

impl FromStr for ItemCode {
    type Err = ItemCodeError;
    fn from_str(text: &str) -> Result<ItemCode, ItemCodeError> {
        ItemCode::parse(text)
    }
}

impl AsRef<str> for ItemCode {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for ItemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ItemCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ItemCode, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = ItemCode;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an item code of 1 to 20 characters")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ItemCode, E> {
                ItemCode::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for ItemCode {
    fn schema_name() -> Cow<'static, str> {
        "ItemCode".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Code under which the item is registered (eTIMS itemCd), such as KE2NTNO0000001",
            "minLength": 1,
            "maxLength": ItemCode::MAX_LENGTH
        })
    }
}
