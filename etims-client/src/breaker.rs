//! The circuit breaker: while KRA is down, most calls are answered at once with "not now".

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// When the circuit opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row that open it; 0 means never.
    pub failures: u32,
    /// How long it stays open the first time; it doubles with each probe that fails.
    pub first_pause: Duration,
    /// The longest it stays open.
    pub longest_pause: Duration,
}

impl Default for BreakerPolicy {
    /// After five failures in a row, for 10 s at first and 2 minutes at most.
    fn default() -> BreakerPolicy {
        BreakerPolicy { failures: 5, first_pause: Duration::from_secs(10), longest_pause: Duration::from_secs(120) }
    }
}

impl BreakerPolicy {
    /// Never opens: for a VSCU on one's own network, whose faults are to be seen as they come.
    pub const NEVER: BreakerPolicy =
        BreakerPolicy { failures: 0, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };
}

/// Counts failures of one host.
#[derive(Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    circuit: Mutex<Circuit>,
}

#[derive(Clone, Copy, Debug)]
enum Circuit {
    Closed {
        failures: u32,
    },
    /// Nobody may pass until then.
    Open {
        until: Instant,
        pause: Duration,
    },
    /// One call is trying whether KRA is back.
    Probing {
        pause: Duration,
    },
}

/// What a call's end did to the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It opened for this long.
    Opened(Duration),
    /// It closed: KRA is back.
    Closed,
}

/// Leave to make one call; it must be told how the call ended.
#[derive(Debug)]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    probe: Option<Duration>,
    used: bool,
}

impl Breaker {
    /// A closed circuit.
    pub fn new(policy: BreakerPolicy) -> Breaker {
        Breaker { policy, circuit: Mutex::new(Circuit::Closed { failures: 0 }) }
    }

    /// Leave to make a call.
    ///
    /// # Errors
    /// How long to wait, while the circuit is open.
    pub fn permit(&self) -> Result<Permit<'_>, Duration> {
        let mut circuit = self.circuit.lock().expect("no code that holds this lock panics");
        let now = Instant::now();
        let probe = match *circuit {
            Circuit::Closed { .. } => None,
            Circuit::Open { until, .. } if now < until => return Err(until.duration_since(now)),
            Circuit::Open { pause, .. } => {
                *circuit = Circuit::Probing { pause };
                Some(pause)
            }
            Circuit::Probing { pause } => return Err(pause.min(Duration::from_secs(1))),
        };
        Ok(Permit { breaker: self, probe, used: false })
    }
}

impl Permit<'_> {
    /// The call ended: `failed` when KRA could not be reached or could not answer, whatever it answered otherwise.
    pub fn ended(mut self, failed: bool) -> Change {
        self.used = true;
        let mut circuit = self.breaker.circuit.lock().expect("no code that holds this lock panics");
        let policy = self.breaker.policy;
        let open_for = |pause: Duration| Circuit::Open { until: Instant::now() + pause, pause };
        match (self.probe, *circuit, failed) {
            (Some(pause), _, true) => {
                let pause = (pause * 2).min(policy.longest_pause);
                *circuit = open_for(pause);
                Change::Opened(pause)
            }
            (Some(_), _, false) => {
                *circuit = Circuit::Closed { failures: 0 };
                Change::Closed
            }
            (None, Circuit::Closed { failures }, true) if failures + 1 == policy.failures => {
                *circuit = open_for(policy.first_pause);
                Change::Opened(policy.first_pause)
            }
            (None, Circuit::Closed { failures }, true) => {
                *circuit = Circuit::Closed { failures: failures.saturating_add(1) };
                Change::None
            }
            (None, Circuit::Closed { .. }, false) => {
                *circuit = Circuit::Closed { failures: 0 };
                Change::None
            }
            // A call that began before the circuit opened says nothing about now.
            (None, Circuit::Open { .. } | Circuit::Probing { .. }, _) => Change::None,
        }
    }
}

impl Drop for Permit<'_> {
    /// A probe whose caller went away has shown nothing: the next call may probe at once.
    fn drop(&mut self) {
        if let (false, Some(pause)) = (self.used, self.probe) {
            *self.breaker.circuit.lock().expect("no code that holds this lock panics") =
                Circuit::Open { until: Instant::now(), pause };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::new(BreakerPolicy::default());
        let changes: Vec<Change> = (0..5).map(|_| breaker.permit().expect("closed").ended(true)).collect();
        assert_eq!(changes[..4], [Change::None; 4]);
        assert_eq!(changes[4], Change::Opened(Duration::from_secs(10)));
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn five_failures_in_a_row_open_it_and_a_probe_closes_it() {
        let breaker = opened();
        assert_eq!(breaker.permit().err(), Some(Duration::from_secs(10)));
        tokio::time::advance(Duration::from_secs(10)).await;
        let probe = breaker.permit().expect("time for a probe");
        assert_eq!(breaker.permit().err(), Some(Duration::from_secs(1)), "one probe at a time");
        assert_eq!(probe.ended(false), Change::Closed);
        assert_eq!(breaker.permit().expect("closed").ended(false), Change::None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_doubles_the_pause_up_to_the_limit() {
        let breaker = opened();
        let mut pauses = Vec::new();
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(120)).await;
            match breaker.permit().expect("time for a probe").ended(true) {
                Change::Opened(pause) => pauses.push(pause.as_secs()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(pauses, [20, 40, 80, 120, 120]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_in_between_starts_the_count_again() {
        let breaker = Breaker::new(BreakerPolicy::default());
        for failed in [true, true, true, true, false, true, true, true, true] {
            assert_eq!(breaker.permit().expect("closed").ended(failed), Change::None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_dropped_lets_the_next_one_probe() {
        let breaker = opened();
        tokio::time::advance(Duration::from_secs(10)).await;
        drop(breaker.permit().expect("time for a probe"));
        assert!(breaker.permit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_breaker_that_never_opens_never_opens() {
        let breaker = Breaker::new(BreakerPolicy::NEVER);
        for _ in 0..100 {
            assert_eq!(breaker.permit().expect("closed").ended(true), Change::None);
        }
    }
}
