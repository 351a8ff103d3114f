//! The bug zoo: each planted bug must be found, by a seed that holds without it.
//!
//! A bug that is not found is a hole in the checker or in the generator. What a bug is and which lesson it
//! comes from stands in `planted/src/bugs.rs`.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use planted::Bug;

use crate::run::{Auditor, Failure, Setup, run};

/// Seeds among which each bug must be found.
pub const SEEDS: Range<u64> = 0..2_000;
/// Half of the bugs must be found within so many.
pub const SOON: u64 = 200;

/// So many of them run without the auditor too.
const UNAUDITED: u64 = 10;

/// What was found out about one bug.
#[derive(Clone, Debug)]
pub struct Found {
    pub bug: Bug,
    /// The first seed that fails with it and holds without it.
    pub failure: Option<Failure>,
}

/// All bugs, in the order in which they are listed; `tell` hears of each when it is known.
pub fn visit(threads: usize, tell: impl Fn(&Found) + Sync) -> Vec<Found> {
    let next = AtomicU64::new(0);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(bug) = Bug::ALL.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    let one = find(*bug);
                    tell(&one);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|one| Bug::ALL.iter().position(|bug| *bug == one.bug));
    found
}

fn find(bug: Bug) -> Found {
    let with = |seed, auditor| run(Setup { bug: Some(bug), auditor, ..Setup::of(seed) }).err();
    // What the auditor heals without a word is found while nobody audits.
    let unaudited = |seed| (seed < UNAUDITED).then(|| with(seed, Auditor::Off)).flatten();
    let fails = |seed| with(seed, Auditor::Counts).or_else(|| unaudited(seed));
    let holds =
        |failure: &Failure| run(Setup { auditor: failure.auditor, ..Setup::of(failure.seed) }).is_ok();
    Found { bug, failure: SEEDS.filter_map(fails).find(holds) }
}

impl Found {
    pub fn is_found_soon(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.seed < SOON)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bug, lesson) = (format!("{:?}", self.bug), self.bug.lesson());
        match &self.failure {
            Some(Failure { seed, violation, .. }) => {
                write!(f, "{bug:<36} {lesson:<7} {:<9} {seed:>5}", violation.promise)
            }
            None => write!(f, "{bug:<36} {lesson:<7} NOT FOUND in {SEEDS:?}"),
        }
    }
}

/// Prints the table. True when every bug was found, half of them soon.
#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
pub fn print(threads: Option<usize>) -> bool {
    let threads = threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    println!("{:<36} {:<7} {:<9} {:>5}", "bug", "lesson", "found by", "seed");
    let found = visit(threads, |one| println!("{one}"));
    let missed = found.iter().filter(|one| one.failure.is_none()).count();
    let soon = found.iter().filter(|one| one.is_found_soon()).count();
    println!("{} bugs, {missed} not found, {soon} found within {SOON} seeds", found.len());
    missed == 0 && soon * 2 >= found.len()
}
