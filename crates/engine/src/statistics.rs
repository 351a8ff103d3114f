//! What the engine counts of itself, for whoever asks now and then.
//!
//! INVARIANT: a shard's thread alone writes its counters, so counting is a plain store.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use asl::arn::StateMachineArn;

use crate::admission::Refused;
use crate::audit::Audited;
use crate::engine::Engine;

/// What a shard's thread keeps up to date.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) batches: AtomicU64,
    pub(crate) residents: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShardStatistics {
    /// Commits of executions, and the batches that carried them, since the start.
    pub commits: u64,
    pub batches: u64,
    /// Executions in memory.
    pub residents: usize,
    /// Envelopes that wait.
    pub inbox: usize,
    /// How many starts may be under way.
    pub starts_max: usize,
    /// How long commands wait for their commit on average, in milliseconds.
    pub wait_ms: u64,
}

#[derive(Clone, Debug)]
pub struct MachineStatistics {
    pub arn: StateMachineArn,
    pub versions: usize,
    pub aliases: usize,
}

#[derive(Clone, Debug)]
pub struct Statistics {
    pub shards: Vec<ShardStatistics>,
    /// Executions that have not ended.
    pub open: usize,
    /// What the auditor has found.
    pub audited: Audited,
    /// Calls that were refused because there was too much to do.
    pub refused: Refused,
    pub state_machines: usize,
    pub activities: usize,
    /// Machines that have a version, at most as many as were asked for.
    pub published: Vec<MachineStatistics>,
}

impl Counters {
    pub(crate) fn took_step(&self, commits: usize, residents: usize) {
        let add = |counter: &AtomicU64, count: u64| {
            counter.store(counter.load(Ordering::Relaxed) + count, Ordering::Relaxed);
        };
        if commits > 0 {
            add(&self.commits, commits as u64);
            add(&self.batches, 1);
        }
        self.residents.store(residents, Ordering::Relaxed);
    }
}

impl Engine {
    pub fn statistics(&self, published_max: usize) -> Statistics {
        let shared = &self.shared;
        let shard = |(number, counters): (usize, &std::sync::Arc<Counters>)| ShardStatistics {
            commits: counters.commits.load(Ordering::Relaxed),
            batches: counters.batches.load(Ordering::Relaxed),
            residents: counters.residents.load(Ordering::Relaxed),
            inbox: shared.router.inbox(number).depth(),
            starts_max: shared.admissions.shards[number].bound(),
            wait_ms: shared.admissions.shards[number].wait_ms(),
        };
        let (state_machines, activities, published) = shared.catalog.counts(published_max);
        Statistics {
            shards: shared.counters.iter().enumerate().map(shard).collect(),
            open: shared.world.open.count(),
            audited: self.audited(),
            refused: shared.admissions.refused(),
            state_machines,
            activities,
            published,
        }
    }
}
