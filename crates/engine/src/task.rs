//! Work that is done outside: the tokens under which it is completed, and who does it: workers that poll, and
//! whoever calls services.

pub(crate) mod activity;
pub(crate) mod in_doubt;
pub(crate) mod runner;
pub(crate) mod token;
