//! Where things are: the root of the repository, cargo, the folder of built binaries.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Workspace> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace root")?;
        Ok(Workspace { root: root.to_owned() })
    }

    /// A cargo command in the root of the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// What cargo knows of the workspace's own packages.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let output = self.cargo(&["metadata", "--no-deps", "--format-version", "1"]).output()?;
        ensure!(
            output.status.success(),
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        serde_json::from_slice(&output.stdout).context("cargo metadata prints JSON")
    }

    /// The binary that `cargo build --release` leaves, whatever target folder is set.
    pub(crate) fn release_binary(&self) -> Result<PathBuf> {
        Ok(self.target_folder()?.join("release").join("stairway"))
    }

    pub(crate) fn target_folder(&self) -> Result<PathBuf> {
        let metadata = self.metadata()?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names the target folder")?;
        Ok(PathBuf::from(target))
    }
}
