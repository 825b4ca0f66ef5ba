//! Work under way: waited for by a thread, or awaited by an event loop.

use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use etims_bindings::{ERROR_CODES, Error, Started, start};
use pyo3::prelude::*;

use crate::error::raised;

/// How long a thread waits before it looks whether Ctrl-C was pressed.
const TICK: Duration = Duration::from_millis(100);

/// Makes the Python object of an outcome, in a thread that may.
type Make = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

enum State {
    Running { when_done: Option<Py<PyAny>> },
    Done(Result<Make, Error>),
    Taken,
}

struct Shared {
    state: Mutex<State>,
    done: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, outcome: Result<Make, Error>) {
        let before = std::mem::replace(&mut *self.state(), State::Done(outcome));
        self.done.notify_all();
        if let State::Running { when_done: Some(callback) } = before {
            // Without an interpreter there is nobody to tell. An error in the callback is a loop that was closed.
            Python::try_attach(|py| callback.call0(py).map_or_else(|error| error.write_unraisable(py, None), drop));
        }
    }
}

/// Work under way. The work goes on whatever becomes of this object.
#[pyclass(frozen, module = "etims_sdk._native")]
pub(crate) struct Call {
    process: u32,
    shared: Arc<Shared>,
    started: Started,
}

impl Call {
    /// Starts work; `make` turns its outcome into a Python object.
    pub(crate) fn start<T: Send + 'static>(
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
        make: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> Call {
        let shared = Arc::new(Shared { state: Mutex::new(State::Running { when_done: None }), done: Condvar::new() });
        let finished = shared.clone();
        let started = start(work, move |outcome| {
            finished.finish(outcome.map(|value| Box::new(move |py: Python<'_>| make(py, value)) as Make));
        });
        Call { process: std::process::id(), shared, started }
    }
}

#[pymethods]
impl Call {
    /// Waits for the outcome with the GIL released and gives or raises it, once. Ctrl-C ends the waiting, not the work.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        // Before the lock: the thread that would answer is not in this process.
        if self.process != std::process::id() {
            let forked = ERROR_CODES.iter().find(|code| code.code == "FORKED").expect("the table has it");
            return Err(raised(py, &Error::new(forked, "the call was begun by the parent process")));
        }
        loop {
            let done = py.detach(|| {
                let state = self.shared.state();
                let running = |state: &mut State| matches!(state, State::Running { .. });
                let waited = self.shared.done.wait_timeout_while(state, TICK, running);
                !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
            });
            if done {
                break;
            }
            if let Err(interrupt) = py.check_signals() {
                self.started.stop_telling();
                return Err(interrupt);
            }
        }
        let outcome = std::mem::replace(&mut *self.shared.state(), State::Taken);
        match outcome {
            State::Done(Ok(make)) => make(py),
            State::Done(Err(error)) => Err(raised(py, &error)),
            _ => Err(pyo3::exceptions::PyRuntimeError::new_err("the outcome was taken before")),
        }
    }

    /// Calls back once there is an outcome, from another thread or at once.
    fn when_done(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        {
            let mut state = self.shared.state();
            if let State::Running { when_done } = &mut *state {
                *when_done = Some(callback);
                return Ok(());
            }
        }
        callback.call0(py).map(drop)
    }

    /// Nobody waits any more. The work goes on.
    fn stop_waiting(&self) {
        self.started.stop_telling();
    }
}
