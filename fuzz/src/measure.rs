//! What one input costs: processor time of its thread, and the most bytes that it held at once.
//!
//! INVARIANT: neither depends on how busy the machine is, so a bound on them is a property of the code.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// LIMIT: bytes of an input that the bounds are promised for: AWS's largest payload.
pub const INPUT_BYTES_MAX: usize = 256 << 10;
/// LIMIT: processor time of one input.
pub const CPU_MAX: Duration = Duration::from_secs(1);
/// LIMIT: bytes that one input may hold at once, itself aside.
pub const HELD_BYTES_MAX: usize = 64 << 20;

#[derive(Clone, Copy, Default, Debug)]
pub struct Cost {
    pub cpu: Duration,
    pub held_bytes: usize,
}

/// How an input ended.
#[derive(Debug)]
pub enum End {
    /// In its own words, which tell answers of different kinds apart.
    Answer(String),
    /// With the place of the panic and what it said.
    Panic(String),
}

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Keeps what a panic says for the report instead of printing it.
pub fn listen_to_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let mut last = LAST_PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *last = panic.to_string();
    }));
}

/// Runs one input on this thread.
pub fn measured(run: impl FnOnce() -> String) -> (End, Cost) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let began = thread_time();
    let answer = catch_unwind(AssertUnwindSafe(run));
    let cpu = thread_time().saturating_sub(began);
    let held_bytes = ALLOCATOR.peak_usage().saturating_sub(before);
    let end = match answer {
        Ok(answer) => End::Answer(answer),
        Err(_) => End::Panic(LAST_PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()),
    };
    (end, Cost { cpu, held_bytes })
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
