//! What goes over the wire: dialects, operations, request bodies and replies. Only here do KRA's field names appear.

mod body;
mod dialect;
mod item;
pub mod limits;
mod operation;
mod sale;
mod stock;

pub use dialect::{Dialect, Environment};
pub use item::item_body;
pub use operation::Operation;
pub use sale::sale_body;
pub use stock::{stock_balance_body, stock_movement_body};
