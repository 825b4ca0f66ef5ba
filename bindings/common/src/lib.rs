//! The one boundary of the SDK: what every language sees, in plain types.
//!
//! A document crosses as JSON text (DESIGN §3), so that there is one reader for all languages; everything else as
//! structs and methods. A binding translates native objects and errors, and decides nothing.
//!
//! What takes time is given out as [`Work`]: a thread may wait for it, any executor may await it, and dropping it loses
//! nothing but the answer.
#![deny(unsafe_code)]

mod adopt;
mod bell;
mod checkers;
mod codes;
mod compute;
mod device;
mod error;
mod events;
mod fork;
mod journal;
mod lookups;
mod pin;
mod process;
mod receipt;
mod runtime;
#[cfg(feature = "sandbox")]
mod sandbox;
mod settings;
mod submission;
mod work;

pub use adopt::WorkingDevice;
pub use checkers::{BuyerFinding, CheckedInvoice, Checkers, PinDetails, TccDetails, Verdict};
pub use codes::{CodeTableInfo, code_tables, item_code};
pub use compute::{ComputeOptions, DocumentKind, OriginalSale, check, check_rates, compute};
pub use device::{Decision, Device, Identity};
pub use error::Error;
pub use etims_core::error::{ALL as ERROR_CODES, ErrorCode, ErrorKind};
pub use etims_core::rules::{Severity, Violation};
#[cfg(feature = "sandbox")]
pub use etims_sandbox::LedgerRow;
pub use events::{Event, EventStream};
pub use journal::JournalEntry;
pub use lookups::{
    Branch, BranchCustomer, CodeClass, Customer, Import, InvoiceDetail, ItemClass, ListedItem, Listing, Notice,
    Purchase, StockMove, Taxpayer,
};
pub use pin::{PinCheck, check_pin};
pub use receipt::{NotKra, QrAddress, Receipt, RenderOptions, render, verify_qr};
#[cfg(feature = "sandbox")]
pub use sandbox::{Sandbox, SandboxOptions};
pub use settings::{DeviceSettings, SecretFunction, setting_keys};
pub use submission::{Submission, Ticket};
pub use work::{Started, Work, work};
