//! HTTP to KRA: one request out, one answer back, and an honest word on how far the request came.
//!
//! [`Transport`] is what the rest of the client needs of HTTP; [`HttpTransport`] does it with reqwest and rustls.

mod failure;
mod gate;
mod http;
mod tls;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use failure::{CallError, Cause};
pub use http::{HttpOptions, HttpSetupError, HttpTransport};
pub use tls::{Roots, RootsError};

/// Asked once, immediately before the first byte of a body leaves: `false` stops the request, which then counts as
/// not sent. It is asked where the bytes are written, which waits for it.
pub type ClearToSend = Arc<dyn Fn() -> bool + Send + Sync>;

/// The future of [`Transport::send`].
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Answer, CallError>> + Send + 'a>>;

/// Sends one request and reads one answer. Implementations neither retry nor follow redirects.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends the request once.
    ///
    /// # Errors
    /// [`CallError`] when there is no complete answer; its `delivery` says whether KRA may have acted on the request.
    /// Every answer with a status is `Ok`, whatever the status.
    fn send<'a>(&'a self, request: Request<'a>) -> Sending<'a>;
}

/// One HTTP request: a GET without a body, or a POST with one.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Absolute address, without user information.
    pub url: &'a str,
    /// Header fields besides `Content-Length` and `Host`.
    pub headers: &'a [Header],
    /// The exact bytes of a POST; `None` makes a GET.
    pub body: Option<&'a [u8]>,
    /// From the start of connecting to the last byte of the answer.
    pub timeout: Duration,
    /// For writes: the last question before the body leaves.
    pub clear_to_send: Option<&'a ClearToSend>,
}

impl fmt::Debug for Request<'_> {
    /// Without the body, which holds personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.map(<[u8]>::len))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A header field; its value is treated as a secret whatever it is.
#[derive(Clone)]
pub struct Header {
    name: &'static str,
    value: SecretString,
}

impl Header {
    /// A header field. The name is in lower case, the form HTTP sends.
    pub fn new(name: &'static str, value: impl Into<String>) -> Header {
        Header { name, value: SecretString::from(value.into()) }
    }

    /// Name in lower case.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value, for the one place that writes it to the socket.
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ***", self.name)
    }
}

/// What the server answered, unread.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, decompressed; it may be empty, HTML or anything else.
    pub body: Vec<u8>,
    /// What the server asks us to wait before the next request (`Retry-After`).
    pub retry_after: Option<Duration>,
}

impl fmt::Debug for Answer {
    /// Without the body: the answer to an initialisation holds the communication key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("retry_after", &self.retry_after)
            .finish()
    }
}
