//! East Africa Time and the date formats of the wire, parsed and printed in one place.
//!
//! KRA's clock is Africa/Nairobi: UTC+3 all year. Source: reference `etims-protocol.md` §7.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};

/// A moment with its offset, as callers write it (RFC 3339).
pub type Timestamp = DateTime<FixedOffset>;

/// UTC+3, the only time zone of the wire.
pub const EAST_AFRICA: FixedOffset = FixedOffset::east_opt(3 * 3600).expect("three hours is a valid offset");

/// `yyyyMMddHHmmss` in East Africa Time (eTIMS `cfmDt`, `rcptPbctDt`, `resultDt`, `sdcDateTime`).
pub fn wire_moment(moment: Timestamp) -> String {
    moment.with_timezone(&EAST_AFRICA).format("%Y%m%d%H%M%S").to_string()
}

/// `yyyyMMdd` in East Africa Time (eTIMS `salesDt`, `ocrnDt`).
pub fn wire_date(moment: Timestamp) -> String {
    moment.with_timezone(&EAST_AFRICA).format("%Y%m%d").to_string()
}

/// Reads a moment of the wire. The save answers write `yyyyMMddHHmmss`; invoice details write
/// `yyyy-MM-dd HH:mm:ss.f`; purchase lists write `yyyy-MM-dd HH:mm:ss`.
pub fn parse_wire_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let naive = ["%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    naive.and_local_timezone(EAST_AFRICA).single()
}

/// Reads a date as callers write it, such as `2026-09-17`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    // The format alone would take a year of any length.
    NaiveDate::parse_from_str(Some(text).filter(|text| text.len() == 10)?, "%Y-%m-%d").ok()
}

/// Reads a `yyyyMMdd` date of the wire.
pub fn parse_wire_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y%m%d").ok()
}

/// The calendar date in Nairobi.
pub fn local_date(moment: Timestamp) -> NaiveDate {
    moment.with_timezone(&EAST_AFRICA).date_naive()
}
