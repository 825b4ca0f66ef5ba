//! The one small tokio runtime of a process, made on first use.

use std::future::Future;

use etims_core::error;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use crate::Error;
use crate::process::PerProcess;

/// KRA is slow and the disk is one: two threads keep both busy.
const THREADS: usize = 2;

static RUNTIME: PerProcess<Runtime> = PerProcess::new();

pub(crate) fn runtime() -> &'static Runtime {
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("etims")
            .enable_all()
            .build()
            .expect("the system gives two threads and a poller")
    })
}

/// Starts work that belongs to the runtime and goes on when nobody waits for it any more.
///
/// The answer may be awaited on any executor. A panic in the work is an error of the code `INTERNAL`.
pub fn run<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> impl Future<Output = Result<T, Error>> + Send + 'static {
    let task = runtime().spawn(work);
    async move {
        match task.await {
            Ok(outcome) => outcome,
            Err(gone) if gone.is_panic() => Err(Error::panicked(&*gone.into_panic())),
            Err(_) => Err(Error::new(&error::CLOSED, "the SDK's runtime was shut down")),
        }
    }
}

/// Work whose outcome somebody is told.
pub struct Started {
    telling: AbortHandle,
}

impl Started {
    /// Nobody is told any more. The work itself goes on.
    pub fn stop_telling(&self) {
        self.telling.abort();
    }
}

/// Awaits work on the runtime and tells its outcome to a function, on a thread of the runtime.
pub fn start<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
    tell: impl FnOnce(Result<T, Error>) + Send + 'static,
) -> Started {
    let telling = runtime().spawn(async move { tell(work.await) });
    Started { telling: telling.abort_handle() }
}
