//! The steps of `check` and `test`, in the order in which they run: cheap ones first.
//!
//! Here: what each step is and how its output is streamed. What happens after a failure is up to
//! the command that runs them.

mod console;
mod python;

pub(crate) use python::python;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::counts::{Counts, Runner};
use crate::workspace::Workspace;
use crate::{kill, models, protocols, tidy};

/// Rounds of the kill loop in an ordinary test run; a release runs 200.
const KILL_ROUNDS: u32 = 15;

pub(crate) struct Step {
    pub(crate) name: &'static str,
    run: fn(&Workspace) -> Result<Counts>,
}

/// Part of every change: a few minutes.
pub(crate) const EVERYDAY: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "lints", run: lints },
    Step { name: "tidy", run: house_rules },
    Step { name: "rust tests", run: rust_tests },
];

/// Everything that CI runs.
pub(crate) const EVERYTHING: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "lints", run: lints },
    Step { name: "tidy", run: house_rules },
    Step { name: "docs", run: docs },
    Step { name: "rust tests", run: rust_tests },
    Step { name: "doc tests", run: doc_tests },
    Step { name: "service models", run: service_models },
    Step { name: "AWS protocols", run: aws_protocols },
    Step { name: "release build", run: release_build },
    Step { name: "console types", run: console::types },
    Step { name: "console tests", run: console::unit_tests },
    Step { name: "console in browser", run: console::in_browser },
    Step { name: "end-to-end tests", run: python::end_to_end },
    Step { name: "conformance", run: python::conformance },
    Step { name: "kill -9", run: kill_rounds },
];

impl Step {
    /// Runs the step between two lines that name it; an error inside it is a failure of it.
    pub(crate) fn run(&self, workspace: &Workspace) -> Counts {
        println!("\n==> {}", self.name);
        let begun = Instant::now();
        let counts = (self.run)(workspace).unwrap_or_else(|error| {
            println!("{}: {error:#}", self.name);
            Counts::ONE_FAILED
        });
        let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
        println!("<== {} {verdict} in {:.1} s", self.name, begun.elapsed().as_secs_f64());
        counts
    }
}

fn format(workspace: &Workspace) -> Result<Counts> {
    stream(workspace.cargo(&["fmt", "--all", "--check"]), Runner::Plain)
}

fn lints(workspace: &Workspace) -> Result<Counts> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    stream(workspace.cargo(&arguments), Runner::Plain)
}

fn house_rules(workspace: &Workspace) -> Result<Counts> {
    Ok(if tidy::run(workspace)? { Counts::ONE_PASSED } else { Counts::ONE_FAILED })
}

fn docs(workspace: &Workspace) -> Result<Counts> {
    let mut command =
        workspace.cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    stream(command, Runner::Plain)
}

fn rust_tests(workspace: &Workspace) -> Result<Counts> {
    let nextest =
        workspace.cargo(&["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if nextest.success() {
        stream(workspace.cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]), Runner::Nextest)
    } else {
        let arguments = ["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"];
        stream(workspace.cargo(&arguments), Runner::CargoTest)
    }
}

fn doc_tests(workspace: &Workspace) -> Result<Counts> {
    stream(workspace.cargo(&["test", "--workspace", "--no-fail-fast", "--doc", "--quiet"]), Runner::CargoTest)
}

fn service_models(workspace: &Workspace) -> Result<Counts> {
    let same = models::run(workspace, models::Purpose::Check)?;
    Ok(if same { Counts::ONE_PASSED } else { Counts::ONE_FAILED })
}

fn aws_protocols(workspace: &Workspace) -> Result<Counts> {
    stream(protocols::command(workspace, protocols::Extent::Sample)?, Runner::Ours)
}

fn release_build(workspace: &Workspace) -> Result<Counts> {
    stream(workspace.cargo(&["build", "--release", "--package", "stairway"]), Runner::Plain)
}

fn kill_rounds(workspace: &Workspace) -> Result<Counts> {
    let held = kill::run(workspace, &kill::Plan { rounds: KILL_ROUNDS, seed: None })?;
    Ok(if held { Counts::ONE_PASSED } else { Counts::ONE_FAILED })
}

/// Runs a command without input, passes its output on line by line, and counts what it reports.
fn stream(mut command: Command, runner: Runner) -> Result<Counts> {
    command.env("CARGO_TERM_COLOR", "never").env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let counted = Mutex::new(Counts::default());
    let stdout = child.stdout.take().context("stdout is piped")?;
    let stderr = child.stderr.take().context("stderr is piped")?;
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(stdout, runner, &counted));
        scope.spawn(|| pass_on(stderr, runner, &counted));
    });
    let status = child.wait()?;
    let counts = counted.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    Ok(counts.at_end(runner, status.success()))
}

fn pass_on(output: impl Read, runner: Runner, counted: &Mutex<Counts>) {
    for line in BufReader::new(output).split(b'\n').map_while(|line| line.ok()) {
        let line = String::from_utf8_lossy(&line);
        // A closed terminal must not end the run before its verdict.
        _ = writeln!(std::io::stdout().lock(), "{line}");
        let seen = Counts::of_line(runner, &line);
        let mut counts = counted.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *counts = [*counts, seen].into_iter().sum();
    }
}
