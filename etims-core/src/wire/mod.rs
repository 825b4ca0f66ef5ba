//! What goes over the wire: dialects, operations, request bodies and replies. Only here do KRA's field names appear.

mod answer_object;
mod dialect;
mod expected;
mod known_text;
mod operation;
mod reply;
mod result_code;
mod signed_receipt;

pub use dialect::{Dialect, Environment};
pub use expected::Expected;
pub use operation::Operation;
pub use reply::{Delivery, Outcome, Refusal, Reply};
pub use result_code::{DeviceFault, RefusalReason};
pub use signed_receipt::{SignedReceipt, UnreadableReceipt};
