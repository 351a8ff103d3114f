//! The clock of a run: it stands still until the run moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use engine::Clock;

/// When every run begins: an ordinary moment, so that epoch arithmetic has ordinary numbers.
const BEGIN_MS: i64 = 1_750_000_000_000;

#[derive(Debug)]
pub struct SimulatedClock(AtomicI64);

impl Default for SimulatedClock {
    fn default() -> Self {
        SimulatedClock(AtomicI64::new(BEGIN_MS))
    }
}

impl SimulatedClock {
    /// Forwards, or backwards where somebody sets the clock.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}
