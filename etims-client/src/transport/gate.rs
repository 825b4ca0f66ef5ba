//! A request body that asks for permission before its first byte leaves.
//!
//! HTTP writes the body only once the connection stands and TLS is agreed, so that this is the last moment at which a
//! request can still be called back, and the exact line between "not sent" and "maybe delivered": a request whose
//! announced body never came cannot be acted on.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::ClearToSend;

const SHUT: u8 = 0;
const OPEN: u8 = 1;
const CALLED_BACK: u8 = 2;

/// The body's side. Head and body leave in one piece when the permission is there.
pub(super) struct GatedBody {
    bytes: Option<Bytes>,
    length: u64,
    clear_to_send: ClearToSend,
    gate: Gate,
}

/// The caller's side: what became of the permission.
#[derive(Clone)]
pub(super) struct Gate(Arc<AtomicU8>);

/// The body was not granted.
#[derive(Debug, thiserror::Error)]
#[error("called back before the body was sent")]
pub(super) struct CalledBack;

/// A body and the gate before it.
pub(super) fn gated(body: &[u8], clear_to_send: &ClearToSend) -> (GatedBody, Gate) {
    let gate = Gate(Arc::new(AtomicU8::new(SHUT)));
    let body = GatedBody {
        bytes: Some(Bytes::copy_from_slice(body)),
        length: body.len() as u64,
        clear_to_send: clear_to_send.clone(),
        gate: gate.clone(),
    };
    (body, gate)
}

impl Gate {
    /// Whether KRA may have the body.
    pub(super) fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst) == OPEN
    }

    /// Whether the sender no longer wanted it to leave.
    pub(super) fn is_called_back(&self) -> bool {
        self.0.load(Ordering::SeqCst) == CALLED_BACK
    }

    /// Opens unless somebody has shut it for good. Returns whether the body may leave.
    fn ask(&self, clear_to_send: &ClearToSend) -> bool {
        let verdict = if clear_to_send() { OPEN } else { CALLED_BACK };
        self.0.compare_exchange(SHUT, verdict, Ordering::SeqCst, Ordering::SeqCst).is_ok() && verdict == OPEN
    }

    /// Keeps the body from leaving from now on. Returns whether it came in time.
    pub(super) fn call_back(&self) -> bool {
        self.0.compare_exchange(SHUT, CALLED_BACK, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl Body for GatedBody {
    type Data = Bytes;
    type Error = CalledBack;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CalledBack>>> {
        if self.bytes.is_some() && !self.gate.ask(&self.clear_to_send) {
            return Poll::Ready(Some(Err(CalledBack)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // The announced length must not change while the body is being sent.
        SizeHint::with_exact(if self.bytes.is_some() { self.length } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_first_has_the_body() {
        let clear: ClearToSend = Arc::new(|| true);
        let (_, gate) = gated(b"{}", &clear);
        assert!(gate.call_back() && !gate.ask(&clear) && !gate.is_open() && gate.is_called_back());
        let (_, gate) = gated(b"{}", &clear);
        assert!(gate.ask(&clear) && !gate.call_back() && gate.is_open() && !gate.is_called_back());
        let (_, gate) = gated(b"{}", &clear);
        assert!(!gate.ask(&(Arc::new(|| false) as ClearToSend)) && !gate.is_open() && gate.is_called_back());
    }
}
