//! Kenya's eTIMS as types: invoices, tax arithmetic, rules, wire documents, receipts and the submission state machine.
//!
//! Pure: no I/O, no clock, no threads. What touches the world lives in `etims-client`.
#![forbid(unsafe_code)]

pub mod codes;
pub mod document;
pub mod error;
pub mod journal;
pub mod money;
pub mod party;
pub mod pin;
pub mod receipt;
pub mod rules;
pub mod settings;
pub mod submission;
pub mod tax;
pub mod time;
pub mod totals;
pub mod wire;
