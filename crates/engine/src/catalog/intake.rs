//! Whether an incarnation of a state machine takes starts. All its revisions share one intake.
//!
//! Whoever starts an execution looks a revision up long before a shard takes the start in. So the shard looks
//! here when it does: the catalog may have changed meanwhile.
//! INVARIANT: an intake that was closed stays closed.

use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
pub(crate) struct Intake {
    is_closed: AtomicBool,
}

impl Intake {
    /// Of a machine that is there, or is being deleted.
    pub(crate) fn of(is_deleting: bool) -> Intake {
        Intake { is_closed: AtomicBool::new(is_deleting) }
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }
}
