//! `cargo xtask fuzz`: builds the targets and searches each for inputs that panic, last or fill memory.
//!
//! Not here: the search itself (the package `stairway-fuzz`, folder `fuzz`). Findings lie under the target
//! folder of cargo; what is mended goes into `fuzz/corpus`, which every test run feeds again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;

pub(crate) const TARGETS: [&str; 5] = ["definition", "jsonpath", "intrinsic", "jsonata", "request"];

#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    seconds: u64,
    seed: u64,
    targets: Vec<String>,
}

impl Plan {
    pub(crate) fn parse(options: &[String]) -> Result<Plan> {
        let mut plan = Plan { seconds: 60, seed: 1, targets: Vec::new() };
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let mut number = || -> Result<u64> {
                let value = options.next().with_context(|| format!("{option} needs a number"))?;
                value.parse().with_context(|| format!("expected a number after {option}, found `{value}`"))
            };
            match option.as_str() {
                "--seconds" => plan.seconds = number()?,
                "--seed" => plan.seed = number()?,
                target if TARGETS.contains(&target) => plan.targets.push(target.to_owned()),
                other => bail!("expected --seconds, --seed or a target of {TARGETS:?}, found `{other}`"),
            }
        }
        if plan.targets.is_empty() {
            plan.targets = TARGETS.map(str::to_owned).to_vec();
        }
        Ok(plan)
    }
}

/// True when nothing was found. Every target has its time, also after findings in another.
pub(crate) fn run(workspace: &Workspace, plan: &Plan) -> Result<bool> {
    let build = ["build", "--profile", "fuzz", "--package", "stairway-fuzz", "--quiet"];
    ensure!(workspace.cargo(&build).status()?.success(), "the fuzz targets do not build");
    let folder = workspace.release_binary()?;
    let target_folder = folder.ancestors().nth(2).context("the release binary lies in the target folder")?;
    let program = target_folder.join("fuzz/stairway-fuzz");
    let mut held = true;
    for target in &plan.targets {
        let findings = target_folder.join("fuzz-findings").join(target);
        held &= kept_inputs_hold(workspace, &program, target)?;
        held &= search(&program, plan, target, &findings)?;
    }
    Ok(held)
}

fn kept_inputs_hold(workspace: &Workspace, program: &Path, target: &str) -> Result<bool> {
    let folder = workspace.root.join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.sort();
    let output = Command::new(program).args(["feed", target]).args(&files).output()?;
    if output.status.success() {
        println!("{target:<10} {:>9} kept inputs hold", files.len());
        return Ok(true);
    }
    println!("{target}: a kept input does not hold");
    print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok(false)
}

fn search(program: &Path, plan: &Plan, target: &str, findings: &Path) -> Result<bool> {
    if findings.exists() {
        fs::remove_dir_all(findings)?;
    }
    let (seconds, seed) = (plan.seconds.to_string(), plan.seed.to_string());
    let mut command = Command::new(program);
    command.args(["run", target, &seconds, &seed]).arg(findings);
    let status: ExitStatus = command.status()?;
    // What ended the process had no time to be written down: it is the input that was being fed.
    let current = findings.join("current");
    if current.exists() {
        println!("FINDING {}\n    the process ended with it: {status}", current.display());
    }
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(options: &[&str]) -> Result<Plan> {
        Plan::parse(&options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_target_is_searched_unless_some_are_named() {
        let all = TARGETS.map(str::to_owned).to_vec();
        assert_eq!(plan(&[]).unwrap(), Plan { seconds: 60, seed: 1, targets: all });
        let some = Plan { seconds: 5, seed: 9, targets: vec!["jsonata".to_owned()] };
        assert_eq!(plan(&["--seconds", "5", "jsonata", "--seed", "9"]).unwrap(), some);
        assert!(plan(&["jsonatta"]).is_err());
        assert!(plan(&["--seconds"]).is_err());
    }
}
