//! What an execution waits for, as the shard that has it answers.
//!
//! Here: the answer and its bounds. Not here: what a branch waits for (`execution::Wait`), sentences (`cli`).
//! It is read from memory, so it may be ahead of what is durable by one sync.

use execution::{Execution, Reason, Status, Wait};

use crate::task::activity::ActivityQueues;

/// LIMIT: branches that one answer tells of; the others are counted.
const WAITS_MAX: usize = 200;

#[derive(Clone, Debug)]
pub struct ExecutionWaits {
    pub status: Status,
    pub started_ms: i64,
    /// When the whole execution times out.
    pub timeout_at_ms: Option<i64>,
    /// A step of it panicked, a bug of the engine: it rests until the engine starts again.
    pub is_parked: bool,
    pub branches: Vec<BranchWait>,
    /// Branches that wait beside those.
    pub more: usize,
}

#[derive(Clone, Debug)]
pub struct BranchWait {
    pub wait: Wait,
    /// How many workers ask for tasks of the activity now, where a worker is waited for.
    pub pollers: Option<usize>,
}

impl ExecutionWaits {
    pub(crate) fn of(execution: &Execution) -> Self {
        let mut waits = execution.waits();
        let branches = waits.by_ref().take(WAITS_MAX).map(|wait| BranchWait { wait, pollers: None });
        ExecutionWaits {
            status: execution.status(),
            started_ms: execution.started_ms(),
            timeout_at_ms: execution.timeout_at_ms().filter(|_| execution.ended().is_none()),
            is_parked: false,
            branches: branches.collect(),
            more: waits.count(),
        }
    }

    pub(crate) fn parked(started_ms: i64) -> Self {
        ExecutionWaits {
            status: Status::Running,
            started_ms,
            timeout_at_ms: None,
            is_parked: true,
            branches: Vec::new(),
            more: 0,
        }
    }

    pub(crate) fn count_pollers(&mut self, activities: &ActivityQueues) {
        for branch in &mut self.branches {
            if let Reason::Worker { activity } = &branch.wait.reason {
                branch.pollers = Some(activities.pollers(activity));
            }
        }
    }
}
