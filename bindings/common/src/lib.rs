//! The one boundary of the SDK: what every language sees, in plain types.
//!
//! A document crosses as JSON text (DESIGN §3), so that there is one reader for all languages; everything else as
//! structs and methods. A binding translates native objects and errors, and decides nothing.
#![forbid(unsafe_code)]

mod codes;
mod compute;
mod error;
mod pin;
mod schema;

pub use codes::{CodeTableInfo, code_tables};
pub use compute::{ComputeOptions, OriginalSale, check, compute};
pub use error::Error;
pub use etims_core::error::{ALL as ERROR_CODES, ErrorCode, ErrorKind};
pub use etims_core::rules::{Severity, Violation};
pub use pin::{PinCheck, check_pin};
pub use schema::{invoice_schema, seller_schema};
