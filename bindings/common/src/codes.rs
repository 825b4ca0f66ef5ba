use etims_core::codes::{self, CodeRow, Country, ItemCode, ItemType, PackagingUnit, QuantityUnit};

use crate::Error;

/// A code table of KRA.
#[derive(Clone, Copy, Debug)]
pub struct CodeTableInfo {
    /// KRA's number of the table (eTIMS `cdCls`); `None` for lists outside `selectCodeList`.
    pub class: Option<&'static str>,
    /// What the rows are, such as `packaging unit`.
    pub title: &'static str,
    /// The document the table was taken from.
    pub source: &'static str,
    /// The rows, sorted by code.
    pub rows: &'static [CodeRow],
}

/// Every code table, in the order of KRA's class numbers.
pub fn code_tables() -> impl Iterator<Item = CodeTableInfo> {
    codes::tables().into_iter().map(|table| CodeTableInfo {
        class: table.class(),
        title: table.title(),
        source: table.source(),
        rows: table.rows(),
    })
}

/// Composes an item code that every dialect accepts, such as `KE2NTNO0000001`. KRA counts `number` per taxpayer over all
/// items, from 1.
///
/// # Errors
/// A code KRA does not have; units of other than two letters; a number that does not fit.
pub fn item_code(origin: &str, item_type: &str, packaging: &str, unit: &str, number: u32) -> Result<String, Error> {
    let unknown = |argument: &str, value: &str| {
        let shown: String = value.chars().take(40).collect();
        Error::argument(argument, format_args!("KRA has no code {shown:?}"))
    };
    let built = ItemCode::build(
        Country::from_code(origin).ok_or_else(|| unknown("origin", origin))?,
        ItemType::from_word(item_type).ok_or_else(|| unknown("item_type", item_type))?,
        PackagingUnit::from_code(packaging).ok_or_else(|| unknown("packaging", packaging))?,
        QuantityUnit::from_code(unit).ok_or_else(|| unknown("unit", unit))?,
        number,
    );
    built.map(|code| code.as_str().to_owned()).map_err(|refused| Error::argument("item_code", refused))
}
