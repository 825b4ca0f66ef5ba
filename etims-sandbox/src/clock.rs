//! KRA's clock: East Africa Time, settable.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(pub(crate) i64);

/// The range that still prints with a four-digit year.
const FIRST: Moment = Moment(0);
const LAST: Moment = Moment(253_370_764_800_000);

impl Moment {
    pub(crate) fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(1000))).clamped()
    }

    fn clamped(self) -> Moment {
        self.clamp(FIRST, LAST)
    }

    fn local(self) -> DateTime<FixedOffset> {
        let utc = DateTime::from_timestamp_millis(self.clamped().0).expect("a clamped moment is in range");
        utc.with_timezone(&east_africa())
    }

    /// `yyyyMMddHHmmss`, as in `resultDt` and `sdcDateTime`.
    pub(crate) fn compact(self) -> String {
        self.local().format("%Y%m%d%H%M%S").to_string()
    }

    /// `yyyy-MM-dd HH:mm:ss`, as in the purchase list.
    pub(crate) fn dashed(self) -> String {
        self.local().format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// RFC 3339 with the offset of East Africa.
    pub(crate) fn rfc3339(self) -> String {
        self.local().to_rfc3339_opts(chrono::SecondsFormat::Millis, false)
    }

    /// Reads RFC 3339 or `yyyyMMddHHmmss` in East Africa Time.
    pub(crate) fn parse(text: &str) -> Option<Moment> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Some(Moment(moment.timestamp_millis()).clamped());
        }
        let local = compact_time(text)?;
        Some(Moment(east_africa().from_local_datetime(&local).single()?.timestamp_millis()).clamped())
    }
}

fn east_africa() -> FixedOffset {
    FixedOffset::east_opt(3 * 3600).expect("three hours are a valid offset")
}

/// `yyyyMMddHHmmss`
pub(crate) fn compact_time(text: &str) -> Option<NaiveDateTime> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok()
}

/// `yyyyMMdd`
pub(crate) fn compact_date(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y%m%d").ok()
}

/// The system's time shifted, or a time that stands still.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) enum Clock {
    Shifted { by_ms: i64 },
    Frozen { at: Moment },
}

impl Clock {
    pub(crate) const SYSTEM: Clock = Clock::Shifted { by_ms: 0 };

    pub(crate) fn now(self) -> Moment {
        match self {
            Clock::Shifted { by_ms } => Moment(system_now().0.saturating_add(by_ms)).clamped(),
            Clock::Frozen { at } => at,
        }
    }

    /// The same clock showing `moment` now.
    pub(crate) fn showing(self, moment: Moment) -> Clock {
        match self {
            Clock::Shifted { .. } => Clock::Shifted { by_ms: moment.0.saturating_sub(system_now().0) },
            Clock::Frozen { .. } => Clock::Frozen { at: moment },
        }
    }

    pub(crate) fn frozen(self, frozen: bool) -> Clock {
        let now = self.now();
        if frozen { Clock::Frozen { at: now } } else { Clock::SYSTEM.showing(now) }
    }
}

fn system_now() -> Moment {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)).clamped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_east_africa_time() {
        let moment = Moment::parse("2026-09-17T11:09:26Z").expect("valid");
        assert_eq!(moment.compact(), "20260917140926");
        assert_eq!(moment.dashed(), "2026-09-17 14:09:26");
        assert_eq!(Moment::parse("20260917140926"), Some(moment));
        assert_eq!(Moment::parse("20260230000000"), None);
        assert_eq!(Moment(i64::MAX).compact(), LAST.compact());
    }
}
