//! The one small tokio runtime of a process, made on first use.

use tokio::runtime::{Builder, Runtime};

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
