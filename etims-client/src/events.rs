//! What a device tells while it works.

use etims_core::pin::Pin;
use etims_core::submission::{Adoption, StopCause};
use etims_core::wire::Operation;
use tokio::sync::broadcast;

use crate::notice::Notice;

/// Events kept for a listener that is slow.
const KEPT: usize = 4096;

/// A channel for the events of one device. Subscribe before the device is opened to miss nothing.
pub fn channel() -> broadcast::Sender<DeviceEvent> {
    broadcast::channel(KEPT).0
}

/// The key of a lane as it may be shown, the PIN masked: `sandbox/P00*****7R/00/sales`.
pub(crate) fn shown_lane(key: &str) -> String {
    let parts =
        key.split('/').map(|part| Pin::parse(part).map_or_else(|_| part.to_owned(), |pin| pin.masked().to_string()));
    parts.collect::<Vec<_>>().join("/")
}

/// Something worth knowing. Events are told after what they tell of is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceEvent {
    /// A submission's bytes are bound to a number and on their way.
    Sent {
        /// The caller's reference.
        reference: String,
        /// What kind of write.
        operation: Operation,
        /// The number, in lanes that count.
        number: Option<u64>,
    },
    /// KRA has it and its receipt is here.
    Signed {
        /// The caller's reference.
        reference: String,
        /// KRA's number of it.
        number: u64,
        /// How we know.
        adoption: Adoption,
        /// Whether KRA signed it long after it was issued.
        late: bool,
    },
    /// KRA has it; there is no receipt.
    Recorded {
        /// The caller's reference.
        reference: String,
        /// What kind of write.
        operation: Operation,
        /// The number, in lanes that count.
        number: Option<u64>,
        /// How we know.
        adoption: Adoption,
    },
    /// The answer was lost; KRA is asked before anything else happens in the lane.
    Uncertain {
        /// The caller's reference.
        reference: String,
        /// The number, in lanes that count.
        number: Option<u64>,
        /// What was seen.
        note: Option<String>,
    },
    /// KRA said that nothing is recorded: the identical bytes go out again.
    Resent {
        /// The caller's reference.
        reference: String,
        /// The number, in lanes that count.
        number: Option<u64>,
    },
    /// KRA does not want it as it is.
    Rejected {
        /// The caller's reference.
        reference: String,
        /// KRA's words, or ours.
        note: Option<String>,
    },
    /// The lane waits for a person.
    Stopped {
        /// The caller's reference.
        reference: String,
        /// Why.
        cause: StopCause,
        /// What was seen.
        note: Option<String>,
    },
    /// The counter was moved to what KRA says it is.
    CounterCorrected {
        /// Which lane, such as `sandbox/P00*****7R/00/sales`.
        lane: String,
        /// The last number used, as we believed.
        from: u64,
        /// The last number used, as KRA says.
        to: u64,
    },
    /// KRA cannot be reached, or turns us away; documents are kept and sent later.
    Waiting {
        /// Which lane, such as `sandbox/P00*****7R/00/sales`.
        lane: String,
        /// What was seen.
        note: Option<String>,
    },
    /// KRA answers again.
    Resumed {
        /// Which lane, such as `sandbox/P00*****7R/00/sales`.
        lane: String,
    },
    /// An answer could not be stored; it was put aside and the lane stands still.
    StoreFull {
        /// The caller's reference.
        reference: String,
        /// What the store said.
        message: String,
    },
    /// The store is an older copy of itself: the lane stands still until a person lets it go on.
    StoreRestored {
        /// Which lane, such as `sandbox/P00*****7R/00/sales`.
        lane: String,
        /// What the store has and had.
        message: String,
    },
    /// Something about the line to KRA and no single document.
    Notice(Notice),
}
