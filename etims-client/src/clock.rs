//! The two clocks: one that counts sleep and never goes back while the machine runs, and the calendar.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use etims_core::submission::Moment;

/// Milliseconds since the machine started, sleep included: the clock of leases and proofs. All processes of the
/// machine share it.
pub(crate) fn uptime() -> Moment {
    Moment(u64::try_from(since_start().as_millis()).unwrap_or(u64::MAX))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_start() -> Duration {
    since(rustix::time::ClockId::Boottime)
}

/// Apple's monotonic clock counts sleep.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn since_start() -> Duration {
    since(rustix::time::ClockId::Monotonic)
}

#[cfg(unix)]
fn since(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Elsewhere the calendar has to do: it may be set back, which only makes leases last longer.
#[cfg(not(unix))]
fn since_start() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn calendar() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
