//! A request body that asks for permission before its first byte leaves.
//!
//! HTTP writes the body only once the connection stands and TLS is agreed, so that this is the last moment at which a
//! request can still be called back, and the exact line between "not sent" and "maybe delivered": a request whose
//! announced body never came cannot be acted on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;

/// The body's side: holds the bytes back until the caller grants them.
pub(super) struct GatedBody {
    bytes: Option<Bytes>,
    length: u64,
    ask: Option<oneshot::Sender<()>>,
    grant: oneshot::Receiver<()>,
}

/// The caller's side.
pub(super) struct Gate {
    asked: oneshot::Receiver<()>,
    grant: Option<oneshot::Sender<()>>,
}

/// The body was not granted.
#[derive(Debug, thiserror::Error)]
#[error("called back before the body was sent")]
pub(super) struct CalledBack;

/// A body and the gate before it.
pub(super) fn gated(body: &[u8]) -> (GatedBody, Gate) {
    let (ask, asked) = oneshot::channel();
    let (grant, granted) = oneshot::channel();
    let body = GatedBody {
        bytes: Some(Bytes::copy_from_slice(body)),
        length: body.len() as u64,
        ask: Some(ask),
        grant: granted,
    };
    (body, Gate { asked, grant: Some(grant) })
}

impl Gate {
    /// Resolves when the connection stands and the body is about to leave; never, when it comes to nothing.
    pub(super) async fn reached(&mut self) {
        if (&mut self.asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Lets the body go. From here on KRA may have it.
    pub(super) fn open(&mut self) {
        if let Some(grant) = self.grant.take() {
            // The body may be gone already: then the connection has failed, which the caller learns elsewhere.
            let _ = grant.send(());
        }
    }
}

impl Body for GatedBody {
    type Data = Bytes;
    type Error = CalledBack;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CalledBack>>> {
        if self.bytes.is_none() {
            return Poll::Ready(None);
        }
        if let Some(ask) = self.ask.take() {
            let _ = ask.send(());
        }
        Pin::new(&mut self.grant)
            .poll(context)
            .map(|granted| granted.map_err(|_| CalledBack).map(|()| self.bytes.take().map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // The announced length must not change while the body is being sent.
        SizeHint::with_exact(if self.bytes.is_some() { self.length } else { 0 })
    }
}
