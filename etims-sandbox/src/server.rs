//! The socket: connections, the body limit, and what they all share.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock::{Clock, Moment};
use crate::exchange::Answer;
use crate::fault::{FaultKind, Faults};
use crate::kra::Kra;
use crate::kra::event::Event;
use crate::operation::Operation;
use crate::state_file::StateFile;
use crate::wire::{Line, LineFlag, Severed, Shape, response};
use crate::{business, control, page};

/// Longest request body: far above 999 lines of a sale.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// A client that sends no more for this long is given up.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What every connection shares.
pub(crate) struct Shared {
    kra: Mutex<Kra>,
    faults: Mutex<Faults>,
    state: Option<StateFile>,
    answered: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while a lock was held would be a defect; what it guards is changed by whole steps only.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(kra: Kra, state: Option<StateFile>) -> Shared {
        Shared { kra: Mutex::new(kra), faults: Mutex::new(Faults::default()), state, answered: AtomicU64::new(0) }
    }

    /// Looks at KRA's memory.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Kra) -> T) -> T {
        look(&locked(&self.kra))
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        locked(&self.faults)
    }

    pub(crate) fn strike(&self, operation: Operation) -> Vec<FaultKind> {
        self.faults().strike(operation)
    }

    pub(crate) fn now(&self) -> Moment {
        self.with(|kra| kra.clock.now())
    }

    /// Does something with KRA's memory and waits until all that its result may rest on is on the disk.
    ///
    /// `act` gets whether the events must be returned for the state file. The error is the answer to give instead.
    pub(crate) async fn settle<T>(&self, act: impl FnOnce(&mut Kra, bool) -> (T, Vec<Event>)) -> Result<T, Answer> {
        let (result, position) = {
            let mut kra = locked(&self.kra);
            let (result, events) = act(&mut kra, self.state.is_some());
            (result, self.state.as_ref().map(|state| state.append(&events)))
        };
        if let (Some(state), Some(position)) = (&self.state, position) {
            state.durable(position).await.map_err(|problem| {
                let problem = format!("<p>The state file cannot be written: {problem}. Restart the sandbox.</p>");
                page::page(500, "State file failed", &problem)
            })?;
        }
        Ok(result)
    }

    /// Changes KRA's clock and returns it.
    pub(crate) async fn set_clock(&self, change: impl FnOnce(Clock) -> Clock) -> Result<Clock, Answer> {
        let change = |kra: &mut Kra, _| {
            let clock = change(kra.clock);
            let event = Event::ClockSet { clock };
            kra.apply(event.clone());
            (clock, vec![event])
        };
        self.settle(change).await
    }

    pub(crate) fn reference(&self) -> String {
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        format!("00000000-0000-4000-8000-{number:012x}")
    }

    /// Lets go of the state file.
    pub(crate) fn close(&self) {
        if let Some(state) = &self.state {
            state.close();
        }
    }
}

/// Accepts connections until the task is aborted, which closes them all. By hand and not with `axum::serve`, because
/// that always answers: here an answer may have to get lost, or a connection end with a reset.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = control::routes().fallback(fallback).with_state(shared);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                // Out of file descriptors, mostly: give the open connections time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Ends a connection without a byte of answer.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is lost on purpose")
    }
}

impl std::error::Error for Lost {}

async fn connection(stream: TcpStream, router: Router) {
    // Without this, small answers wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let flag = LineFlag::default();
    let line = TokioIo::new(Line::new(stream, flag.clone()));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(flag.clone());
        let response = hyper::service::Service::call(&router, request);
        async move {
            let response: Response = response.await.map_err(|never| match never {})?;
            if response.extensions().get::<Severed>().is_some() { Err(Lost) } else { Ok(response) }
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new());
    // A client that breaks off is its own affair.
    let _ = http.serve_connection(line, service).await;
}

async fn fallback(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let refused = |status, text: String| response(page::page(status, "Bad request", &text), Shape::default(), None);
    let body = match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return refused(413, format!("<p>The body broke off or is longer than {MAX_BODY} bytes.</p>")),
        Err(_) => return refused(408, format!("<p>The body did not come within {} s.</p>", BODY_TIMEOUT.as_secs())),
    };
    business::respond(shared, parts, body).await
}
