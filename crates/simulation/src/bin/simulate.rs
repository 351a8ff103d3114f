//! `simulate --seeds A..B | --seed N [--bug NAME]`: runs seeds, or one of them in full view.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

use std::ops::Range;
use std::process::ExitCode;

use simulation::{Bug, Fleet, Setup, run};

const USAGE: &str = "\
usage: simulate --seeds A..B [--bug NAME]   run all seeds from A up to B, print what failed
       simulate --seed N [--bug NAME]       run one seed and print every move

bugs that can be planted: ReplyBeforeCommit, TimerLostAtRecovery, EffectOfRolledBackBatch";

const BUGS: [Bug; 3] = [Bug::ReplyBeforeCommit, Bug::TimerLostAtRecovery, Bug::EffectOfRolledBackBatch];

struct Arguments {
    what: What,
    bug: Option<Bug>,
}

enum What {
    Seeds(Range<u64>),
    Seed(u64),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(arguments) = read(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let held = match arguments.what {
        What::Seeds(seeds) => run_seeds(Fleet { bug: arguments.bug, ..Fleet::new(seeds) }),
        What::Seed(seed) => run_one(Setup { seed, bug: arguments.bug, is_verbose: true }),
    };
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(arguments: &[String]) -> Option<Arguments> {
    let (mut what, mut bug) = (None, None);
    for pair in arguments.chunks(2) {
        let [flag, value] = pair else { return None };
        match flag.as_str() {
            "--seeds" => {
                let (first, end) = value.split_once("..")?;
                what = Some(What::Seeds(first.parse().ok()?..end.parse().ok()?));
            }
            "--seed" => what = Some(What::Seed(value.parse().ok()?)),
            "--bug" => bug = Some(*BUGS.iter().find(|bug| format!("{bug:?}") == *value)?),
            _ => return None,
        }
    }
    Some(Arguments { what: what?, bug })
}

fn run_seeds(fleet: Fleet) -> bool {
    let summary = fleet.run();
    summary.failures.iter().for_each(|failure| println!("{failure}"));
    println!("{summary}");
    summary.failures.is_empty()
}

fn run_one(setup: Setup) -> bool {
    match run(setup) {
        Ok(report) => {
            println!("held: {report:?}");
            true
        }
        Err(failure) => {
            println!("{failure}");
            false
        }
    }
}
