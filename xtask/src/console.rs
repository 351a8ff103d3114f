//! `cargo xtask console`: builds the web console and renews the copy of it that is committed.
//!
//! Here: npm, and what the console's own tests are run with. Not here: how the built console gets into
//! the binary (`crates/console-assets`), and what is tested (`console/src`, `console/e2e`).
//! INVARIANT: npm is asked for nothing that the lock file does not name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;

const INSTALL_ATTEMPTS: u32 = 4;
const NODE_MAJOR_MIN: u32 = 20;

/// Builds, and puts the build where the binary finds it on a machine without npm.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let mut build = npm(workspace)?;
    build.args(["run", "--silent", "build"]);
    if !succeeds(build) {
        return Ok(false);
    }
    let built = folder(workspace).join("dist/console.pack");
    let committed = workspace.root.join("crates/console-assets/console.pack");
    fs::copy(&built, &committed).context("cannot copy the built console")?;
    println!("crates/console-assets/console.pack is renewed; commit it with the change");
    Ok(true)
}

/// Measures the console in a browser beside its goals. `options`: how many executions the long list has.
pub(crate) fn bench(workspace: &Workspace, options: &[String]) -> Result<bool> {
    let mut build = npm(workspace)?;
    build.args(["run", "--silent", "build"]);
    ensure!(succeeds(build), "the console does not build");
    let mut bench = Command::new("node");
    bench.arg("e2e/bench.mjs").args(options).current_dir(folder(workspace));
    bench.env("STAIRWAY_BINARY", workspace.release_binary()?);
    Ok(succeeds(bench))
}

/// npm in the console's folder, with everything installed that the lock file names.
pub(crate) fn npm(workspace: &Workspace) -> Result<Command> {
    ensure!(
        node_major().is_some_and(|major| major >= NODE_MAJOR_MIN),
        "the console needs Node.js {NODE_MAJOR_MIN} or newer with npm; without it the committed build is used"
    );
    let folder = folder(workspace);
    install(&folder)?;
    let mut npm = Command::new("npm");
    npm.current_dir(folder);
    Ok(npm)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("console")
}

/// Nothing is fetched again while the lock file is the one that was installed.
fn install(folder: &Path) -> Result<()> {
    let wanted = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/installed-package-lock.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("installing what the console is built with");
    for attempt in 1..=INSTALL_ATTEMPTS {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
        if succeeds(npm) {
            fs::write(&stamp, &wanted)?;
            return Ok(());
        }
        println!("npm did not succeed, attempt {attempt} of {INSTALL_ATTEMPTS}");
        std::thread::sleep(Duration::from_secs(u64::from(5 * attempt)));
    }
    anyhow::bail!("npm could not install console/package-lock.json; is there a network?")
}

/// The first number of `v20.11.1`.
fn node_major() -> Option<u32> {
    let output = Command::new("node").arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn succeeds(mut command: Command) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}
