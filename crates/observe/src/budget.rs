//! Bounds on memory: what waits holds a permit for its bytes.
//!
//! INVARIANT: the bytes of all permits of a budget together are within its bound, and within its parent's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The last part of a budget counts as none when it is asked whether there is room.
const REST_SHARE: usize = 64;

pub(crate) struct Budget {
    used: AtomicUsize,
    max: usize,
    parent: Option<Arc<Budget>>,
}

/// Bytes in use, given back when it is dropped.
pub(crate) struct Permit {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(max: usize) -> Arc<Budget> {
        Arc::new(Budget { used: AtomicUsize::new(0), max, parent: None })
    }

    /// A share of another budget: whatever it gives comes out of both.
    pub(crate) fn within(parent: &Arc<Budget>, max: usize) -> Arc<Budget> {
        Arc::new(Budget { used: AtomicUsize::new(0), max, parent: Some(Arc::clone(parent)) })
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether there is next to no room, so that nothing need be made for it. What is left of the bound is more
    /// than most things take: between full and spent nothing is made in vain for long.
    pub(crate) fn is_spent(&self) -> bool {
        let is_own = self.used() > self.max - self.max / REST_SHARE;
        is_own || self.parent.as_ref().is_some_and(|parent| parent.is_spent())
    }

    /// None where there is no room.
    pub(crate) fn take(self: &Arc<Budget>, bytes: usize) -> Option<Permit> {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        // Counted from here on, so that whatever follows gives it back.
        let permit = Permit { budget: Arc::clone(self), bytes };
        let mut fits = before.saturating_add(bytes) <= self.max;
        if let Some(parent) = &self.parent {
            let before = parent.used.fetch_add(bytes, Ordering::Relaxed);
            fits &= before.saturating_add(bytes) <= parent.max;
        }
        fits.then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
        if let Some(parent) = &self.budget.parent {
            parent.used.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_ends_at_the_own_bound_and_at_the_parents() {
        let whole = Budget::new(1_000);
        let (one, other) = (Budget::within(&whole, 600), Budget::within(&whole, 600));
        let first = one.take(591);
        assert!(first.is_some() && !one.is_spent());
        assert!(one.take(10).is_none());
        let last = one.take(9);
        assert!(last.is_some() && one.is_spent());
        assert!(other.take(401).is_none(), "the parent has 400 left");
        let second = other.take(399);
        assert!(second.is_some() && other.is_spent());
        drop((first, last, second));
        assert_eq!((whole.used(), one.used(), other.used()), (0, 0, 0));
    }
}
