//! When a look-up is asked again, and after how long. Writes are never repeated here: the outbox knows their fate.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rand::Rng;

/// What one retry takes from the budget; one success gives back 1.
const PRICE: u32 = 10;

/// How often and how fast look-ups are repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries of one look-up, the first included; at least 1.
    pub tries: u32,
    /// The first pause is a random time up to this; the bound doubles from try to try.
    pub first_pause: Duration,
    /// Upper bound of every pause of our own choice.
    pub longest_pause: Duration,
    /// Retries that all look-ups together may make before successes must earn new ones: one for ten successes.
    pub budget: u32,
}

impl Default for RetryPolicy {
    /// Four tries, pauses up to 0.5, 1 and 2 s, ten retries in stock.
    fn default() -> RetryPolicy {
        RetryPolicy {
            tries: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            budget: 10,
        }
    }
}

/// The retries left to everybody who shares a connection: when KRA is down, a thousand callers do not become four
/// thousand.
#[derive(Debug)]
pub struct Retries {
    policy: RetryPolicy,
    left: AtomicU32,
}

impl Retries {
    /// A full budget.
    pub fn new(policy: RetryPolicy) -> Retries {
        Retries { policy, left: AtomicU32::new(policy.budget.saturating_mul(PRICE)) }
    }

    /// A look-up went well.
    pub fn earned(&self) {
        let full = self.policy.budget.saturating_mul(PRICE);
        // An `Err` says that the budget is full already.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left < full).then_some(left + 1));
    }

    /// How long to wait before the next try after `made` tries; `None` when this was the last one. A longer wait that
    /// the server asked for is kept, up to a minute; beyond that it is the caller's decision.
    pub fn next(&self, made: u32, asked_for: Option<Duration>) -> Option<Duration> {
        if made >= self.policy.tries || asked_for.is_some_and(|pause| pause > Duration::from_secs(60)) {
            return None;
        }
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(PRICE))
            .ok()
            .map(|_| asked_for.unwrap_or_default().max(self.jittered(made)))
    }

    /// Full jitter: anything between nothing and the bound, so that callers who failed together do not return together.
    fn jittered(&self, made: u32) -> Duration {
        let doubled =
            self.policy.first_pause.saturating_mul(1_u32.checked_shl(made.saturating_sub(1)).unwrap_or(u32::MAX));
        let bound = doubled.min(self.policy.longest_pause).as_millis().try_into().unwrap_or(u64::MAX);
        Duration::from_millis(rand::rng().random_range(0..=bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread_over_the_whole_range_and_bounded() {
        let retries = Retries::new(RetryPolicy { budget: 100_000, ..RetryPolicy::default() });
        let bound = |made, bound: u64| {
            let pauses: Vec<Duration> = (0..500).filter_map(|_| retries.next(made, None)).collect();
            assert!(pauses.iter().all(|pause| *pause <= Duration::from_millis(bound)), "{made}");
            assert!(pauses.iter().any(|pause| *pause < Duration::from_millis(bound / 4)), "{made}");
            assert!(pauses.iter().any(|pause| *pause > Duration::from_millis(bound * 3 / 4)), "{made}");
        };
        bound(1, 500);
        bound(2, 1000);
        bound(3, 2000);
        assert_eq!(retries.next(4, None), None, "four tries are all");
    }

    #[test]
    fn the_budget_runs_out_and_is_earned_back() {
        let retries = Retries::new(RetryPolicy { budget: 2, ..RetryPolicy::default() });
        assert!(retries.next(1, None).is_some() && retries.next(1, None).is_some());
        assert_eq!(retries.next(1, None), None);
        (0..9).for_each(|_| retries.earned());
        assert_eq!(retries.next(1, None), None);
        retries.earned();
        assert!(retries.next(1, None).is_some());
    }

    #[test]
    fn a_wait_that_the_server_asks_for_is_kept_or_handed_on() {
        let retries = Retries::new(RetryPolicy::default());
        assert!(retries.next(1, Some(Duration::from_secs(20))).is_some_and(|pause| pause == Duration::from_secs(20)));
        assert_eq!(retries.next(1, Some(Duration::from_secs(3600))), None);
    }
}
