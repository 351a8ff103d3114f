//! The steps that need Python: tests with the real AWS CLI and boto3, and the recorded cases.
//!
//! The environment is made once in `.venv` with exact versions; when it is already there, nothing
//! is fetched, so that a machine without a network can run the tests again.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::stream;
use crate::counts::{Counts, Runner};
use crate::workspace::Workspace;

const INSTALL_ATTEMPTS: u32 = 4;

pub(crate) fn end_to_end(workspace: &Workspace) -> Result<Counts> {
    let mut command = python(workspace)?;
    command.args(["-m", "pytest", "--numprocesses", "auto", "--tb", "short", "tests"]);
    stream(command, Runner::Pytest)
}

pub(crate) fn conformance(workspace: &Workspace) -> Result<Counts> {
    let mut command = python(workspace)?;
    command.arg("tests/conformance/run.py");
    stream(command, Runner::Ours)
}

/// The Python of `.venv`, in the root of the workspace, knowing the binary under test.
pub(crate) fn python(workspace: &Workspace) -> Result<Command> {
    let venv = workspace.root.join(".venv");
    install(workspace, &venv)?;
    let mut command = Command::new(venv.join("bin/python"));
    command.current_dir(&workspace.root).env("STAIRWAY_BINARY", workspace.release_binary()?);
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    Ok(command)
}

fn install(workspace: &Workspace, venv: &Path) -> Result<()> {
    let requirements = workspace.root.join("tests/requirements.txt");
    let wanted = fs::read_to_string(&requirements)?;
    let stamp = venv.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && works(venv) {
        return Ok(());
    }
    println!("making the Python environment of the tests in .venv");
    if venv.exists() {
        fs::remove_dir_all(venv)?;
    }
    make(workspace, venv)?;
    for attempt in 1..=INSTALL_ATTEMPTS {
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&requirements);
        if succeeds(pip) {
            fs::write(&stamp, &wanted)?;
            return Ok(());
        }
        println!("pip did not succeed, attempt {attempt} of {INSTALL_ATTEMPTS}");
        std::thread::sleep(Duration::from_secs(u64::from(5 * attempt)));
    }
    anyhow::bail!("pip could not install tests/requirements.txt; is there a network?")
}

fn works(venv: &Path) -> bool {
    let mut python = Command::new(venv.join("bin/python"));
    python.args(["-c", "import boto3, pytest"]);
    succeeds(python)
}

/// Debian's Python comes without what `venv` needs: then the package is installed, and tried again.
fn make(workspace: &Workspace, venv: &Path) -> Result<()> {
    let create = |program: &str, module: &str| {
        let mut command = Command::new(program);
        command.args(["-m", module]).arg(venv).current_dir(&workspace.root);
        succeeds(command)
    };
    if create("python3", "venv") || create("python3", "virtualenv") {
        return Ok(());
    }
    println!("python3 has no working venv module; installing it with apt-get");
    for arguments in [&["update", "--quiet"][..], &["install", "--yes", "--quiet", "python3", "python3-venv"]]
    {
        apt_get(arguments);
    }
    ensure!(
        create("python3", "venv"),
        "cannot make a Python environment: install python3 with its venv module"
    );
    Ok(())
}

/// As root directly, otherwise through sudo where that asks for no password.
fn apt_get(arguments: &[&str]) {
    let mut direct = Command::new("apt-get");
    direct.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let mut through_sudo = Command::new("sudo");
    through_sudo.args(["--non-interactive", "apt-get"]).args(arguments);
    _ = succeeds(direct) || succeeds(through_sudo);
}

fn succeeds(mut command: Command) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}
