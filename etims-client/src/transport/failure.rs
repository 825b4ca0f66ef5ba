use std::error::Error;
use std::fmt;
use std::time::Duration;

use etims_core::wire::Delivery;

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The dialect has no such call.
    Unsupported,
    /// The caller's `clear_to_send` said no.
    NotClear,
    /// Held back by our own rate limiter for longer than the call may wait.
    Limited,
    /// KRA has failed so often lately that we do not ask it for a while.
    CircuitOpen,
    /// KRA gives no access token for these credentials.
    Token,
    /// KRA's token address was not reached, or it failed.
    TokenHost,
    /// Name look-up, connection, proxy or TLS handshake failed.
    Connect,
    /// No complete answer in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// The server sent a redirect, which is never followed: it would hand our keys to another host.
    Redirected,
    /// The answer is larger than the limit, compressed or not.
    TooLarge,
    /// The answer is not readable as HTTP or as gzip.
    Unreadable,
}

impl Cause {
    /// Stable name for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Unsupported => "unsupported",
            Cause::NotClear => "not_clear",
            Cause::Limited => "limited",
            Cause::CircuitOpen => "circuit_open",
            Cause::Token => "token",
            Cause::TokenHost => "token_host",
            Cause::Connect => "connect",
            Cause::Timeout => "timeout",
            Cause::Interrupted => "interrupted",
            Cause::Redirected => "redirected",
            Cause::TooLarge => "too_large",
            Cause::Unreadable => "unreadable",
        }
    }
}

/// A call without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Whether KRA may have acted on the request.
    pub delivery: Delivery,
    /// What went wrong.
    pub cause: Cause,
    /// What happened and what to do, without secrets.
    pub message: String,
    /// How long to wait before another try, when something is known about it.
    pub retry_after: Option<Duration>,
}

impl CallError {
    /// A call that stopped before anything was sent.
    pub fn not_sent(cause: Cause, message: impl Into<String>) -> CallError {
        CallError { delivery: Delivery::NotSent, cause, message: message.into(), retry_after: None }
    }

    /// A call that KRA may have received.
    pub fn maybe_delivered(cause: Cause, message: impl Into<String>) -> CallError {
        CallError { delivery: Delivery::MaybeDelivered, cause, message: message.into(), retry_after: None }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for CallError {}
