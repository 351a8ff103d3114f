//! Many seeds on many threads, and their totals.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use planted::Bug;

use crate::coverage::EVERYTHING;
use crate::run::{Auditor, Failure, Report, Setup, run};

#[derive(Clone, Debug)]
pub struct Fleet {
    pub seeds: Range<u64>,
    pub bug: Option<Bug>,
    pub auditor: Auditor,
    /// Ends when something was found; otherwise all seeds are run.
    pub stops_at_failure: bool,
    pub threads: usize,
}

/// What all runs did together.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub runs: u64,
    pub moves: u64,
    pub executions: u64,
    pub transitions: u64,
    pub crashes: u64,
    pub faults: u64,
    pub acknowledged: u64,
    /// By the auditor.
    pub woken: u64,
    pub coverage: BTreeMap<&'static str, u64>,
    /// By seed.
    pub failures: Vec<Failure>,
}

impl Fleet {
    pub fn new(seeds: Range<u64>) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Fleet { seeds, bug: None, auditor: Auditor::Counts, stops_at_failure: false, threads }
    }

    /// Runs them all. Threads take seeds in order, so the lowest failing seed is always among those found.
    pub fn run(&self) -> Summary {
        let next = AtomicU64::new(self.seeds.start);
        let is_over = AtomicBool::new(false);
        let summary = Mutex::new(Summary::default());
        thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| self.run_some(&next, &is_over, &summary));
            }
        });
        let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        summary.failures.sort_by_key(|failure| failure.seed);
        summary
    }

    fn run_some(&self, next: &AtomicU64, is_over: &AtomicBool, summary: &Mutex<Summary>) {
        while !is_over.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.seeds.end {
                return;
            }
            let outcome = run(Setup { bug: self.bug, auditor: self.auditor, ..Setup::of(seed) });
            if outcome.is_err() && self.stops_at_failure {
                is_over.store(true, Ordering::Relaxed);
            }
            summary.lock().unwrap_or_else(PoisonError::into_inner).add(outcome);
        }
    }
}

impl Summary {
    /// The promises that did not hold, each with the first seed that shows it.
    pub fn distinct_violations(&self) -> BTreeMap<&'static str, &Failure> {
        let mut distinct = BTreeMap::new();
        for failure in &self.failures {
            distinct.entry(failure.violation.promise).or_insert(failure);
        }
        distinct
    }

    /// What these seeds should have come by and did not.
    pub fn unreached(&self) -> Vec<&'static str> {
        let is_unseen = |what: &&str| self.coverage.get(*what).is_none_or(|times| *times == 0);
        EVERYTHING.iter().copied().filter(is_unseen).collect()
    }

    /// Adds what other seeds did.
    pub fn join(&mut self, other: Summary) {
        let Summary {
            runs,
            moves,
            executions,
            transitions,
            crashes,
            faults,
            acknowledged,
            woken,
            coverage,
            failures,
        } = other;
        self.runs += runs;
        self.moves += moves;
        self.executions += executions;
        self.transitions += transitions;
        self.crashes += crashes;
        self.faults += faults;
        self.acknowledged += acknowledged;
        self.woken += woken;
        for (what, times) in coverage {
            *self.coverage.entry(what).or_default() += times;
        }
        self.failures.extend(failures);
    }

    fn add(&mut self, outcome: Result<Report, Failure>) {
        self.runs += 1;
        match outcome {
            Ok(report) => {
                self.moves += report.moves;
                self.executions += report.executions;
                self.transitions += report.transitions;
                self.crashes += report.crashes;
                self.faults += report.faults;
                self.acknowledged += report.acknowledged;
                self.woken += report.woken;
                for (what, times) in report.coverage {
                    *self.coverage.entry(what).or_default() += times;
                }
            }
            Err(failure) => self.failures.push(failure),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { runs, moves, executions, transitions, crashes, faults, acknowledged, woken, .. } = self;
        let (failed, distinct) = (self.failures.len(), self.distinct_violations().len());
        write!(
            f,
            "{runs} seeds: {moves} moves, {executions} executions, {transitions} transitions, {faults} faults \
             ({crashes} crashes), {acknowledged} acknowledged calls, {woken} woken by the auditor, {failed} failed \
             ({distinct} distinct violations)"
        )
    }
}
