//! `cargo xtask models`: the service models of `crates/aws`, from a pinned release of botocore.
//!
//! Here: fetching the release, the table of Step Functions' names, and whether what is committed is what
//! the pin gives. What a model's facts are is said in `crates/aws/models/facts.py`.
//! INVARIANT: the same pin and the same table give the same bytes, on any machine.

mod archive;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::steps::python;
use crate::workspace::Workspace;

/// The release of botocore that the models come from. `docs/howto/update-aws-models.md` says how to move it.
const BOTOCORE: &str = "1.44.5";

const SERVICES: &str = "crates/aws/models/services.bin";
const FACTS: &str = "crates/aws/models/facts.py";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Write,
    Check,
}

pub(crate) fn run(workspace: &Workspace, purpose: Purpose) -> Result<bool> {
    let botocore = fetch(workspace)?;
    let mut same = true;
    match table::read(workspace, &botocore)? {
        Some(table) => same &= settle(workspace, table::COMMITTED, table.as_bytes(), purpose)?,
        None => println!("{} is not here: the committed table stays as it is", table::SOURCE),
    }
    let names = service_names(workspace, &botocore)?;
    let archive = archive::pack(&facts(workspace, &botocore, &names)?)?;
    same &= settle(workspace, SERVICES, &archive, purpose)?;
    println!("{} services of botocore {BOTOCORE}, {} bytes", names.len(), archive.len());
    Ok(same)
}

/// The folder of the installed package: that of the tests where they pin the same release, else one that
/// is installed once below the target folder.
fn fetch(workspace: &Workspace) -> Result<PathBuf> {
    let output = python(workspace)?
        .args(["-c", "import botocore; print(botocore.__version__, botocore.__path__[0], sep='\n')"])
        .output()?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    if let Some((BOTOCORE, path)) = output.trim().split_once('\n') {
        return Ok(PathBuf::from(path));
    }
    let folder = workspace.target_folder()?.join("models").join(format!("botocore-{BOTOCORE}"));
    let package = folder.join("botocore");
    if package.join("data").is_dir() {
        return Ok(package);
    }
    println!("fetching botocore {BOTOCORE}");
    let partial = folder.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let status = python(workspace)?
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"])
        .arg(&partial)
        .arg(format!("botocore=={BOTOCORE}"))
        .status()?;
    ensure!(status.success(), "pip could not install botocore {BOTOCORE}; is there a network?");
    fs::rename(&partial, &folder)?;
    Ok(package)
}

/// Every service that the table names and botocore knows, in order.
fn service_names(workspace: &Workspace, botocore: &Path) -> Result<BTreeSet<String>> {
    let table = fs::read_to_string(workspace.root.join(table::COMMITTED))?;
    let named = table.lines().filter_map(|line| line.split('\t').nth(1)).filter(|name| !name.is_empty());
    let names: BTreeSet<String> = named.map(str::to_owned).collect();
    if let Some(absent) = names.iter().find(|name| !botocore.join("data").join(name).is_dir()) {
        bail!("{} names the service `{absent}`, which botocore {BOTOCORE} does not have", table::COMMITTED);
    }
    Ok(names)
}

fn facts(workspace: &Workspace, botocore: &Path, names: &BTreeSet<String>) -> Result<Vec<u8>> {
    let folder = workspace.target_folder()?.join("models");
    fs::create_dir_all(&folder)?;
    let (list, output) = (folder.join("names.txt"), folder.join("facts.bin"));
    fs::write(&list, names.iter().map(|name| format!("{name}\n")).collect::<String>())?;
    let mut command = python(workspace)?;
    command.arg(workspace.root.join(FACTS)).arg(botocore).arg(&list).arg(&output);
    ensure!(command.status()?.success(), "{FACTS} did not succeed");
    fs::read(&output).context("the facts have just been written")
}

/// Writes the file, or says whether it already has these bytes.
fn settle(workspace: &Workspace, file: &str, bytes: &[u8], purpose: Purpose) -> Result<bool> {
    let path = workspace.root.join(file);
    let is_same = fs::read(&path).is_ok_and(|committed| committed == bytes);
    match purpose {
        Purpose::Write if !is_same => {
            fs::write(&path, bytes)?;
            println!("wrote {file}");
            Ok(true)
        }
        Purpose::Check if !is_same => {
            println!("{file} is not what the pinned release gives: run `cargo xtask models`");
            Ok(false)
        }
        Purpose::Write | Purpose::Check => {
            println!("{file} is what the pinned release gives");
            Ok(true)
        }
    }
}
