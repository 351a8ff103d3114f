//! `cargo xtask golden`: a data directory as this version leaves it, for the tests of later ones.
//!
//! Here: the binary, built or given by `STAIRWAY_BINARY`, and where the archive goes. What is in such a directory is in
//! `tests/golden_data.py`; `tests/test_golden.py` opens copies of all of them (promise I25).
//! INVARIANT: an archive that is there is never made anew: it is what its format's users have on their disks.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use crate::steps::python;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let archive = next_archive(workspace)?;
    let binary = match std::env::var_os("STAIRWAY_BINARY") {
        Some(given) => PathBuf::from(given),
        None => {
            let build = ["build", "--release", "--package", "stairway", "--quiet"];
            ensure!(workspace.cargo(&build).status()?.success(), "the binary does not build");
            workspace.release_binary()?
        }
    };
    Ok(python(workspace)?.arg("tests/golden_data.py").arg(binary).arg(archive).status()?.success())
}

/// That of the newest format, which has none yet.
fn next_archive(workspace: &Workspace) -> Result<PathBuf> {
    let source = std::fs::read_to_string(workspace.root.join("crates/store-disk/src/format.rs"))?;
    let version = source.lines().find_map(|line| line.strip_prefix("const VERSION: u32 = "));
    let Some(version) = version.and_then(|rest| rest.strip_suffix(';')) else {
        bail!("expected the version of the data format in `store-disk/src/format.rs`, found none");
    };
    let archive = workspace.root.join(format!("tests/golden/format-{version}.tar.xz"));
    ensure!(!archive.exists(), "`{}` is there already, and stays as it is", archive.display());
    Ok(archive)
}
