//! Work for a caller that waits for it, awaits it, or goes away.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use etims_core::error;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinError, JoinHandle};

use crate::Error;
use crate::bell::Bell;
use crate::runtime::runtime;

type Steps<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Work that is done on the thread that waits for it, or on the SDK's own runtime when it is awaited. Whoever goes away
/// loses nothing but the answer: what is left of the work is done on the runtime then. A panic in it is an error of the
/// code `INTERNAL`.
pub struct Work<T: Send + 'static> {
    process: u32,
    left: Left<T>,
    /// What is left of it is not done once nobody waits: it changes nothing.
    only_listens: bool,
}

enum Left<T> {
    Steps(Steps<T>),
    /// The runtime does it.
    Task(JoinHandle<Result<T, Error>>),
    Nothing,
}

/// Work to be done.
pub fn work<T: Send + 'static>(steps: impl Future<Output = Result<T, Error>> + Send + 'static) -> Work<T> {
    Work { process: std::process::id(), left: Left::Steps(Box::pin(steps)), only_listens: false }
}

/// Listening, which ends with whoever wants to hear.
pub(crate) fn listen<T: Send + 'static>(steps: impl Future<Output = Result<T, Error>> + Send + 'static) -> Work<T> {
    let mut listening = work(steps);
    listening.only_listens = true;
    listening
}

/// Does what may take long without a pause, on a thread that may: opens a large store, asks a caller's function.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    outcome_of(runtime().spawn_blocking(work).await)
}

fn outcome_of<T>(task: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    task.unwrap_or_else(|gone| match gone.try_into_panic() {
        Ok(panic) => Err(Error::panicked(&*panic)),
        Err(_) => Err(Error::new(&error::CLOSED, "the SDK's runtime was shut down")),
    })
}

impl<T: Send + 'static> Work<T> {
    /// Works on this thread, for at most so long; `None` when it takes longer. A caller who comes back goes on with it.
    ///
    /// Meanwhile the thread drives the runtime: what the work waits for, KRA above all, wakes no other thread first.
    pub fn wait_for(&mut self, time: Duration) -> Option<Result<T, Error>> {
        // Tokio lets no thread drive that runs tasks, be it another runtime's.
        if Handle::try_current().is_ok() {
            return self.wait_by_hand(time);
        }
        let runtime = runtime();
        let begun = {
            let _entered = runtime.enter();
            self.step(&mut Context::from_waker(Waker::noop()))
        };
        match begun {
            Poll::Ready(outcome) => {
                runtime.have_the_rest_driven();
                Some(outcome)
            }
            Poll::Pending => runtime.drive(time, poll_fn(|context| self.step(context))),
        }
    }

    fn wait_by_hand(&mut self, time: Duration) -> Option<Result<T, Error>> {
        let until = Instant::now() + time;
        let bell = Bell::of_this_thread();
        let waker = Waker::from(bell.clone());
        let runtime = runtime();
        let _entered = runtime.enter();
        loop {
            let step = self.step(&mut Context::from_waker(&waker));
            runtime.have_driven();
            if let Poll::Ready(outcome) = step {
                return Some(outcome);
            }
            if !bell.wait_until(until) {
                return None;
            }
        }
    }

    /// The same work with another outcome.
    pub fn map<U: Send + 'static>(mut self, make: impl FnOnce(T) -> U + Send + 'static) -> Work<U> {
        let left = match std::mem::replace(&mut self.left, Left::Nothing) {
            Left::Steps(steps) => Left::Steps(Box::pin(async move { steps.await.map(make) }) as Steps<U>),
            Left::Task(_) | Left::Nothing => Left::Nothing,
        };
        Work { process: self.process, left, only_listens: self.only_listens }
    }

    /// Starts it on the runtime and tells its outcome to a function, on a thread that may wait: for the lock of an
    /// interpreter, which somebody else may hold for long.
    pub fn start(self, tell: impl FnOnce(Result<T, Error>) + Send + 'static) -> Started {
        let telling = runtime().spawn(async move {
            let outcome = self.await;
            runtime().spawn_blocking(move || tell(outcome));
        });
        Started { telling: telling.abort_handle() }
    }

    /// In the runtime's context.
    fn step(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        match std::mem::replace(&mut self.left, Left::Nothing) {
            Left::Steps(mut steps) => {
                let polled = catch_unwind(AssertUnwindSafe(|| steps.as_mut().poll(context)));
                match polled {
                    Ok(Poll::Pending) => self.left = Left::Steps(steps),
                    Ok(ready) => return ready,
                    Err(panic) => return Poll::Ready(Err(Error::panicked(&*panic))),
                }
            }
            Left::Task(mut task) => match Pin::new(&mut task).poll(context) {
                Poll::Pending => self.left = Left::Task(task),
                Poll::Ready(outcome) => return Poll::Ready(outcome_of(outcome)),
            },
            Left::Nothing => {}
        }
        Poll::Pending
    }
}

