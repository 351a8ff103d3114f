//! `cargo xtask bench`: builds the shipped binary and `stairway-bench`, and lets the latter measure.
//!
//! Not here: what is measured and how (the package `stairway-bench`, folder `bench`).

mod expressions;

use std::process::Command;

use anyhow::{Result, ensure};

use crate::console;
use crate::workspace::Workspace;

/// The models that the binary carries.
const MODELS: &str = "crates/aws/models/services.bin";

/// What `stairway-bench` measures beside `run`, with options of their own.
const MODES: [&str; 3] = ["scale", "overload", "flat"];

/// `options` are those of `stairway-bench run`, or `expressions`, or `console` with a number of executions, or
/// `startup`, `scale`, `overload` or `flat` with those of its own. True when every bar was reached; the console's
/// goals are told and are no bars.
pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    if let [only] = options
        && only == "expressions"
    {
        return expressions::run(workspace);
    }
    if let [only, rest @ ..] = options
        && only == "console"
    {
        build(workspace, &["--package", "stairway"])?;
        return console::bench(workspace, rest);
    }
    build(workspace, &["--package", "stairway", "--package", "stairway-bench"])?;
    let server = workspace.release_binary()?;
    let mut bench = Command::new(server.with_file_name("stairway-bench"));
    if let [first, options @ ..] = options
        && first == "startup"
    {
        let models = workspace.root.join(MODELS);
        bench.arg("startup").arg("--server").arg(&server).arg("--models").arg(models);
        return Ok(bench.args(options).status()?.success());
    }
    let (mode, options) = match options {
        [mode, options @ ..] if MODES.contains(&mode.as_str()) => (mode.as_str(), options),
        options => ("run", options),
    };
    Ok(bench.arg(mode).arg("--server").arg(&server).args(options).status()?.success())
}

fn build(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let built = workspace.cargo(&["build", "--release", "--quiet"]).args(packages).status()?;
    ensure!(built.success(), "the release binaries do not build");
    Ok(())
}
