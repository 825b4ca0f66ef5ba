//! Work to be done: waited for by a thread, or awaited by an event loop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use etims_bindings::{ERROR_CODES, Error, Started, Work};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::error::raised;

/// How long a thread waits before it looks whether Ctrl-C was pressed.
const TICK: Duration = Duration::from_millis(100);

/// Makes the Python object of an outcome, in a thread that may.
type Make = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

enum State {
    /// Nobody has asked for it yet.
    Asleep(Work<Make>),
    Started(Option<Started>),
    Done(Result<Make, Error>),
    Taken,
}

/// Work to be done. It is done whatever becomes of this object.
#[pyclass(frozen, module = "etims_sdk._native")]
pub(crate) struct Call {
    process: u32,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Call {
    /// `make` turns the outcome of the work into a Python object.
    pub(crate) fn new<T: Send + 'static>(
        work: Work<T>,
        make: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> Call {
        let work = work.map(|value| Box::new(move |py: Python<'_>| make(py, value)) as Make);
        Call { process: std::process::id(), state: Arc::new(Mutex::new(State::Asleep(work))) }
    }

    fn take(&self) -> State {
        std::mem::replace(&mut *lock(&self.state), State::Taken)
    }
}

#[pymethods]
impl Call {
    /// Waits for the outcome with the GIL released and gives or raises it, once. Ctrl-C ends the waiting, not the work.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        // Before the lock: the thread that holds it may not be in this process.
        if self.process != std::process::id() {
            let forked = ERROR_CODES.iter().find(|code| code.code == "FORKED").expect("the table has it");
            return Err(raised(py, &Error::new(forked, "the call was begun by the parent process")));
        }
        let outcome = match self.take() {
            State::Done(outcome) => outcome,
            State::Asleep(mut work) => loop {
                if let Some(outcome) = py.detach(|| work.wait_for(TICK)) {
                    break outcome;
                }
                py.check_signals()?;
            },
            State::Started(_) | State::Taken => {
                return Err(PyRuntimeError::new_err("somebody else waits for the outcome, or has taken it"));
            }
        };
        outcome.map_err(|error| raised(py, &error))?(py)
    }

    /// Begins, and calls back once there is an outcome, from another thread.
    fn when_done(&self, callback: Py<PyAny>) -> PyResult<()> {
        let State::Asleep(work) = std::mem::replace(&mut *lock(&self.state), State::Started(None)) else {
            return Err(PyRuntimeError::new_err("somebody else waits for the outcome, or has taken it"));
        };
        let state = self.state.clone();
        let started = work.start(move |outcome| {
            *lock(&state) = State::Done(outcome);
            // Without an interpreter there is nobody to tell. An error in the callback is a loop that was closed.
            Python::try_attach(|py| callback.call0(py).map_or_else(|error| error.write_unraisable(py, None), drop));
        });
        if let State::Started(telling) = &mut *lock(&self.state) {
            *telling = Some(started);
        }
        Ok(())
    }

    /// Nobody waits any more. The work goes on.
    fn stop_waiting(&self) {
        if let State::Started(Some(started)) = &*lock(&self.state) {
            started.stop_telling();
        }
    }
}
