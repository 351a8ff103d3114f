//! The only door to time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// How long a thread may rest whose next deadline is this. Virtual time jumps there, unless somebody is at work.
pub(crate) fn idle_time(clock: &dyn Clock, deadline_ms: i64, at_work: impl FnOnce() -> bool) -> Duration {
    if clock.is_virtual() && deadline_ms > clock.now_ms() {
        if at_work() {
            return until(deadline_ms, clock.now_ms()).min(VIRTUAL_PAUSE);
        }
        clock.jump_to(deadline_ms);
    }
    until(deadline_ms, clock.now_ms())
}

/// On virtual time, how long to wait before looking again whether somebody is still at work.
const VIRTUAL_PAUSE: Duration = Duration::from_millis(1);

fn until(at_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(0))
}

fn system_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
