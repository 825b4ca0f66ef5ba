//! How an answer leaves: whole, in drips, broken off, or never.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::exchange::Answer;

/// Marks a response of which not one byte may be sent.
#[derive(Clone, Copy)]
pub(crate) struct Severed;

/// How the body of an answer is sent.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Shape {
    /// Half of the JSON, in proper HTTP.
    pub(crate) truncated: bool,
    /// Half of the body, then a reset.
    pub(crate) reset: bool,
    /// Pause between small pieces.
    pub(crate) drip: Option<Duration>,
}

/// Pieces of a dripping body.
const DRIP_BYTES: usize = 16;
/// Long enough for the first half to leave before the reset overtakes it.
const BEFORE_RESET: Duration = Duration::from_millis(20);

/// A response that carries nothing, not even a status.
pub(crate) fn severed() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Severed);
    response
}

pub(crate) fn response(answer: Answer, shape: Shape, line: Option<&LineFlag>) -> Response {
    let mut bytes = Bytes::from(answer.body);
    if shape.truncated {
        bytes.truncate(bytes.len() / 2);
    }
    let body = if shape.reset || shape.drip.is_some() {
        let piece = if shape.reset { bytes.len() / 2 } else { DRIP_BYTES };
        Body::new(Broken {
            promised: bytes.len() as u64,
            bytes,
            piece: piece.max(1),
            pause: shape.drip.unwrap_or(BEFORE_RESET),
            reset: shape.reset.then(|| line.cloned().unwrap_or_default()),
            asleep: None,
            started: false,
        })
    } else {
        Body::from(bytes)
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    response
}

/// A body in pieces that may break off.
struct Broken {
    bytes: Bytes,
    promised: u64,
    piece: usize,
    pause: Duration,
    reset: Option<LineFlag>,
    asleep: Option<Pin<Box<Sleep>>>,
    started: bool,
}

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.started {
            let pause = self.pause;
            let sleep = self.asleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.asleep = None;
            if let Some(line) = &self.reset {
                line.0.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
            }
        }
        self.started = true;
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.piece.min(self.bytes.len());
        Poll::Ready(Some(Ok(Frame::data(self.bytes.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.reset.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.bytes.len() as u64;
        SizeHint::with_exact(if self.started { left } else { self.promised })
    }
}

/// Set when the connection is to end with a reset.
#[derive(Clone, Default)]
pub(crate) struct LineFlag(Arc<AtomicBool>);

/// A connection that can end with a reset.
pub(crate) struct Line {
    stream: TcpStream,
    flag: LineFlag,
}

impl Line {
    pub(crate) fn new(stream: TcpStream, flag: LineFlag) -> Line {
        Line { stream, flag }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.flag.0.load(Ordering::Relaxed) {
            // Without it the end is an ordinary one: the body is still short.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
