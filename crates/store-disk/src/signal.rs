//! One value from one thread to one waiting future.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Mutex::new(Slot { value: None, is_over: false, waker: None }));
    (Sender(slot.clone()), Receiver(slot))
}

struct Slot<T> {
    value: Option<T>,
    /// The value was taken, or the sender went away.
    is_over: bool,
    waker: Option<Waker>,
}

pub(crate) struct Sender<T>(Arc<Mutex<Slot<T>>>);

/// Gives the value; none if the sender went away without one.
pub(crate) struct Receiver<T>(Arc<Mutex<Slot<T>>>);

impl<T> Slot<T> {
    fn of(slot: &Mutex<Self>) -> MutexGuard<'_, Self> {
        slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Sender<T> {
    pub(crate) fn send(self, value: T) {
        Slot::of(&self.0).value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut slot = Slot::of(&self.0);
            slot.is_over = true;
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut slot = Slot::of(&self.0);
        match slot.value.take() {
            None if !slot.is_over => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
            value => Poll::Ready(value),
        }
    }
}
