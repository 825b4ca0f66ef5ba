//! What can be watched: one observation per exchange, and latencies per operation.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use etims_core::wire::{Delivery, Dialect, Operation};
use hdrhistogram::Histogram;

use crate::notice::Notice;

/// Calls in a row that are slow, or quick again, before word is given.
const IN_A_ROW: u32 = 3;
/// The longest latency told apart, in milliseconds: an hour.
const LONGEST: u64 = 3_600_000;

/// One exchange with KRA, as it ended. Holds no personal data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Observation {
    /// What was called.
    pub operation: Operation,
    /// On which dialect.
    pub dialect: Dialect,
    /// Which try of the same look-up this was, from 1.
    pub attempt: u32,
    /// How far it came.
    pub delivery: Delivery,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// Why there is no answer: a name of [`crate::transport::Cause`].
    pub cause: Option<&'static str>,
    /// From the first byte of effort to the last byte of the answer; waiting for our own limiter not counted.
    pub latency: Duration,
    /// Size of the request's body.
    pub request_bytes: usize,
    /// Size of the answer's body.
    pub answer_bytes: usize,
}

/// Receives observations and notices, for Prometheus, StatsD or whatever there is. Called in the middle of a call: be quick.
pub trait Metrics: Send + Sync {
    /// An exchange ended.
    fn observe(&self, observation: &Observation);

    /// Something is worth knowing.
    fn notice(&self, notice: &Notice) {
        let _ = notice;
    }
}

/// Latency percentiles of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// Calls counted.
    pub count: u64,
    /// Half of them were as quick as this.
    pub p50: Duration,
    /// 95 of a hundred.
    pub p95: Duration,
    /// 99 of a hundred.
    pub p99: Duration,
    /// The slowest.
    pub max: Duration,
}

/// Latencies per operation, to one part in a hundred, and the watch for a slow KRA.
#[derive(Debug)]
pub struct Latencies {
    slow: Duration,
    state: Mutex<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    histograms: HashMap<Operation, Histogram<u64>>,
    /// Calls in a row that say the opposite of `is_slow`.
    against: u32,
    is_slow: bool,
}

impl Latencies {
    /// Calls that take longer than `slow` count as slow.
    pub fn new(slow: Duration) -> Latencies {
        Latencies { slow, state: Mutex::default() }
    }

    /// Counts one answered or timed-out call; tells when KRA has become slow or quick.
    pub fn record(&self, operation: Operation, latency: Duration) -> Option<Notice> {
        let mut state = self.state.lock().expect("no code that holds this lock panics");
        let millis = latency.as_millis().try_into().unwrap_or(LONGEST).clamp(1, LONGEST);
        state
            .histograms
            .entry(operation)
            .or_insert_with(|| Histogram::new_with_bounds(1, LONGEST, 2).expect("the bounds are valid"))
            .saturating_record(millis);
        // The classification list is slow by nature.
        if operation == Operation::SelectItemClasses {
            return None;
        }
        state.against = if (latency > self.slow) == state.is_slow { 0 } else { state.against + 1 };
        if state.against < IN_A_ROW {
            return None;
        }
        state.against = 0;
        state.is_slow = !state.is_slow;
        Some(if state.is_slow { Notice::KraSlow { operation, latency } } else { Notice::KraQuickAgain })
    }

    /// Percentiles of one operation since the start; `None` before its first call.
    pub fn percentiles(&self, operation: Operation) -> Option<Percentiles> {
        let state = self.state.lock().expect("no code that holds this lock panics");
        let histogram = state.histograms.get(&operation)?;
        let at = |quantile| Duration::from_millis(histogram.value_at_quantile(quantile));
        Some(Percentiles {
            count: histogram.len(),
            p50: at(0.50),
            p95: at(0.95),
            p99: at(0.99),
            max: Duration::from_millis(histogram.max()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_told_per_operation() {
        let latencies = Latencies::new(Duration::from_secs(10));
        for millis in 1..=1000 {
            latencies.record(Operation::SelectCodes, Duration::from_millis(millis));
        }
        let told = latencies.percentiles(Operation::SelectCodes).expect("calls were counted");
        let near = |duration: Duration, millis: u128| duration.as_millis().abs_diff(millis) <= millis / 50;
        assert_eq!(told.count, 1000);
        assert!(near(told.p50, 500) && near(told.p95, 950) && near(told.p99, 990) && near(told.max, 1000), "{told:?}");
        assert_eq!(latencies.percentiles(Operation::SaveSale), None);
    }

    #[test]
    fn three_slow_calls_in_a_row_are_told_once_and_so_is_the_recovery() {
        let latencies = Latencies::new(Duration::from_secs(10));
        let mut told = Vec::new();
        for seconds in [20, 20, 1, 20, 20, 20, 20, 1, 20, 1, 1, 1, 1] {
            told.extend(latencies.record(Operation::SaveSale, Duration::from_secs(seconds)));
        }
        assert_eq!(
            told,
            [
                Notice::KraSlow { operation: Operation::SaveSale, latency: Duration::from_secs(20) },
                Notice::KraQuickAgain
            ]
        );
    }
}
