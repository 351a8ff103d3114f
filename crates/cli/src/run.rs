//! The parts of `stairway run`: what it reads, what it creates, what it shows, and the worker beside it.

pub(crate) mod input;
pub(crate) mod machine;
pub(crate) mod show;
pub(crate) mod worker;
