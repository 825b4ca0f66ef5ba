//! What goes over the wire: dialects, operations, request bodies and replies. Only here do KRA's field names appear.

mod answer_object;
mod body;
pub mod checks;
mod dialect;
mod expected;
mod invoice_detail;
mod item;
mod known_text;
pub mod limits;
pub mod lookups;
mod operation;
mod reply;
mod result_code;
mod sale;
mod signed_receipt;
mod stock;

pub use dialect::{Dialect, Environment};
pub use expected::Expected;
pub use invoice_detail::{Finding, invoice_detail_body};
pub use item::item_body;
pub use operation::Operation;
pub use reply::{Delivery, Outcome, Refusal, Reply};
pub use result_code::{DeviceFault, RefusalReason};
pub use sale::sale_body;
pub use signed_receipt::{SignedReceipt, UnreadableReceipt};
pub use stock::{stock_balance_body, stock_movement_body};
