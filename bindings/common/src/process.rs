//! What belongs to one process: threads, sockets and file handles do not survive a `fork`.
//!
//! A child that inherits such state must neither use nor free it: its threads are gone, its locks may be held for ever,
//! and closing its files would release the parent's. Each process therefore gets its own, and the inherited one leaks.

#![expect(unsafe_code, reason = "a lock of the standard library may be held by a thread that the child does not have")]

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value for each process, made on first use. The process is checked before anything else is touched.
pub(crate) struct PerProcess<T> {
    /// Null, or a leaked box. One of another process is never freed; one of this process only by `Drop`.
    current: AtomicPtr<Owned<T>>,
}

struct Owned<T> {
    process: u32,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    pub(crate) const fn new() -> PerProcess<T> {
        PerProcess { current: AtomicPtr::new(ptr::null_mut()) }
    }

    /// This process's value. Two threads may both make one; the later one is dropped.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let inherited = self.current.load(Ordering::Acquire);
        let made = Box::into_raw(Box::new(Owned { process: std::process::id(), value: make() }));
        match self.current.compare_exchange(inherited, made, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: `made` came from `Box::into_raw` just now and is freed by nobody but `Drop`.
            Ok(_) => unsafe { &(*made).value },
            Err(_) => {
                // SAFETY: `made` was not published.
                drop(unsafe { Box::from_raw(made) });
                self.get().expect("another thread of this process has just published one")
            }
        }
    }

    /// This process's value, if it has one already.
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: a published pointer stays valid as long as `self`, which is borrowed.
        let owned = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        (owned.process == std::process::id()).then_some(&owned.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        // SAFETY: as in `get`; nobody else can reach it any more.
        if unsafe { current.as_ref() }.is_some_and(|owned| owned.process == std::process::id()) {
            // SAFETY: it came from `Box::into_raw` in this process and is freed once.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}
