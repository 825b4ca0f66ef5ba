use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::task::yield_now;

/// An answer from the same machine or the next one, such as a VSCU's, comes in a moment in which a processor has hardly
/// fallen asleep and woken up again.
const MOMENT: Duration = Duration::from_micros(300);

/// Looks out for the outcome for a moment before it sleeps. Whoever else wants the processor, on the runtime or off it,
/// goes first. Why: `docs/adr/0016-awake-at-first.md`.
pub(super) async fn awake_at_first<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let begun = Instant::now();
    while begun.elapsed() < MOMENT {
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            () = yield_now() => std::thread::yield_now(),
        }
    }
    work.await
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::Poll;

    use tokio::sync::oneshot;
    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn sleeps_after_a_moment() {
        let (begun, late) = (Instant::now(), AtomicUsize::new(0));
        let never = poll_fn(|_| {
            late.fetch_add((begun.elapsed() > 2 * MOMENT).into(), SeqCst);
            Poll::<()>::Pending
        });
        assert!(timeout(100 * MOMENT, awake_at_first(never)).await.is_err());
        // Once when the time is up, and once or twice more on a machine that is busy elsewhere; awake it is thousands.
        assert!(late.load(SeqCst) < 10, "{late:?}");
    }

    #[tokio::test]
    async fn what_comes_after_that_moment_is_heard() {
        assert_eq!(awake_at_first(async { sleep(10 * MOMENT).await }).await, ());
    }

    #[tokio::test]
    async fn others_go_on_meanwhile() {
        let (done, heard) = oneshot::channel();
        tokio::spawn(async move {
            for _ in 0..10 {
                yield_now().await;
            }
            done.send(())
        });
        assert!(awake_at_first(heard).await.is_ok());
    }
}
