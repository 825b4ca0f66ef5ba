//! The one small tokio runtime of a process, made on first use, and who drives it.
//!
//! Whoever waits drives it: a single caller who asks for one thing after another pays for no change of threads. A
//! thread of its own stands in while nobody waits. It comes back a moment after the last caller has left and no sooner,
//! as most come again at once; nothing that was left over stands still for longer than that.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::thread::Thread;
use std::time::Duration;

use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::process::PerProcess;

/// How long nobody drives after the last caller has left.
const MOMENT: Duration = Duration::from_millis(2);

static RUNTIME: PerProcess<Shared> = PerProcess::new();

pub(crate) fn runtime() -> &'static Shared {
    RUNTIME.get_or_init(Shared::new).with_stand_in()
}

/// A runtime that many threads drive, one at a time.
pub(crate) struct Shared {
    tokio: Runtime,
    /// Callers that drive it, or wait for their turn to.
    drivers: AtomicUsize,
    /// How often one of them has left.
    departures: AtomicUsize,
    stand_in: OnceLock<Thread>,
    /// What the stand-in does, or was told to do.
    duty: AtomicU8,
    stand_down: Notify,
}

const DRIVE: u8 = 0;
/// Look now and then whether anybody drives.
const WATCH: u8 = 1;
/// Somebody drives for long, and gives word when the last one leaves; a look now and then costs little.
const SLEEP: u8 = 2;

impl Shared {
    fn new() -> Shared {
        Shared {
            tokio: Builder::new_current_thread().enable_all().build().expect("the system gives a poller"),
            drivers: AtomicUsize::new(0),
            departures: AtomicUsize::new(0),
            stand_in: OnceLock::new(),
            duty: AtomicU8::new(DRIVE),
            stand_down: Notify::new(),
        }
    }

    /// Not before it is published: of two that were made at once one is dropped.
    fn with_stand_in(&'static self) -> &'static Shared {
        self.stand_in.get_or_init(|| {
            let thread = std::thread::Builder::new().name("etims".to_owned()).spawn(|| self.stand_in());
            thread.expect("the system gives a thread").thread().clone()
        });
        self
    }

    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.tokio.enter()
    }

    /// From wherever: somebody will drive it.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        let spawned = self.tokio.spawn(task);
        self.have_driven();
        spawned
    }

    pub(crate) fn spawn_blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.tokio.spawn_blocking(work)
    }

    /// Drives until this is done, for at most so long. Not for a thread that runs tasks: tokio would panic.
    pub(crate) fn drive<T>(&self, time: Duration, until: impl Future<Output = T>) -> Option<T> {
        let _driver = Driver::arrive(self);
        self.tokio.block_on(async { tokio::time::timeout(time, until).await }).ok()
    }

    /// Calls the stand-in when nobody drives.
    pub(crate) fn have_driven(&self) {
        if self.drivers.load(SeqCst) == 0 && self.duty.swap(DRIVE, SeqCst) != DRIVE {
            self.wake_stand_in();
        }
    }

    /// [`Shared::have_driven`] when something was spawned or woken by a thread that does not drive.
    pub(crate) fn have_the_rest_driven(&self) {
        if self.tokio.metrics().global_queue_depth() > 0 {
            self.have_driven();
        }
    }

    fn stand_in(&self) {
        loop {
            self.tokio.block_on(async {
                while self.drivers.load(SeqCst) == 0 {
                    self.stand_down.notified().await;
                }
            });
            self.stand_by();
        }
    }

    fn stand_by(&self) {
        self.duty.store(WATCH, SeqCst);
        let mut seen = self.departures.load(SeqCst);
        while self.duty.load(SeqCst) != DRIVE {
            std::thread::park_timeout(MOMENT);
            let departures = self.departures.load(SeqCst);
            if departures != seen {
                seen = departures;
            } else if self.drivers.load(SeqCst) == 0 {
                self.duty.store(DRIVE, SeqCst);
            } else {
                self.sleep();
            }
        }
    }

    fn sleep(&self) {
        let _ = self.duty.compare_exchange(WATCH, SLEEP, SeqCst, SeqCst);
        // A driver that leaves from here on sees that it must give word.
        while self.drivers.load(SeqCst) > 0 && self.duty.load(SeqCst) == SLEEP {
            std::thread::park_timeout(50 * MOMENT);
        }
        let _ = self.duty.compare_exchange(SLEEP, WATCH, SeqCst, SeqCst);
    }

    fn wake_stand_in(&self) {
        if let Some(thread) = self.stand_in.get() {
            thread.unpark();
        }
    }
}

struct Driver<'a> {
    shared: &'a Shared,
}

impl Driver<'_> {
    fn arrive(shared: &Shared) -> Driver<'_> {
        shared.drivers.fetch_add(1, SeqCst);
        if shared.duty.load(SeqCst) == DRIVE {
            shared.stand_down.notify_one();
        }
        Driver { shared }
    }
}

impl Drop for Driver<'_> {
    fn drop(&mut self) {
        let shared = self.shared;
        shared.departures.fetch_add(1, SeqCst);
        let last = shared.drivers.fetch_sub(1, SeqCst) == 1;
        if last && shared.duty.compare_exchange(SLEEP, WATCH, SeqCst, SeqCst).is_ok() {
            shared.wake_stand_in();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Instant;

    use tokio::time::sleep;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Nobody else's, unlike the process's.
    fn shared() -> &'static Shared {
        Box::leak(Box::new(Shared::new())).with_stand_in()
    }

    /// A task that takes a moment, and what is heard when it is done.
    fn slow() -> (impl Future<Output = ()> + Send, Receiver<()>) {
        let (done, heard) = channel();
        let task = async move {
            sleep(5 * MOMENT).await;
            let _ = done.send(());
        };
        (task, heard)
    }

    #[test]
    fn the_stand_in_does_what_nobody_waits_for() {
        let shared = shared();
        let (task, heard) = slow();
        shared.spawn(task);
        assert!(heard.recv_timeout(LONG).is_ok());
    }

    #[test]
    fn it_comes_back_after_a_driver_however_long_that_drove() {
        let shared = shared();
        for time in [Duration::ZERO, MOMENT / 2, MOMENT, 30 * MOMENT] {
            let (task, heard) = slow();
            let left_over = async {
                sleep(time).await;
                tokio::spawn(task);
            };
            assert!(shared.drive(LONG, left_over).is_some());
            assert!(heard.recv_timeout(LONG).is_ok(), "after {time:?}");
        }
    }

    #[test]
    fn it_comes_back_after_a_driver_that_gave_up() {
        let shared = shared();
        let (task, heard) = slow();
        shared.spawn(task);
        assert!(shared.drive(MOMENT, async { sleep(LONG).await }).is_none());
        assert!(heard.recv_timeout(LONG).is_ok());
    }

    #[test]
    fn it_comes_at_once_when_it_is_called() {
        let shared = shared();
        let time_to_come = || {
            assert!(shared.drive(LONG, async { sleep(MOMENT / 2).await }).is_some());
            let (done, heard) = channel();
            let begun = Instant::now();
            shared.tokio.spawn(async move { done.send(begun.elapsed()) });
            shared.have_the_rest_driven();
            heard.recv_timeout(LONG).expect("it is done")
        };
        let soonest = (0..100).map(|_| time_to_come()).min();
        assert!(soonest < Some(MOMENT), "{soonest:?}");
    }
}
