//! `cargo xtask simulate` and `cargo xtask zoo`: the engine under a seed, for as long as wanted.
//!
//! Here: building the simulator and handing the options on. What is simulated and what must hold of it is
//! the package `stairway-simulation`.

use anyhow::{Result, ensure};

use crate::workspace::Workspace;

/// Optimised as the tests are: the simulator of a release takes minutes to build and is twice as fast, which
/// pays for runs of hours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Build {
    Test,
    Release,
}

/// True when every seed held, or every planted bug was found.
pub(crate) fn run(workspace: &Workspace, build: Build, options: &[String]) -> Result<bool> {
    let profile = match build {
        Build::Test => "test",
        Build::Release => "release",
    };
    let arguments = ["build", "--quiet", "--profile", profile, "--package", "stairway-simulation", "--bins"];
    ensure!(workspace.cargo(&arguments).status()?.success(), "the simulator does not build");
    let arguments =
        ["run", "--quiet", "--profile", profile, "--package", "stairway-simulation", "--bin", "simulate"];
    Ok(workspace.cargo(&arguments).arg("--").args(options).status()?.success())
}
