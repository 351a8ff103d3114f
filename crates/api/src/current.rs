//! A value that is replaced while the server runs, such as keys and certificates that are renewed.
//!
//! INVARIANT: a reader holds what it got until it lets go; the lock is held for a pointer's copy.

use std::sync::{Arc, PoisonError, RwLock};

/// Cheap to clone; all clones see the same value.
pub(crate) struct Current<T>(Arc<RwLock<Arc<T>>>);

impl<T> Current<T> {
    pub(crate) fn new(value: T) -> Current<T> {
        Current(Arc::new(RwLock::new(Arc::new(value))))
    }

    pub(crate) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Current(Arc::clone(&self.0))
    }
}
