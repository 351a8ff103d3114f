//! Bugs planted on purpose, so that the simulator can show that it finds such bugs.
//!
//! Here: the list, and the switch. Not here: the bugs themselves; each stands where it would be made, behind
//! `is_on`. They exist only in builds with the feature `on`, which nothing that ships turns on: without it
//! `is_on` is a constant, and the compiler removes them.

mod bugs;

pub use bugs::Bug;

#[cfg(feature = "on")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in everything that runs on this thread, or takes it out.
#[cfg(feature = "on")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

#[cfg(feature = "on")]
pub fn is_on(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

#[cfg(not(feature = "on"))]
pub const fn is_on(_bug: Bug) -> bool {
    false
}
