use etims_core::codes::{self, CodeRow};

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
