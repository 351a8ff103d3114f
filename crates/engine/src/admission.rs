//! Admission: how much may be under way in a shard or a lane, and who is refused first when it is too slow.
//!
//! Here: a bound that follows how long commands wait for their commit (additive up, multiplicative down), and
//! what share of it each kind of call has. Not here: who is counted (`client`), which error a caller gets (`api`).
//! INVARIANT: completions, heartbeats and stops are counted and never refused: they drain the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use crate::shard::inbox::STARTS_REFUSED_AT;

/// LIMIT: calls under way that are always let in, of all asking threads together: a slow disk alone is no reason to
/// refuse a few.
const LEAST: usize = 256;
/// LIMIT: of one asking thread.
const LEAST_OF_THREAD: usize = 16;
/// How long a command may wait from the inbox to the end of its commit, on average, before less is let in. Far above
/// what a working disk takes, and below what makes callers give up.
const WAIT_MS_MAX: i64 = 200;
/// How often the bound changes at most. What it let in before must have had time to show.
const PERIOD_MS: u64 = 100;
/// What the bound gains in a period.
const GAIN: usize = 256;
/// The weight of one batch in the average: one slow sync alone changes little.
const SMOOTHING: i64 = 8;

/// Calls that may be refused; the first to be refused first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusable {
    /// Lists and searches: nothing waits for them but whoever looks.
    List,
    Start,
    /// A worker's poll brings more completions, and those are never refused.
    Poll,
}

/// How many calls were refused, for whoever counts them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Refused {
    pub lists: u64,
    pub starts: u64,
    pub polls: u64,
}

/// Written by whoever lets the commits of one shard or lane out, one after the other; read by all that ask.
#[derive(Debug)]
pub(crate) struct Admission {
    bound: AtomicUsize,
    /// The average wait, `SMOOTHING` times.
    waited: AtomicI64,
    changed_ms: AtomicI64,
    /// Commands whose commits are on their way.
    in_flight: AtomicUsize,
    refused: [AtomicU64; 3],
}

/// Commands on their way to be durable together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Submitted {
    commands: usize,
    /// When the oldest of them came in.
    since_ms: i64,
    /// How many waited behind them.
    waiting: usize,
}

impl Default for Admission {
    fn default() -> Self {
        Admission {
            bound: AtomicUsize::new(STARTS_REFUSED_AT),
            waited: AtomicI64::new(0),
            changed_ms: AtomicI64::new(i64::MIN),
            in_flight: AtomicUsize::new(0),
            refused: Default::default(),
        }
    }
}

/// Those of an engine.
pub(crate) struct Admissions {
    pub(crate) shards: Vec<Arc<Admission>>,
    pub(crate) lanes: Vec<Arc<Admission>>,
    /// How many threads ask: each has its share of every bound.
    threads: AtomicUsize,
}

impl Admissions {
    /// As many lanes as shards.
    pub(crate) fn new(shards: usize) -> Admissions {
        let new = || (0..shards).map(|_| Arc::default()).collect();
        Admissions { shards: new(), lanes: new(), threads: AtomicUsize::new(0) }
    }

    pub(crate) fn thread_begins(&self) {
        self.threads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn thread_ends(&self) {
        self.threads.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads.load(Ordering::Relaxed)
    }

    /// Of all of them.
    pub(crate) fn refused(&self) -> Refused {
        self.shards.iter().chain(&self.lanes).fold(Refused::default(), |sum, admission| {
            let Refused { lists, starts, polls } = admission.count();
            Refused { lists: sum.lists + lists, starts: sum.starts + starts, polls: sum.polls + polls }
        })
    }
}

impl Admission {
    /// Whether one more call may go ahead where `under_way` of the asking thread are, one of so many threads.
    pub(crate) fn admits(&self, call: Refusable, under_way: usize, threads: usize) -> bool {
        let bound = self.bound.load(Ordering::Relaxed);
        let share = match call {
            Refusable::List => bound / 2,
            Refusable::Start => bound,
            Refusable::Poll => bound * 2,
        };
        under_way < (share / threads.max(1)).max(LEAST_OF_THREAD)
    }

    pub(crate) fn refused(&self, call: Refusable) {
        self.refused[call as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Commands go to the store, the oldest of which came in at `since_ms`.
    pub(crate) fn submitted(&self, commands: usize, since_ms: i64, waiting: usize) -> Submitted {
        self.in_flight.fetch_add(commands, Ordering::Relaxed);
        Submitted { commands, since_ms, waiting }
    }

    /// They are durable.
    pub(crate) fn committed(&self, submitted: Submitted, now_ms: i64) {
        let Submitted { commands, since_ms, waiting } = submitted;
        let under_way = self.in_flight.fetch_sub(commands, Ordering::Relaxed) + waiting;
        let waited = self.waited.load(Ordering::Relaxed);
        let waited = waited + now_ms.saturating_sub(since_ms).max(0) - waited / SMOOTHING;
        self.waited.store(waited, Ordering::Relaxed);
        // Whichever way the clock was set meanwhile.
        if now_ms.abs_diff(self.changed_ms.load(Ordering::Relaxed)) < PERIOD_MS {
            return;
        }
        self.changed_ms.store(now_ms, Ordering::Relaxed);
        let bound = self.bound.load(Ordering::Relaxed);
        let is_slow = waited / SMOOTHING > WAIT_MS_MAX || under_way > STARTS_REFUSED_AT;
        let next = match is_slow {
            // Of what is there, not of a bound that nobody has come near.
            true => (bound.min(under_way) / 8 * 7).max(LEAST),
            false => (bound + GAIN).min(STARTS_REFUSED_AT),
        };
        self.bound.store(next, Ordering::Relaxed);
    }

    pub(crate) fn bound(&self) -> usize {
        self.bound.load(Ordering::Relaxed)
    }

    /// How long commands wait on average, in milliseconds.
    pub(crate) fn wait_ms(&self) -> u64 {
        u64::try_from(self.waited.load(Ordering::Relaxed) / SMOOTHING).unwrap_or(0)
    }

    fn count(&self) -> Refused {
        let count = |call: Refusable| self.refused[call as usize].load(Ordering::Relaxed);
        Refused {
            lists: count(Refusable::List),
            starts: count(Refusable::Start),
            polls: count(Refusable::Poll),
        }
    }
}

#[cfg(test)]
mod tests;
