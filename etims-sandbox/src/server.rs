//! The socket: connections, body limit, answers; and the ways in which answers get lost.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::door::Request;
use crate::exchange::{Answer, Exchange};
use crate::kra::Kra;
use crate::kra::twist::Twists;
use crate::{page, token};

/// Longest request body: far above 999 lines of a sale.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What every connection shares.
pub(crate) struct Shared {
    kra: Mutex<Kra>,
    answered: AtomicU64,
}

impl Shared {
    pub(crate) fn new(kra: Kra) -> Shared {
        Shared { kra: Mutex::new(kra), answered: AtomicU64::new(0) }
    }

    /// Looks at KRA's memory, or changes it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Kra) -> T) -> T {
        // A panic while the lock was held would be a defect; the memory itself is changed by whole events only.
        look(&mut self.kra.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reference(&self) -> String {
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        format!("00000000-0000-4000-8000-{number:012x}")
    }
}

/// Accepts connections until the task is aborted, which closes them all.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, shared.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Without this, small answers wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(request, shared.clone()));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new());
    // A client that breaks off is its own affair.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: HttpRequest<Incoming>, shared: Arc<Shared>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(response(Answer::html(413, format!("The body is longer than {MAX_BODY} bytes"))));
        }
        Err(_) => return Ok(response(Answer::html(400, "The body could not be read".to_owned()))),
    };
    let exchange = Exchange {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: &body,
    };
    Ok(response(answer(&exchange, &shared)))
}

fn answer(exchange: &Exchange<'_>, shared: &Shared) -> Answer {
    let reference = shared.reference();
    match exchange.path {
        token::PATH => shared.with(|kra| token::answer(exchange, &kra.settings, kra.clock.now(), &reference)),
        page::RECEIPT => shared.with(|kra| page::receipt(exchange, kra)),
        "/" => page::front(),
        _ => {
            let request = Request::read(exchange);
            shared.with(|kra| {
                let now = kra.clock.now();
                request.answer(kra, now, &reference, &Twists::default(), false).answer
            })
        }
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(answer.content_type));
    response
}
