//! `stairway serve`: the server, from its settings to its end.

mod assemble;
mod config;
mod door;
mod keys;
mod listen;
mod mock_config;
mod quota_watch;
mod quotas;
mod secret_file;
mod shutdown;
mod telemetry;

use std::process::ExitCode;

use anyhow::Context as _;

pub(crate) use config::{DEFAULT_DATA_DIR, Serve, functions_of};

use crate::say;

pub(crate) fn serve(flags: Serve) -> anyhow::Result<ExitCode> {
    let settings = config::Settings::read(flags)?;
    // Before the ready line, so that whoever reads it may send a signal at once.
    let signals = shutdown::Signals::catch().context("cannot wait for signals")?;
    let house = assemble::assemble(&settings)?;
    say::line(&format!("stairway is listening on {}", house.url()));
    shutdown::serve_until_told(house, signals)
}
