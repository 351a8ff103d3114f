//! `simulate`: runs seeds, a number of hours of them, or one of them in full view; makes a failing one small.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

use std::collections::BTreeSet;
use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use simulation::shrink::moves_left;
use simulation::{Auditor, Bug, Fleet, Setup, Summary, run, shrink};

const USAGE: &str = "\
usage: simulate --seeds A..B            run all seeds from A up to B, print what failed
       simulate --hours N [--from A]    run seeds from A on for N hours (0.5 is half an hour)
       simulate --seed N                run one seed and print every move
       simulate --seed N --shrink       leave out what a failing seed does not need
       simulate --seed N --without ...  run one seed without some moves, as a shrunk failure names them
       simulate --zoo                   which planted bug is found, at which seed, and by which promise
with --bug NAME a bug is planted, with --threads N so many seeds run at once; with --auditor off|heals nobody
looks for lost wake-ups, or those that are found are no violation";

#[derive(Default)]
struct Arguments {
    seeds: Option<Range<u64>>,
    hours: Option<f64>,
    from: u64,
    seed: Option<u64>,
    bug: Option<Bug>,
    auditor: Option<Auditor>,
    without: BTreeSet<u64>,
    threads: Option<usize>,
    shrinks: bool,
    is_zoo: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let held = match read(&arguments) {
        Some(arguments) if arguments.is_zoo => Some(simulation::zoo::print(arguments.threads)),
        Some(arguments) => run_as_asked(arguments),
        None => None,
    };
    match held {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// None when nothing was asked for.
fn run_as_asked(arguments: Arguments) -> Option<bool> {
    let Arguments { seeds, hours, from, seed, bug, auditor, without, threads, shrinks, .. } = arguments;
    let auditor = auditor.unwrap_or(Auditor::Counts);
    if let Some(seed) = seed {
        return Some(run_one(Setup { seed, bug, auditor, is_verbose: !shrinks, without }));
    }
    let fleet = |seeds| {
        let fleet = Fleet { bug, auditor, ..Fleet::new(seeds) };
        Fleet { threads: threads.unwrap_or(fleet.threads), ..fleet }
    };
    match (seeds, hours) {
        (Some(seeds), _) => Some(run_seeds(&fleet(seeds))),
        (None, Some(hours)) => Some(run_hours(hours, from, fleet)),
        (None, None) => None,
    }
}

fn read(arguments: &[String]) -> Option<Arguments> {
    let mut read = Arguments::default();
    let mut arguments = arguments.iter();
    while let Some(flag) = arguments.next() {
        match flag.as_str() {
            "--shrink" => read.shrinks = true,
            "--zoo" => read.is_zoo = true,
            flag => {
                let value = arguments.next()?;
                match flag {
                    "--seeds" => read.seeds = Some(range(value)?),
                    "--hours" => read.hours = Some(value.parse().ok()?),
                    "--from" => read.from = value.parse().ok()?,
                    "--seed" => read.seed = Some(value.parse().ok()?),
                    "--threads" => read.threads = Some(value.parse().ok()?),
                    "--bug" => read.bug = Some(Bug::of(value)?),
                    "--auditor" => {
                        read.auditor = Some(Auditor::ALL.into_iter().find(|one| one.name() == value)?);
                    }
                    "--without" => {
                        for part in value.split(',') {
                            read.without.extend(range(part)?);
                        }
                    }
                    _ => return None,
                }
            }
        }
    }
    Some(read)
}

fn range(text: &str) -> Option<Range<u64>> {
    let (first, end) = text.split_once("..")?;
    Some(first.parse().ok()?..end.parse().ok()?)
}

fn run_seeds(fleet: &Fleet) -> bool {
    let summary = fleet.run();
    summary.failures.iter().for_each(|failure| println!("{failure}"));
    conclude(&summary)
}

/// How many seeds make one line of a long run.
const SEEDS_PER_LINE: u64 = 2_000;

fn run_hours(hours: f64, from: u64, fleet: impl Fn(Range<u64>) -> Fleet) -> bool {
    let end = Instant::now() + Duration::from_secs_f64(hours * 3_600.0);
    let mut total = Summary::default();
    let mut next = from;
    while Instant::now() < end {
        let summary = fleet(next..next + SEEDS_PER_LINE).run();
        next += SEEDS_PER_LINE;
        summary.failures.iter().for_each(|failure| println!("{failure}"));
        total.join(summary);
        println!("{total}");
    }
    conclude(&total)
}

/// The totals, and what no seed came by.
fn conclude(summary: &Summary) -> bool {
    println!("{summary}");
    let unreached = summary.unreached();
    if unreached.is_empty() {
        println!("the generator came by everything that is counted");
    } else {
        println!("never reached: {}", unreached.join(", "));
    }
    for (promise, failure) in summary.distinct_violations() {
        println!("violated: {promise}, first at seed {}", failure.seed);
    }
    summary.failures.is_empty()
}

fn run_one(setup: Setup) -> bool {
    let shrinks = !setup.is_verbose;
    match run(setup) {
        Ok(report) => {
            println!("held: {report:?}");
            true
        }
        Err(failure) if shrinks => {
            let small = shrink(&failure);
            println!("{} of {} moves are left", moves_left(&small), failure.moves);
            println!("{small}");
            false
        }
        Err(failure) => {
            println!("{failure}");
            false
        }
    }
}
