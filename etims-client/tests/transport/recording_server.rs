//! A KRA of few words: records every request and answers what the test tells it.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// One request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Listens on a port of this machine until it is dropped.
pub(crate) struct RecordingServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl RecordingServer {
    /// `answer` is called with each request and how many came before it.
    pub(crate) async fn start<F, A>(answer: F) -> RecordingServer
    where
        F: Fn(Seen, usize) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (record, count) = (Arc::clone(&seen), Arc::clone(&connections));
        let app = Router::new().fallback(move |request: Request| -> Answering {
            let (record, answer) = (Arc::clone(&record), answer.clone());
            Box::pin(async move {
                let (parts, body) = request.into_parts();
                let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
                let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                };
                let request = Seen {
                    method: parts.method.to_string(),
                    path: parts.uri.to_string(),
                    headers: parts.headers.iter().map(header).collect(),
                    body: String::from_utf8_lossy(&bytes).into_owned(),
                };
                let before = {
                    let mut record = record.lock().expect("no test panics while recording");
                    record.push(request.clone());
                    record.len() - 1
                };
                answer(request, before).await
            })
        });
        let listener = listener.tap_io(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("the server runs") });
        RecordingServer { address, seen, connections, serving }
    }

    /// `http://127.0.0.1:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics while recording").clone()
    }

    /// Requests to paths that end like this.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.path.split('?').next().is_some_and(|start| start.ends_with(path))).count()
    }

    /// TCP connections accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for RecordingServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An answer with JSON.
pub(crate) fn json(status: u16, body: impl Into<String>) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.into()))
        .expect("a valid answer")
}

/// A flat eTIMS answer.
pub(crate) fn result(code: &str, data: &str) -> Response {
    json(200, format!(r#"{{"resultCd":"{code}","resultMsg":"text","resultDt":"20260105101530","data":{data}}}"#))
}
