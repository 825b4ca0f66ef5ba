//! What goes over the wire: dialects, operations, request bodies and replies. Only here do KRA's field names appear.

mod answer_object;
mod dialect;
mod operation;
mod signed_receipt;

pub use dialect::{Dialect, Environment};
pub use operation::Operation;
pub use signed_receipt::{SignedReceipt, UnreadableReceipt};
