//! Waiting by hand, on a thread that must not drive the runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use std::thread::Thread;
use std::time::Instant;

/// Wakes a thread.
pub(crate) struct Bell {
    thread: Thread,
    rung: AtomicBool,
}

impl Bell {
    pub(crate) fn of_this_thread() -> Arc<Bell> {
        Arc::new(Bell { thread: std::thread::current(), rung: AtomicBool::new(false) })
    }

    /// Returns whether it has rung by then.
    pub(crate) fn wait_until(&self, until: Instant) -> bool {
        loop {
            if self.rung.swap(false, Ordering::Acquire) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            std::thread::park_timeout(left);
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
