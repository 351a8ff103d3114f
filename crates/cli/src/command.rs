//! The commands that begin, do one thing, and end.

pub(crate) mod history;
pub(crate) mod run;
