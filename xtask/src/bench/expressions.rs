//! `cargo xtask bench expressions`: ten JSONata expressions of workflows, evaluated by Stairway and by npm's
//! jsonata on node, turn by turn in one run.
//!
//! Both are processes that answer how long some evaluations took, so that neither measures the other, and
//! what disturbs one round disturbs both. INVARIANT: only expressions with equal values are compared.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::workspace::Workspace;

/// The version that AWS names in its documentation.
const PINNED: &str = "jsonata@2.0.6";
const ROUNDS: usize = 11;
/// What one round of one expression should take on the slower side.
const ROUND_NANOS: f64 = 30_000_000.0;

pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let build = ["build", "--release", "--quiet", "--package", "stairway-bench"];
    ensure!(workspace.cargo(&build).status()?.success(), "the bench does not build");
    let folder = workspace.root.join("bench/expressions");
    let file = folder.join("expressions.json");
    let ours = workspace.release_binary()?.with_file_name("stairway-bench-expressions");
    let modules = installed(&workspace.release_binary()?)?;
    let mut stairway = Side::start(Command::new(ours).arg(&file))?;
    let mut node =
        Side::start(Command::new("node").arg(folder.join("evaluate.mjs")).arg(modules).arg(&file))?;
    let expressions: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    println!("nanoseconds, medians of {ROUNDS} interleaved rounds; node has its input parsed already");
    println!("{:<10} {:>10} {:>12} {:>12} {:>7}", "", "compiling", "evaluating", PINNED, "ratio");
    let mut ratios = Vec::new();
    for (at, expression) in expressions["expressions"].as_array().into_iter().flatten().enumerate() {
        let name = expression["name"].as_str().unwrap_or_default();
        let (our_value, node_value) = (stairway.value(at)?, node.value(at)?);
        ensure!(our_value == node_value, "{name}: expected {node_value} as on node, found {our_value}");
        let row = measure(at, &mut stairway, &mut node)?;
        let ratio = row.node / row.stairway;
        println!("{name:<10} {:>10.0} {:>12.0} {:>12.0} {ratio:>7.1}", row.compiling, row.stairway, row.node);
        ratios.push(ratio);
    }
    println!("npm's jsonata takes {:.1} times as long (median of the ratios)", median(&mut ratios));
    Ok(true)
}

struct Row {
    compiling: f64,
    stairway: f64,
    node: f64,
}

fn measure(at: usize, stairway: &mut Side, node: &mut Side) -> Result<Row> {
    // The first evaluations warm up what compiles while it runs, and tell how many fill a round.
    node.nanos(&format!("{at}"), 2_000)?;
    let times = (ROUND_NANOS / node.nanos(&format!("{at}"), 500)?).clamp(100.0, 100_000.0) as usize;
    let (mut compiling, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(stairway.nanos(&format!("{at}"), times)?);
        theirs.push(node.nanos(&format!("{at}"), times)?);
        compiling.push(stairway.nanos(&format!("compile {at}"), times)?);
    }
    Ok(Row { compiling: median(&mut compiling), stairway: median(&mut ours), node: median(&mut theirs) })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The folder in which npm's jsonata is installed, installed now if it was not yet.
fn installed(release_binary: &Path) -> Result<PathBuf> {
    let target = release_binary.ancestors().nth(2).context("the release binary lies in the target folder")?;
    let folder = target.join("bench-expressions");
    let version = PINNED.rsplit('@').next().unwrap_or_default();
    let manifest = folder.join("node_modules/jsonata/package.json");
    let found = std::fs::read(&manifest).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    if found.is_none_or(|package| package["version"] != version) {
        std::fs::create_dir_all(&folder)?;
        let arguments = ["install", "--no-save", "--no-audit", "--no-fund", "--silent", PINNED, "--prefix"];
        let status = Command::new("npm").args(arguments).arg(&folder).status();
        let status =
            status.context("cannot start npm: expressions are compared with npm's jsonata on node")?;
        ensure!(status.success(), "npm could not install {PINNED}; is there a network?");
    }
    Ok(folder)
}

/// A process that is asked line by line. It ends when its input does.
struct Side {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Side {
    fn start(command: &mut Command) -> Result<Side> {
        let name = command.get_program().display().to_string();
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("cannot start {name}"))?;
        let asks = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("stdout is piped")?);
        Ok(Side { child, asks, answers })
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        let asks = self.asks.as_mut().context("stdin is piped")?;
        writeln!(asks, "{question}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(!answer.is_empty(), "expected an answer to `{question}`, found the end");
        Ok(answer.trim().to_owned())
    }

    fn value(&mut self, expression: usize) -> Result<Value> {
        Ok(serde_json::from_str(&self.ask(&format!("value {expression}"))?)?)
    }

    /// Nanoseconds of one, of the average of `times`.
    fn nanos(&mut self, what: &str, times: usize) -> Result<f64> {
        let took: f64 = self.ask(&format!("{what} {times}"))?.parse()?;
        Ok(took / times as f64)
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        drop(self.asks.take());
        // It has said all that was asked; how it ends changes nothing.
        _ = self.child.wait();
    }
}
