use std::time::Duration;

use rand::Rng;

/// How long the outbox waits between tries. Every wait is drawn at random from its upper half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first wait after a failed try; it doubles from try to try.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// The first wait when KRA turns us away: credentials, device, rate. It doubles too.
    pub turned_away: Duration,
    /// The longest wait when KRA turns us away.
    pub turned_away_longest: Duration,
    /// The first wait for a stock report to arrive; it doubles too.
    pub propagation: Duration,
    /// How often it is looked whether another process has finished or died.
    pub watch: Duration,
}

impl Default for Pace {
    /// 0.25 s to 30 s; 5 s to 5 min; 0.5 s; 0.1 s.
    fn default() -> Pace {
        Pace {
            first: Duration::from_millis(250),
            longest: Duration::from_secs(30),
            turned_away: Duration::from_secs(5),
            turned_away_longest: Duration::from_secs(300),
            propagation: Duration::from_millis(500),
            watch: Duration::from_millis(100),
        }
    }
}

/// Waits that double.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait, between half of what it has grown to and all of it.
    pub(super) fn next(&mut self, first: Duration, longest: Duration) -> Duration {
        let grown = first.saturating_mul(1_u32.checked_shl(self.tries).unwrap_or(u32::MAX)).min(longest);
        self.tries = self.tries.saturating_add(1);
        let whole = u64::try_from(grown.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(rand::rng().random_range(whole / 2..=whole))
    }

    /// All is well again.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}
