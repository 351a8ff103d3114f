//! Examinations of the machine that a server runs on, and of its data.
//!
//! Here: what a finding is. In its folder: the disk, the clock, the limits, the data.
//! A warning is something that a server can live with and its owner should know; what failed will lose data, or
//! keep the server from working.

pub(crate) mod clock;
pub(crate) mod data;
pub(crate) mod disk;
pub(crate) mod limits;
#[cfg(test)]
mod tests;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Ok,
    Warning,
    Failed,
}

/// What was found of one thing, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Finding {
    pub(crate) state: State,
    pub(crate) subject: &'static str,
    pub(crate) told: String,
}

impl Finding {
    pub(crate) fn new(state: State, subject: &'static str, told: impl Into<String>) -> Self {
        Finding { state, subject, told: told.into() }
    }
}
