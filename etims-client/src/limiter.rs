//! How fast KRA may be asked: so many calls an hour with short bursts, slower when KRA says that it is too much.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// The longest slow-down: 2⁶ times the usual interval.
const SLOWEST: u32 = 6;
/// How long KRA must be content before the pace doubles again.
const CONTENT: Duration = Duration::from_secs(60);
/// First pause after KRA refused a call as one too many and did not say how long to wait.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest pause we impose by ourselves.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How many calls may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Calls an hour in the long run; 0 means no limit.
    pub per_hour: u32,
    /// Calls that may follow each other at once after a quiet time; at least 1.
    pub burst: u32,
}

impl Default for RateLimits {
    /// 5,400 an hour, 30 at once. KRA publishes no figure; integrators speak of about 100 a minute.
    fn default() -> RateLimits {
        RateLimits { per_hour: 5400, burst: 30 }
    }
}

impl RateLimits {
    /// No limit: for a VSCU on one's own network.
    pub const NONE: RateLimits = RateLimits { per_hour: 0, burst: 1 };
}

/// Spaces calls out. One limiter serves everything that KRA counts together: on the gateway, one application.
#[derive(Debug)]
pub struct Limiter {
    limits: RateLimits,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    /// When the next call would be due if calls came evenly spaced (the generic cell rate algorithm).
    due: Instant,
    /// Nothing before this moment.
    paused_until: Option<Instant>,
    /// The interval is 2^slowed times the usual one.
    slowed: u32,
    /// When KRA last complained, or when the pace last doubled.
    changed: Instant,
}

impl Limiter {
    /// A limiter that has been idle for long.
    pub fn new(limits: RateLimits) -> Limiter {
        let now = Instant::now();
        Limiter { limits, pace: Mutex::new(Pace { due: now, paused_until: None, slowed: 0, changed: now }) }
    }

    /// Takes a place in the queue and waits for its turn.
    ///
    /// # Errors
    /// The time it would take, when that is longer than `patience`; no place is taken then.
    pub async fn turn(&self, patience: Duration) -> Result<(), Duration> {
        let wait = self.reserve(patience)?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn reserve(&self, patience: Duration) -> Result<Duration, Duration> {
        let now = Instant::now();
        let mut pace = self.pace.lock().expect("no code that holds this lock panics");
        if pace.slowed > 0 && now.duration_since(pace.changed) >= CONTENT {
            pace.slowed -= 1;
            pace.changed = now;
        }
        let pause = pace.paused_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        if pause.is_zero() {
            pace.paused_until = None;
        }
        let Some(interval) = Duration::from_secs(3600).checked_div(self.limits.per_hour) else {
            return if pause > patience { Err(pause) } else { Ok(pause) };
        };
        let interval = interval * (1 << pace.slowed);
        let due = pace.due.max(now) + interval;
        let ahead = due.duration_since(now).saturating_sub(interval * self.limits.burst.max(1));
        let wait = ahead.max(pause);
        if wait > patience {
            return Err(wait);
        }
        pace.due = due;
        Ok(wait)
    }

    /// KRA said that there were too many calls (HTTP 429, result 990): everybody pauses, then goes on at half the pace.
    /// Returns the pause.
    pub fn throttled(&self, retry_after: Option<Duration>) -> Duration {
        let now = Instant::now();
        let mut pace = self.pace.lock().expect("no code that holds this lock panics");
        let pause = retry_after.unwrap_or_else(|| (FIRST_PAUSE * (1 << pace.slowed)).min(LONGEST_PAUSE));
        pace.paused_until = pace.paused_until.max(Some(now + pause));
        pace.slowed = (pace.slowed + 1).min(SLOWEST);
        pace.changed = now;
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(RateLimits { per_hour: 3600, burst: 3 })
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_is_spaced_out() {
        let limiter = limiter();
        let start = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..5 {
            limiter.turn(Duration::from_secs(60)).await.expect("patient enough");
            waits.push(start.elapsed().as_secs());
        }
        assert_eq!(waits, [0, 0, 0, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_impatient_caller_is_told_the_wait_and_takes_no_place() {
        let limiter = limiter();
        for _ in 0..3 {
            limiter.turn(Duration::ZERO).await.expect("within the burst");
        }
        assert_eq!(limiter.turn(Duration::ZERO).await, Err(Duration::from_secs(1)));
        assert_eq!(limiter.turn(Duration::ZERO).await, Err(Duration::from_secs(1)), "the place was not taken");
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_limiter_pauses_slows_down_and_recovers() {
        let limiter = limiter();
        assert_eq!(limiter.throttled(Some(Duration::from_secs(7))), Duration::from_secs(7));
        let start = Instant::now();
        for _ in 0..4 {
            limiter.turn(Duration::from_secs(60)).await.expect("patient enough");
        }
        assert_eq!(start.elapsed().as_secs(), 7, "the pause is kept, then a burst");
        limiter.turn(Duration::from_secs(60)).await.expect("patient enough");
        assert!(start.elapsed() >= Duration::from_secs(8), "twice the interval");
        tokio::time::advance(CONTENT).await;
        assert_eq!(limiter.turn(Duration::ZERO).await, Ok(()));
        assert_eq!(limiter.pace.lock().expect("free").slowed, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_of_our_own_grow_up_to_a_limit() {
        let limiter = limiter();
        let pauses: Vec<u64> = (0..9).map(|_| limiter.throttled(None).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_only_pauses_count() {
        let limiter = Limiter::new(RateLimits::NONE);
        for _ in 0..1000 {
            limiter.turn(Duration::ZERO).await.expect("no limit");
        }
        limiter.throttled(Some(Duration::from_secs(2)));
        assert_eq!(limiter.turn(Duration::ZERO).await, Err(Duration::from_secs(2)));
    }
}
