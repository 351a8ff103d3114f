//! The steps of the web console: its types, its unit tests, and the pages in a real browser.
//!
//! Without Node.js these steps fail rather than pass: what was not run did not hold.

use anyhow::Result;

use super::stream;
use crate::console;
use crate::counts::{Counts, Runner};
use crate::workspace::Workspace;

pub(super) fn types(workspace: &Workspace) -> Result<Counts> {
    npm_run(workspace, "typecheck", Runner::Plain)
}

pub(super) fn unit_tests(workspace: &Workspace) -> Result<Counts> {
    npm_run(workspace, "test", Runner::Vitest)
}

/// In headless Chromium, which is installed when it is not there, against the release binary.
pub(super) fn in_browser(workspace: &Workspace) -> Result<Counts> {
    npm_run(workspace, "e2e", Runner::Ours)
}

fn npm_run(workspace: &Workspace, script: &str, runner: Runner) -> Result<Counts> {
    let mut npm = console::npm(workspace)?;
    npm.args(["run", "--silent", script]).env("STAIRWAY_BINARY", workspace.release_binary()?);
    stream(npm, runner)
}
