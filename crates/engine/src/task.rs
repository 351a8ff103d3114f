//! Work that is done outside: the tokens under which it is completed, and who does it.

pub(crate) mod activity;
pub(crate) mod token;
