//! The faults that are armed, and when each strikes.

use std::fmt;

use serde::Serialize;

use crate::fault::{Fault, FaultKind, When};
use crate::operation::Operation;

/// An armed fault, by which it can be disarmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Every armed fault.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    last: u64,
}

/// One armed fault and how it has done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Armed {
    id: FaultId,
    #[serde(flatten)]
    fault: Fault,
    /// Calls that it was for.
    seen: u64,
    /// Calls that it struck.
    struck: u64,
    #[serde(skip)]
    dice: u64,
}

impl Faults {
    pub(crate) fn arm(&mut self, fault: Fault) -> FaultId {
        self.last += 1;
        let id = FaultId(self.last);
        let dice = if let When::Probability(_, seed) = fault.when { seed } else { 0 };
        self.armed.push(Armed { id, fault, seen: 0, struck: 0, dice });
        id
    }

    /// `false` when there is no such fault.
    pub(crate) fn disarm(&mut self, id: FaultId) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn armed(&self) -> &[Armed] {
        &self.armed
    }

    /// The faults that strike this call.
    pub(crate) fn strike(&mut self, operation: Operation) -> Vec<FaultKind> {
        let mut struck = Vec::new();
        for armed in &mut self.armed {
            let is_spent = armed.fault.when == When::Once && armed.struck > 0;
            if is_spent || armed.fault.operation.is_some_and(|only| only != operation) {
                continue;
            }
            armed.seen += 1;
            let strikes = match armed.fault.when {
                When::Once => true,
                When::EveryNth(n) => armed.seen.is_multiple_of(n.max(1)),
                When::Probability(probability, _) => roll(&mut armed.dice) < probability,
            };
            if strikes {
                armed.struck += 1;
                struck.push(armed.fault.kind.clone());
            }
        }
        struck
    }
}

/// A number in 0..1 from SplitMix64, so that a seed gives the same faults in every version.
#[expect(clippy::float_arithmetic, reason = "a probability, not money")]
fn roll(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    f64::from((mixed >> 32) as u32) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_as_often_as_it_is_told() {
        let mut faults = Faults::default();
        faults.arm(Fault::new(FaultKind::LoseAnswer).every(3));
        faults.arm(Fault::new(FaultKind::NoSignature));
        let struck: Vec<usize> = (0..6).map(|_| faults.strike(Operation::SaveSale).len()).collect();
        assert_eq!(struck, [1, 0, 1, 0, 0, 1]);
        assert!(faults.strike(Operation::SaveItem).is_empty());
    }

    #[test]
    fn a_seed_gives_the_same_faults() {
        let run = |seed| {
            let mut faults = Faults::default();
            faults.arm(Fault::new(FaultKind::LoseAnswer).with_probability(0.25, seed));
            (0..1000).map(|_| faults.strike(Operation::SaveSale).len()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let struck: usize = run(1).iter().sum();
        assert!((200..300).contains(&struck), "{struck}");
    }
}
