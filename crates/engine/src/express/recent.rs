//! What Express executions did lately, in memory: AWS shows it only in logs.
//!
//! Here: their records, as the store would have them, with what a listing shows. The oldest make room.
//! Not here: reading them (`express/read`).
//! INVARIANT: of an execution all records are here, or none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use execution::{Execution, Origin, Status, Through};
use rustc_hash::FxHashMap;
use store::{ListingPosition, Uid};

/// LIMIT: executions whose records are kept; ours.
const EXECUTIONS_MAX: usize = 10_000;
/// LIMIT: bytes of all these records; ours. One execution may have an eighth of them.
const BYTES_MAX: usize = 64 << 20;
const BYTES_OF_ONE_MAX: usize = BYTES_MAX / 8;

/// How much is kept.
#[derive(Clone, Copy)]
struct Bounds {
    executions_max: usize,
    bytes_max: usize,
    bytes_of_one_max: usize,
}

/// One lock, held for as long as it takes to put a record into a map: a hundredth of what a request costs.
pub(crate) struct Recent {
    bounds: Bounds,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    executions: FxHashMap<Uid, RecentExecution>,
    /// In the order of their first records; one that grew too large may be gone already.
    order: VecDeque<Uid>,
    bytes: usize,
}

#[derive(Clone)]
pub(crate) struct RecentExecution {
    pub(crate) execution: Uid,
    pub(crate) machine: u128,
    pub(crate) revision: u32,
    pub(crate) name: Arc<str>,
    pub(crate) through: Option<Through>,
    pub(crate) started_ms: i64,
    /// None while it runs.
    pub(crate) ended: Option<(Status, i64)>,
    /// Of each step.
    pub(crate) batches: Vec<Bytes>,
    bytes: usize,
}

impl RecentExecution {
    /// An execution with its first records.
    pub(crate) fn new(uid: Uid, origin: &Origin, value: &Execution, records: Bytes) -> Self {
        RecentExecution {
            execution: uid,
            machine: origin.machine,
            revision: origin.revision,
            name: Arc::clone(&origin.name),
            through: origin.through.clone(),
            started_ms: value.started_ms(),
            ended: end_of(value),
            bytes: records.len(),
            batches: vec![records],
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.ended.map_or(Status::Running, |(status, _)| status)
    }

    pub(crate) fn position(&self) -> ListingPosition {
        ListingPosition { started_ms: self.started_ms, execution: self.execution }
    }
}

impl Default for Recent {
    fn default() -> Self {
        Recent::within(Bounds {
            executions_max: EXECUTIONS_MAX,
            bytes_max: BYTES_MAX,
            bytes_of_one_max: BYTES_OF_ONE_MAX,
        })
    }
}

impl Recent {
    fn within(bounds: Bounds) -> Recent {
        Recent { bounds, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, execution: RecentExecution) {
        let uid = execution.execution;
        let mut kept = self.kept();
        kept.bytes += execution.bytes;
        kept.order.push_back(uid);
        kept.executions.insert(uid, execution);
        let evicted = kept.make_room(self.bounds);
        drop(kept);
        // Freed without the lock.
        drop(evicted);
    }

    /// Keeps what it recorded next. False when it is not kept any more: it had to make room.
    pub(crate) fn extend(&self, uid: Uid, ended: Option<(Status, i64)>, records: Bytes) -> bool {
        let mut kept = self.kept();
        let Some(execution) = kept.executions.get_mut(&uid) else { return false };
        let bytes = records.len();
        execution.ended = ended;
        execution.batches.push(records);
        execution.bytes += bytes;
        let is_too_large = execution.bytes > self.bounds.bytes_of_one_max;
        kept.bytes += bytes;
        let evicted = match is_too_large {
            true => kept.forget(uid).into_iter().collect(),
            false => kept.make_room(self.bounds),
        };
        drop(kept);
        drop(evicted);
        !is_too_large
    }

    pub(crate) fn find(&self, uid: Uid) -> Option<RecentExecution> {
        self.kept().executions.get(&uid).cloned()
    }

    /// All that are kept, in the order in which they began.
    #[cfg(feature = "driven")]
    pub(crate) fn begun(&self) -> Vec<Uid> {
        self.kept().order.iter().copied().collect()
    }

    /// Those of a machine that `admits` lets in, newest start first. Their records are left out.
    pub(crate) fn list(
        &self,
        machine: u128,
        admits: impl Fn(&RecentExecution) -> bool,
    ) -> Vec<RecentExecution> {
        let kept = self.kept();
        let of_machine = kept.executions.values().filter(|execution| execution.machine == machine);
        let without_records = |execution: &RecentExecution| RecentExecution {
            name: Arc::clone(&execution.name),
            through: execution.through.clone(),
            batches: Vec::new(),
            ..*execution
        };
        let mut found: Vec<_> = of_machine.filter(|found| admits(found)).map(without_records).collect();
        drop(kept);
        found.sort_by_key(|execution| std::cmp::Reverse(execution.position()));
        found
    }
}

pub(super) fn end_of(value: &Execution) -> Option<(Status, i64)> {
    value.ended().map(|end| (end.status, end.at_ms))
}

impl Kept {
    fn forget(&mut self, uid: Uid) -> Option<RecentExecution> {
        let execution = self.executions.remove(&uid)?;
        self.bytes -= execution.bytes;
        Some(execution)
    }

    /// What had to go, the oldest first.
    fn make_room(&mut self, bounds: Bounds) -> Vec<RecentExecution> {
        let mut evicted = Vec::new();
        while self.order.len() > bounds.executions_max || self.bytes > bounds.bytes_max {
            let Some(oldest) = self.order.pop_front() else { break };
            evicted.extend(self.forget(oldest));
        }
        evicted
    }
}

#[cfg(test)]
mod tests;
