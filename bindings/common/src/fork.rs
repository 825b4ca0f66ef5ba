//! What happens around a `fork` of the process.

#![cfg_attr(unix, expect(unsafe_code, reason = "the standard library has no way to hear of a fork"))]

/// From now on every store stands still while this process forks, whoever forks it: SQLite's books must be clean in
/// the child.
#[cfg(unix)]
pub(crate) fn watch() {
    use std::cell::RefCell;
    use std::sync::Once;

    use etims_client::store::sqlite::{Standstill, stand_still};

    thread_local! {
        /// All three functions run in the thread that forks.
        static STANDING: RefCell<Option<Standstill>> = const { RefCell::new(None) };
    }

    extern "C" fn before() {
        STANDING.replace(Some(stand_still()));
    }

    extern "C" fn in_parent() {
        STANDING.take();
    }

    extern "C" fn in_child() {
        if let Some(standing) = STANDING.take() {
            standing.forget();
        }
    }

    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        // SAFETY: three functions that live as long as the process and do not unwind. It fails for want of memory only,
        // and then a fork is what it always was.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    });
}

/// There is no `fork` here.
#[cfg(not(unix))]
pub(crate) fn watch() {}
