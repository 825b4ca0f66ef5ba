//! A KRA eTIMS that developers can run and break.
//!
//! Three dialects on one loopback port, KRA's rules in KRA's own words, and faults at will. The crate shares no code
//! with the SDK's client: it reads raw JSON, computes in integer cents and keeps numbers and stock by itself.

mod business;
mod clock;
mod code_table;
mod control;
mod door;
mod exchange;
mod fault;
mod fields;
mod json;
mod kra;
mod number;
mod offline;
mod operation;
mod page;
mod rule;
mod sandbox;
mod seed;
mod server;
mod settings;
mod signature;
mod state_file;
mod token;
mod verbs;
mod wire;

pub use fault::{DuplicateCode, Fault, FaultError, FaultId, FaultKind, When};
pub use kra::ledger::LedgerRow;
pub use offline::{OfflineAnswer, OfflineKra};
pub use operation::{Dialect, Operation};
pub use rule::{Form, RULES, Rule, Scope, Wording};
pub use sandbox::{Sandbox, SandboxBuilder, SandboxError};
pub use settings::Profile;
pub use state_file::StateFileError;

/// The guide's example must compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/sandbox.md")]
struct Guide;
