//! The quota of attempts: when many calls fail, fewer of them are tried again.
//!
//! INVARIANT: never above its capacity, never below nothing.

use std::sync::atomic::{AtomicU32, Ordering};

use super::Reason;

const CAPACITY: u32 = 500;
/// A call that succeeds at once pays this back.
const REFILL: u32 = 1;

pub(crate) struct Quota(AtomicU32);

/// What an attempt took from the quota; given back when it succeeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Taken(u32);

impl Quota {
    pub(crate) fn new() -> Quota {
        Quota(AtomicU32::new(CAPACITY))
    }

    /// None when it is used up: then the last answer stands.
    pub(crate) fn take(&self, reason: Reason) -> Option<Taken> {
        let cost = match reason {
            Reason::Throttling => 5,
            Reason::Transient | Reason::Clock(_) => 14,
        };
        let left = |left: u32| left.checked_sub(cost);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, left).ok().map(|_| Taken(cost))
    }

    /// A call succeeded: `taken` is what its last attempt had cost, None for the first.
    pub(crate) fn succeeded(&self, taken: Option<Taken>) {
        let back = taken.map_or(REFILL, |Taken(cost)| cost);
        let more = |left: u32| Some(left.saturating_add(back).min(CAPACITY));
        _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
    }
}
