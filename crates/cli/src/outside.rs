//! The services outside, plugged in: the variables and files that AWS's own tools read say how to reach them.
//!
//! INVARIANT: with `local_functions`, the only place that hands the process's environment to another room.

use anyhow::Context as _;
use aws::environment::Environment;
use functions::Functions;
use integrations::{Integrations, Outside, Roles};

/// What does the work of services for an engine.
pub(crate) fn integrations(functions: Functions, roles: Roles) -> anyhow::Result<Integrations> {
    let outside = Outside::of(environment(), roles).context("cannot reach services")?;
    Integrations::start(outside, functions).context("cannot start the thread of the integrations")
}

/// Variables that are no text are not for AWS.
pub(crate) fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment { variables: std::env::vars_os().filter_map(text).collect(), home: std::env::home_dir() }
}
