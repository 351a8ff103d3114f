//! The clock: whether it says a year that can be, and whether it runs as time does.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Finding, State};

const CLOCK: &str = "clock";

/// How far the clock may be off after some time, and the least that counts.
const DRIFT_PART: u32 = 20;
const DRIFT_MIN: Duration = Duration::from_millis(20);

/// What `work` gives, and whether the clock ran as time did meanwhile.
pub(crate) fn beside<T>(work: impl FnOnce() -> T) -> (T, Finding) {
    let (begun, wall_begun) = (Instant::now(), SystemTime::now());
    let done = work();
    let elapsed = begun.elapsed();
    // None when the clock was set back.
    let wall_elapsed = SystemTime::now().duration_since(wall_begun).ok();
    (done, judge_run(elapsed, wall_elapsed))
}

pub(super) fn judge_run(elapsed: Duration, wall_elapsed: Option<Duration>) -> Finding {
    let allowed = (elapsed / DRIFT_PART).max(DRIFT_MIN);
    match wall_elapsed {
        Some(wall) if wall.abs_diff(elapsed) <= allowed => {
            Finding::new(State::Ok, CLOCK, "it runs as time does")
        }
        wall => {
            let told = format!(
                "while {} ms passed it went {}: waits and time limits go by it; let one service alone set it, by \
                 small steps",
                elapsed.as_millis(),
                wall.map_or_else(|| "back".to_owned(), |wall| format!("on by {} ms", wall.as_millis()))
            );
            Finding::new(State::Warning, CLOCK, told)
        }
    }
}

/// Whether the year can be.
pub(crate) fn year() -> Finding {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    judge_year(since_epoch)
}

pub(super) fn judge_year(epoch_seconds: u64) -> Finding {
    const YEAR_SECONDS: u64 = 31_556_952;
    let year = 1970 + epoch_seconds / YEAR_SECONDS;
    if (2025..2100).contains(&year) {
        return Finding::new(State::Ok, CLOCK, format!("it says the year {year}"));
    }
    let told = format!("it says the year {year}: retention and timers go by it; set it");
    Finding::new(State::Failed, CLOCK, told)
}
