//! What must hold, and the reference that says so: slow, obvious, and written apart from the engine.

pub mod express;
pub mod journal;
pub mod outline;
pub mod rest;
pub mod shadow;
pub mod walk;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A promise of the contract that did not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// By its number in the contract.
    pub promise: &'static str,
    pub details: String,
}

impl Violation {
    pub fn new(promise: &'static str, details: impl Into<String>) -> Self {
        Violation { promise, details: details.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} violated: {}", self.promise, self.details)
    }
}

/// The first violation of a run. A later one may only follow from it.
#[derive(Clone, Default)]
pub struct Verdict(Arc<Mutex<Option<Violation>>>);

impl Verdict {
    pub fn blame(&self, violation: Violation) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(violation);
    }

    pub fn violation(&self) -> Option<Violation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