/// On any executor: the work itself is done on the runtime.
impl<T: Send + 'static> Future for Work<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.left = match std::mem::replace(&mut self.left, Left::Nothing) {
            Left::Steps(steps) if !self.only_listens => Left::Task(runtime().spawn(steps)),
            left => left,
        };
        let _entered = runtime().enter();
        self.step(context)
    }
}

impl<T: Send + 'static> Drop for Work<T> {
    fn drop(&mut self) {
        if let Left::Steps(steps) = std::mem::replace(&mut self.left, Left::Nothing) {
            if self.process != std::process::id() {
                // A fork's copy: its locks may be held for ever, and the parent does the work.
                std::mem::forget(steps);
            } else if !self.only_listens {
                runtime().spawn(steps);
            }
        }
    }
}

/// Work whose outcome somebody is told.
pub struct Started {
    telling: AbortHandle,
}

impl Started {
    /// Nobody is told any more, unless that has begun. The work itself goes on.
    pub fn stop_telling(&self) {
        self.telling.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;

    use tokio::runtime::Builder;
    use tokio::time::sleep;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    /// Work that takes a moment, and what is heard when it is done.
    fn slow() -> (Work<u32>, Receiver<thread::ThreadId>) {
        let (done, heard) = channel();
        let work = work(async move {
            sleep(3 * SOON).await;
            let _ = done.send(thread::current().id());
            Ok(7)
        });
        (work, heard)
    }

    #[test]
    fn a_thread_does_the_work_it_waits_for_and_may_look_up_meanwhile() {
        let (mut work, heard) = slow();
        assert!(work.wait_for(SOON).is_none());
        assert_eq!(work.wait_for(LONG).expect("in time").expect("done"), 7);
        assert_eq!(heard.recv(), Ok(thread::current().id()));
    }

    #[test]
    fn another_thread_may_go_on_with_it() {
        let (mut work, heard) = slow();
        assert!(work.wait_for(SOON).is_none());
        let other = thread::spawn(move || (work.wait_for(LONG).map(Result::ok), thread::current().id()));
        let (outcome, its_id) = other.join().expect("no panic");
        assert_eq!((outcome, heard.recv()), (Some(Some(7)), Ok(its_id)));
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_done_all_the_same() {
        let (unbegun, heard) = slow();
        drop(unbegun);
        assert!(heard.recv_timeout(LONG).is_ok());
        let (mut begun, heard) = slow();
        assert!(begun.wait_for(SOON).is_none());
        drop(begun.map(|seven| seven + 1));
        assert!(heard.recv_timeout(LONG).is_ok());
        let (started, heard) = slow();
        started.start(|_| {}).stop_telling();
        assert!(heard.recv_timeout(LONG).is_ok());
    }

    #[test]
    fn listening_ends_with_the_listener() {
        let (said, heard) = channel::<()>();
        let mut listening = listen(async move {
            sleep(LONG).await;
            said.send(()).map_err(|_| Error::new(&error::INTERNAL, "nobody hears it"))
        });
        assert!(listening.wait_for(SOON).is_none());
        drop(listening);
        assert!(heard.recv().is_err(), "its sender is gone");
    }

    #[test]
    fn the_outcome_is_told_to_whoever_starts_it() {
        let (tell, told) = channel();
        let (work, _heard) = slow();
        work.map(|seven| seven * 6).start(move |outcome| tell.send(outcome.ok()).expect("somebody listens"));
        assert_eq!(told.recv_timeout(LONG), Ok(Some(42)));
    }

    #[test]
    fn whoever_is_told_may_wait_for_other_work() {
        let (tell, told) = channel();
        let (first, _heard) = slow();
        first.start(move |_| {
            let (mut second, _heard) = slow();
            tell.send(second.wait_for(LONG).and_then(Result::ok)).expect("somebody listens");
        });
        assert_eq!(told.recv_timeout(LONG), Ok(Some(7)));
    }

    /// Has a task done by and by, and is ready before that.
    async fn hands_over(done: Sender<thread::ThreadId>) -> Result<(), Error> {
        tokio::spawn(async move {
            sleep(SOON).await;
            let _ = done.send(thread::current().id());
        });
        Ok(())
    }

    #[test]
    fn what_work_hands_over_is_done_though_nobody_waits() {
        let (done, heard) = channel();
        work(hands_over(done)).wait_for(LONG).expect("at once").expect("done");
        assert!(heard.recv_timeout(LONG).is_ok());
    }

    #[test]
    fn what_work_hands_over_is_done_while_its_caller_goes_on() {
        let (mut driven, _heard) = slow();
        driven.wait_for(LONG).expect("in time").expect("done");
        let (done, heard) = channel();
        let begun = Instant::now();
        while heard.try_recv().is_err() {
            assert!(begun.elapsed() < LONG);
            work(hands_over(done.clone())).wait_for(LONG).expect("at once").expect("done");
        }
    }

    #[test]
    fn what_is_left_when_a_driver_leaves_is_done() {
        for after in [Duration::ZERO, Duration::from_millis(1), SOON] {
            let (done, heard) = channel();
            let mut driven = work(async move {
                sleep(after).await;
                hands_over(done).await
            });
            driven.wait_for(LONG).expect("in time").expect("done");
            assert!(heard.recv_timeout(LONG).is_ok());
        }
    }

    #[test]
    fn many_may_wait_at_once() {
        let one = |many: u64| {
            let (done, heard) = channel();
            let mut asks = work(async move {
                let answer = tokio::spawn(async move {
                    sleep(Duration::from_millis(many % 3)).await;
                    many
                });
                hands_over(done).await?;
                sleep(Duration::from_millis(many % 2)).await;
                answer.await.map_err(|gone| Error::new(&error::INTERNAL, gone))
            });
            assert_eq!(asks.wait_for(LONG).expect("in time").expect("done"), many);
            heard
        };
        thread::scope(|threads| {
            for first in 0..8 {
                threads.spawn(move || {
                    let heard: Vec<_> = (0..100).map(|nth| one(first + nth)).collect();
                    assert!(heard.iter().all(|heard| heard.recv_timeout(LONG).is_ok()));
                });
            }
        });
    }

    #[test]
    fn other_executors_may_await_it() {
        let (before, _heard) = slow();
        let other = Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(other.block_on(before).expect("done"), 7);
        let (mut driven, _heard) = slow();
        assert!(driven.wait_for(LONG).is_some());
        let (just_after, _heard) = slow();
        assert_eq!(other.block_on(just_after).expect("done"), 7);
    }

    #[test]
    fn a_thread_of_another_runtime_may_wait_for_it() {
        let other = Builder::new_current_thread().build().expect("a runtime");
        let waits = async {
            let (mut work, heard) = slow();
            assert!(work.wait_for(SOON).is_none());
            (work.wait_for(LONG).and_then(Result::ok), heard.recv())
        };
        assert_eq!(other.block_on(waits), (Some(7), Ok(thread::current().id())));
    }

    #[test]
    fn a_panic_is_an_error_wherever_it_happens() {
        let panics = || work::<()>(async { panic!("provoked") });
        let here = panics().wait_for(LONG).expect("at once").expect_err("a panic");
        let (tell, told) = channel();
        panics().start(move |outcome| tell.send(outcome).expect("somebody listens"));
        let there = told.recv_timeout(LONG).expect("an outcome").expect_err("a panic");
        let aside = work(aside::<()>(|| panic!("provoked"))).wait_for(LONG).expect("at once").expect_err("a panic");
        for error in [here, there, aside] {
            assert_eq!(error.code.code, "INTERNAL");
            assert!(error.to_string().contains("provoked"), "{error}");
        }
    }
}
