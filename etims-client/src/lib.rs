//! KRA eTIMS client: authentication, transport, durable outbox and recovery.
#![forbid(unsafe_code)]

pub mod auth;
pub mod breaker;
pub mod calls;
pub mod config;
pub mod connection;
pub mod credentials;
pub mod limiter;
pub mod line;
pub mod metrics;
pub mod offline;
pub mod retry;
pub mod transport;
