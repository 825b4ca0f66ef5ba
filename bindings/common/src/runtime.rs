//! The one small tokio runtime of a process, made on first use.

use tokio::runtime::{Builder, Runtime};

use crate::process::PerProcess;

/// It only hands on what arrives; whoever asks does the work, and what may take long has threads of its own. A second
/// thread would mostly be woken for nothing.
const THREADS: usize = 1;

static RUNTIME: PerProcess<Runtime> = PerProcess::new();

pub(crate) fn runtime() -> &'static Runtime {
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("etims")
            .enable_all()
            .build()
            .expect("the system gives a thread and a poller")
    })
}
