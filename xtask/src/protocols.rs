//! `cargo xtask protocols`: every operation of every AWS service, compared with botocore.
//!
//! Here: building the crate's end of the pipe and running `tests/protocols/run.py` against it.
//! A fixed sample of it is part of `cargo xtask test`.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::steps::python;
use crate::workspace::Workspace;

/// Operations of each service in an ordinary test run.
const SAMPLE: u32 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Extent {
    Sample,
    Everything,
}

pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    Ok(command(workspace, Extent::Everything)?.status()?.success())
}

/// The comparison, with what it needs built.
pub(crate) fn command(workspace: &Workspace, extent: Extent) -> Result<Command> {
    let build = ["build", "--package", "stairway-aws", "--example", "codec", "--quiet"];
    ensure!(
        workspace.cargo(&build).status()?.success(),
        "the example `codec` of stairway-aws does not build"
    );
    let codec = workspace.target_folder()?.join("debug").join("examples").join("codec");
    let mut command = python(workspace)?;
    command.arg("tests/protocols/run.py").arg("--codec").arg(codec);
    if extent == Extent::Sample {
        command.arg("--sample").arg(SAMPLE.to_string());
    }
    Ok(command)
}
