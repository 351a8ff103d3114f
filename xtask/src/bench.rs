//! `cargo xtask bench`: builds the shipped binary and `stairway-bench`, and lets the latter measure.
//!
//! Not here: what is measured and how (the package `stairway-bench`, folder `bench`).

mod expressions;

use std::process::Command;

use anyhow::{Result, ensure};

use crate::workspace::Workspace;

/// The models that the binary carries.
const MODELS: &str = "crates/aws/models/services.bin";

/// `options` are those of `stairway-bench run`, or `expressions`, or `startup` or `scale` with those of
/// its own. True when every bar was reached.
pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    if let [only] = options
        && only == "expressions"
    {
        return expressions::run(workspace);
    }
    let packages = ["--package", "stairway", "--package", "stairway-bench"];
    let built = workspace.cargo(&["build", "--release", "--quiet"]).args(packages).status()?;
    ensure!(built.success(), "the release binaries do not build");
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
        [mode, options @ ..] if mode == "scale" => ("scale", options),
        options => ("run", options),
    };
    Ok(bench.arg(mode).arg("--server").arg(&server).args(options).status()?.success())
}
