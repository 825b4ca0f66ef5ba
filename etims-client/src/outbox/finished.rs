use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Work that is done where it is awaited, and in a task of its own once nobody awaits it any more. So it is always
/// finished, and whoever stays pays for no change of threads.
pub(super) struct Finished<T: 'static> {
    /// Empty when it is done, and after a panic.
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    runtime: Handle,
}

impl<T: 'static> Finished<T> {
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Finished<T> {
        Finished { work: Some(Box::pin(work)), runtime: Handle::current() }
    }
}

impl<T: 'static> Future for Finished<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut work = self.work.take().expect("it is not awaited again once it is done");
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: 'static> Drop for Finished<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.runtime.spawn(async move {
                work.await;
            });
        }
    }
}
