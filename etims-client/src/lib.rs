//! KRA eTIMS client: authentication, transport, durable outbox and recovery.
#![forbid(unsafe_code)]

pub mod auth;
pub mod blocking;
pub mod breaker;
pub mod calls;
pub mod checkers;
mod clock;
pub mod codes;
pub mod config;
pub mod connection;
pub mod credentials;
pub mod device;
pub mod error;
pub mod events;
pub mod limiter;
pub mod line;
pub mod metrics;
pub mod notice;
pub mod offline;
pub mod outbox;
pub mod retry;
pub mod store;
pub mod transport;

/// The front page's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
