//! How long a VSCU may go on signing without KRA.
//!
//! The law gives it 24 hours after its last contact; then it stops without warning. We cannot see its contact with KRA,
//! only that it answers look-ups, for which it has to ask KRA as far as is known (that this proves contact is not
//! documented anywhere). So the time is counted from the last look-up it answered.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// Answers closer together than this are not written to the file each.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// Keeps the time of the last answered look-up. Calendar time, because it must outlive the process.
#[derive(Debug)]
pub struct OfflineWatch {
    limits: OfflineLimits,
    last_answer: Mutex<SystemTime>,
    file: Option<ContactFile>,
    /// What was told last: 0 nothing, 1 the warning, 2 the refusal.
    told: AtomicU8,
}

/// A small file with the time of the last answer, seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFile(PathBuf);

impl ContactFile {
    /// The file at a path; it need not be there.
    pub fn new(path: impl Into<PathBuf>) -> ContactFile {
        ContactFile(path.into())
    }

    /// The time in it, when there is one.
    pub fn read(&self) -> Option<SystemTime> {
        let seconds = std::fs::read_to_string(&self.0).ok()?.trim().parse().ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    fn write(&self, time: SystemTime) {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if let Err(error) = std::fs::write(&self.0, seconds.to_string()) {
            // The invoice at hand is more important; the next answer is written again.
            tracing::warn!(%error, "the time of the VSCU's last answer was not saved");
        }
    }
}

impl OfflineWatch {
    /// Goes on from the time in the file, or starts counting at `now` when there is none.
    pub fn new(limits: OfflineLimits, file: Option<ContactFile>, now: SystemTime) -> OfflineWatch {
        let last_answer = file.as_ref().and_then(ContactFile::read).unwrap_or_else(|| {
            if let Some(file) = &file {
                file.write(now);
            }
            now
        });
        OfflineWatch { limits, last_answer: Mutex::new(last_answer), file, told: AtomicU8::new(0) }
    }

    /// The VSCU has answered a look-up.
    pub fn answered(&self, now: SystemTime) {
        let before =
            std::mem::replace(&mut *self.last_answer.lock().expect("no code that holds this lock panics"), now);
        if let Some(file) = &self.file
            && now.duration_since(before).map_or(true, |passed| passed >= WRITE_EVERY)
        {
            file.write(now);
        }
    }

    /// When it last answered.
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

    /// How the VSCU stands, when that has become worse since it was last told, or is well again.
    pub fn news(&self, now: SystemTime) -> Option<Contact> {
        let contact = self.contact(now);
        let level = match contact {
            Contact::Fresh => 0,
            Contact::Warn { .. } => 1,
            Contact::Refuse { .. } => 2,
        };
        let told = self.told.swap(level, Ordering::Relaxed);
        (told < level || level == 0 && told > 0).then_some(contact)
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
        let start = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let watch = OfflineWatch::new(OfflineLimits::default(), None, start);
        let after = |minutes: u64| start + Duration::from_secs(minutes * 60);
        assert_eq!(watch.contact(after(12 * 60 - 1)), Contact::Fresh);
        assert!(!watch.probe_due(after(59)) && watch.probe_due(after(60)));
        assert_eq!(watch.contact(after(12 * 60)), Contact::Warn { since: Duration::from_secs(12 * 3600) });
        assert!(matches!(watch.contact(after(23 * 60 + 29)), Contact::Warn { .. }));
        assert!(matches!(watch.contact(after(23 * 60 + 30)), Contact::Refuse { .. }));
        assert!(matches!(watch.news(after(13 * 60)), Some(Contact::Warn { .. })));
        assert_eq!(watch.news(after(14 * 60)), None, "told once");
        assert!(matches!(watch.news(after(24 * 60)), Some(Contact::Refuse { .. })));
        watch.answered(after(23 * 60 + 40));
        assert_eq!(watch.contact(after(24 * 60)), Contact::Fresh);
        assert_eq!(watch.news(after(24 * 60)), Some(Contact::Fresh));
        assert_eq!(watch.news(after(25 * 60)), None, "told once");
        assert_eq!(watch.contact(start), Contact::Fresh, "a clock that was set back");
    }

    #[test]
    fn the_time_outlives_the_process() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = ContactFile::new(directory.path().join("x.contact"));
        let start = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let hours = |hours: u64| start + Duration::from_secs(hours * 3600);
        let watch = |now| OfflineWatch::new(OfflineLimits::default(), Some(file.clone()), now);
        assert_eq!(watch(start).contact(hours(1)), Contact::Fresh, "counted from the first start");
        assert!(matches!(watch(hours(13)).contact(hours(13)), Contact::Warn { .. }), "a restart is no answer");
        watch(hours(13)).answered(hours(13));
        assert_eq!(watch(hours(20)).contact(hours(20)), Contact::Fresh);
        assert!(matches!(watch(hours(37)).contact(hours(37)), Contact::Refuse { .. }));
    }
}
