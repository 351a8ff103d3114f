//! `stairway-fuzz`: feeds one target for some time, or feeds it given files and tells what each costs.
//!
//! `cargo xtask fuzz` builds and runs it for every target.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fuzz::campaign::{self, Outcome, Plan};
use fuzz::target::Target;
use fuzz::{corpus, measure};

const USAGE: &str = "\
usage: stairway-fuzz run TARGET SECONDS SEED FOLDER
       stairway-fuzz feed TARGET FILE...";

/// Stack of the thread that is fed: what the server gives its HTTP threads.
const STACK_BYTES: usize = 8 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let fed = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || run(&arguments));
    match fed.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(true))) => ExitCode::SUCCESS,
        Ok(Ok(Ok(false))) => ExitCode::FAILURE,
        Ok(Ok(Err(error))) => {
            eprintln!("stairway-fuzz: {error:#}");
            ExitCode::from(2)
        }
        Ok(Err(_)) | Err(_) => ExitCode::from(2),
    }
}

/// True when everything held.
fn run(arguments: &[String]) -> Result<bool> {
    measure::listen_to_panics();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &words[..] {
        ["run", target, seconds, seed, folder] => {
            let plan = Plan {
                target: Target::named(target)?,
                time: Duration::from_secs(seconds.parse().context("expected seconds")?),
                seed: seed.parse().context("expected a number as the seed")?,
                folder: PathBuf::from(folder),
            };
            let outcome = campaign::run(&plan)?;
            tell(&plan, &outcome);
            Ok(outcome.findings.is_empty())
        }
        ["feed", target, files @ ..] => feed(Target::named(target)?, files),
        _ => bail!("{USAGE}"),
    }
}

fn tell(plan: &Plan, outcome: &Outcome) {
    println!(
        "{:<10} {:>9} inputs, {:>4} kept, slowest {:>5} ms, largest {:>3} MiB, {} findings (seed {})",
        plan.target.name(),
        outcome.inputs,
        outcome.kept,
        outcome.slowest.as_millis(),
        outcome.largest >> 20,
        outcome.findings.len(),
        plan.seed
    );
    for path in &outcome.findings {
        let told = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        println!("FINDING {}\n    {}", path.display(), told.trim());
    }
}

fn feed(target: Target, files: &[&str]) -> Result<bool> {
    let feeder = target.open()?;
    let mut held = true;
    for file in files {
        let kept = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
        let input = corpus::expanded(&kept);
        let (end, cost) = measure::measured(|| feeder.feed(&input));
        let wrong = campaign::verdict(&end, cost);
        held &= wrong.is_none();
        let (ms, kib) = (cost.cpu.as_millis(), cost.held_bytes >> 10);
        println!("{ms:>6} ms {kib:>8} KiB  {file}: {}", wrong.unwrap_or_else(|| format!("{end:?}")));
    }
    Ok(held)
}
