//! How long a VSCU may go on signing without KRA.
//!
//! The law gives it 24 hours after its last contact; then it stops without warning. We cannot see its contact with KRA,
//! only that it answers look-ups, for which it has to ask KRA as far as is known (that this proves contact is not
//! documented anywhere). So the time is counted from the last look-up it answered.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// When to warn and when to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfflineLimits {
    /// Warn after this long without an answered look-up.
    pub warn_after: Duration,
    /// Refuse new invoices after this long.
    pub refuse_after: Duration,
    /// Ask the VSCU something at least this often.
    pub probe_every: Duration,
}

impl Default for OfflineLimits {
    /// 12 hours, 23.5 hours, every hour.
    fn default() -> OfflineLimits {
        OfflineLimits {
            warn_after: Duration::from_secs(12 * 3600),
            refuse_after: Duration::from_secs(23 * 3600 + 1800),
            probe_every: Duration::from_secs(3600),
        }
    }
}

/// How a VSCU stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It answered lately.
    Fresh,
    /// It has not answered for longer than the first limit.
    Warn {
        /// Time since its last answer.
        since: Duration,
    },
    /// It has not answered for longer than the second limit: no new invoice.
    Refuse {
        /// Time since its last answer.
        since: Duration,
    },
}

/// Keeps the time of the last answered look-up. Wall-clock time, because it must outlive the process.
#[derive(Debug)]
pub struct OfflineWatch {
    limits: OfflineLimits,
    last_answer: Mutex<SystemTime>,
}

impl OfflineWatch {
    /// Goes on from a saved time, or starts counting now when there is none.
    pub fn new(limits: OfflineLimits, last_answer: Option<SystemTime>) -> OfflineWatch {
        OfflineWatch { limits, last_answer: Mutex::new(last_answer.unwrap_or_else(SystemTime::now)) }
    }

    /// The VSCU has answered a look-up.
    pub fn answered(&self, now: SystemTime) {
        *self.last_answer.lock().expect("no code that holds this lock panics") = now;
    }

    /// The time to save.
    pub fn last_answer(&self) -> SystemTime {
        *self.last_answer.lock().expect("no code that holds this lock panics")
    }

    /// How the VSCU stands. A clock that was set back counts as no time passed.
    pub fn contact(&self, now: SystemTime) -> Contact {
        let since = now.duration_since(self.last_answer()).unwrap_or_default();
        if since >= self.limits.refuse_after {
            Contact::Refuse { since }
        } else if since >= self.limits.warn_after {
            Contact::Warn { since }
        } else {
            Contact::Fresh
        }
    }

    /// Whether it is time to ask the VSCU something.
    pub fn probe_due(&self, now: SystemTime) -> bool {
        now.duration_since(self.last_answer()).unwrap_or_default() >= self.limits.probe_every
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_warns_at_twelve_hours_and_refuses_at_twenty_three_and_a_half() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let watch = OfflineWatch::new(OfflineLimits::default(), Some(start));
        let after = |minutes: u64| start + Duration::from_secs(minutes * 60);
        assert_eq!(watch.contact(after(12 * 60 - 1)), Contact::Fresh);
        assert!(!watch.probe_due(after(59)) && watch.probe_due(after(60)));
        assert_eq!(watch.contact(after(12 * 60)), Contact::Warn { since: Duration::from_secs(12 * 3600) });
        assert!(matches!(watch.contact(after(23 * 60 + 29)), Contact::Warn { .. }));
        assert!(matches!(watch.contact(after(23 * 60 + 30)), Contact::Refuse { .. }));
        watch.answered(after(23 * 60 + 40));
        assert_eq!(watch.contact(after(24 * 60)), Contact::Fresh);
        assert_eq!(watch.contact(start), Contact::Fresh, "a clock that was set back");
    }
}
