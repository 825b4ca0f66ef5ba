//! KRA eTIMS client: authentication, transport, durable outbox and recovery.
#![forbid(unsafe_code)]

pub mod auth;
pub mod connection;
pub mod transport;
