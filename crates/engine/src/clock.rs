//! The only door to time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// What time it is, in epoch milliseconds.
pub trait Clock: Send + Sync {
    fn now_ms(&self) -> i64;

    /// Whether time is virtual: it jumps to the next deadline when nobody is at work.
    fn is_virtual(&self) -> bool {
        false
    }

    /// Virtual time jumps. Other clocks are never asked to.
    fn jump_to(&self, _deadline_ms: i64) {}
}

/// The machine's clock. Never runs backwards within a process: a clock that was set back stands still
/// until it has caught up, so that histories never fall in time.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_ms: AtomicI64,
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let now = system_ms();
        self.latest_ms.fetch_max(now, Ordering::Relaxed).max(now)
    }
}

/// Virtual time: the machine's clock, which jumps over every wait.
#[derive(Debug, Default)]
pub struct SkippingClock {
    clock: SystemClock,
    skipped_ms: AtomicI64,
}

impl Clock for SkippingClock {
    fn now_ms(&self) -> i64 {
        self.clock.now_ms() + self.skipped_ms.load(Ordering::Relaxed)
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn jump_to(&self, deadline_ms: i64) {
        let ahead = deadline_ms - self.now_ms();
        if ahead > 0 {
            self.skipped_ms.fetch_add(ahead, Ordering::Relaxed);
        }
    }
}

fn system_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
