//! The commands that begin, do one thing, and end.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod diagram;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod history;
pub(crate) mod run;
pub(crate) mod why;
