//! The life of one write from the queue to KRA's acceptance, as a pure state machine.
//!
//! [`step`] takes what is stored, something that happened, and says what is stored next and what the holder of the
//! lane does. It opens no socket, reads no clock and touches no store: `etims-client` does that around it.

mod diagram;
mod event;
mod rule;
mod state;
mod step;

pub use diagram::mermaid;
pub use event::{Action, Comparison, Context, Event, Lane, Limits, Pause};
pub use rule::{CounterScopes, LaneScope, Recovery, WriteRule};
pub use state::{Adoption, Check, Claim, Moment, Refused, Rejection, RepeatedFault, Retries, State, StopCause};
pub use step::{Misfit, Step, step};
