//! What goes over the wire: dialects, operations, request bodies and replies. Only here do KRA's field names appear.

mod dialect;
mod operation;
mod reply;

pub use dialect::{Dialect, Environment};
pub use operation::Operation;
pub use reply::Delivery;
