//! An inbox: many threads put things in, one takes them all. Of envelopes, it is a shard's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::shard::Envelope;

pub struct Inbox<T = Envelope> {
    inner: Mutex<Inner<T>>,
    filled: Condvar,
    /// How many envelopes there are, to be read without the lock.
    depth: AtomicUsize,
}

struct Inner<T> {
    envelopes: Vec<T>,
    /// The thread that takes them sleeps: the next sender must wake it.
    sleeping: bool,
    closed: bool,
}

/// LIMIT: envelopes in one inbox before new starts are refused with AWS's throttling error. Completions,
/// heartbeats and stops are never refused: they drain the system.
pub(crate) const STARTS_REFUSED_AT: usize = 100_000;

/// How a wait for envelopes ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Waited {
    /// There were some, or the time was over, without any waiting.
    NotAtAll,
    Awhile,
    /// The inbox is closed and empty.
    Closed,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        let inner = Inner { envelopes: Vec::new(), sleeping: false, closed: false };
        Inbox { inner: Mutex::new(inner), filled: Condvar::new(), depth: AtomicUsize::new(0) }
    }
}

impl<T> Inbox<T> {
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One lock and at most one wake for everything that is handed over. Empties `envelopes`.
    pub fn put_all(&self, envelopes: &mut Vec<T>) {
        let mut inner = self.lock();
        if inner.envelopes.is_empty() {
            std::mem::swap(&mut inner.envelopes, envelopes);
        } else {
            inner.envelopes.append(envelopes);
        }
        self.depth.store(inner.envelopes.len(), Ordering::Relaxed);
        self.wake(inner);
    }

    pub fn put(&self, envelope: T) {
        let mut inner = self.lock();
        inner.envelopes.push(envelope);
        self.depth.store(inner.envelopes.len(), Ordering::Relaxed);
        self.wake(inner);
    }

    fn wake(&self, mut inner: MutexGuard<'_, Inner<T>>) {
        let sleeping = std::mem::take(&mut inner.sleeping);
        drop(inner);
        if sleeping {
            self.filled.notify_one();
        }
    }

    /// Whether so much waits that new starts must be refused.
    pub(crate) fn is_overfull(&self) -> bool {
        self.depth() >= STARTS_REFUSED_AT
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().envelopes.is_empty()
    }

    /// Takes what is there without waiting; swaps its buffer with the one that was taken before.
    pub fn take(&self, into: &mut Vec<T>) {
        into.clear();
        let mut inner = self.lock();
        std::mem::swap(&mut inner.envelopes, into);
        self.depth.store(0, Ordering::Relaxed);
    }

    /// Waits for envelopes, at most for `timeout`.
    pub(crate) fn wait(&self, into: &mut Vec<T>, timeout: Option<Duration>) -> Waited {
        into.clear();
        let mut waited = Waited::NotAtAll;
        let mut inner = self.lock();
        if inner.envelopes.is_empty() && !inner.closed && timeout != Some(Duration::ZERO) {
            inner.sleeping = true;
            waited = Waited::Awhile;
            inner = match timeout {
                None => self.filled.wait(inner).unwrap_or_else(PoisonError::into_inner),
                Some(timeout) => {
                    self.filled.wait_timeout(inner, timeout).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            inner.sleeping = false;
        }
        std::mem::swap(&mut inner.envelopes, into);
        self.depth.store(0, Ordering::Relaxed);
        if inner.closed && into.is_empty() { Waited::Closed } else { waited }
    }

    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        self.wake(inner);
    }
}
