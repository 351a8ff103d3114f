//! Cells: numbers that one thread writes and any thread reads.
//!
//! INVARIANT: only the thread that a cell belongs to adds to it, so adding is a load and a store; a reader sees
//! each number as it was at some moment.

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) type Cell = AtomicU64;

pub(super) fn add(cell: &Cell, count: u64) {
    cell.store(cell.load(Ordering::Relaxed) + count, Ordering::Relaxed);
}

pub(super) fn get(cell: &Cell) -> u64 {
    cell.load(Ordering::Relaxed)
}

/// Upper ends of the buckets: milliseconds of executions and tasks, or microseconds of calls.
pub(super) const MILLISECONDS: [u64; BUCKETS] =
    [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 60_000, 600_000, 3_600_000, 86_400_000];
pub(super) const MICROSECONDS: [u64; BUCKETS] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000,
    60_000_000,
];
const BUCKETS: usize = 14;

pub(super) struct Histogram {
    bounds: &'static [u64; BUCKETS],
    /// Of each bucket alone; the last is for what is beyond all bounds.
    pub(super) counts: [Cell; BUCKETS + 1],
    pub(super) sum: Cell,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [u64; BUCKETS]) -> Histogram {
        Histogram { bounds, counts: std::array::from_fn(|_| Cell::new(0)), sum: Cell::new(0) }
    }

    /// The upper end of a bucket; the last has none.
    pub(super) fn bound(&self, bucket: usize) -> Option<u64> {
        self.bounds.get(bucket).copied()
    }

    pub(super) fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        add(&self.counts[bucket], 1);
        add(&self.sum, value);
    }
}

/// Of one state machine, through one version and alias or none.
pub(super) struct ExecutionCells {
    pub(super) started: Cell,
    pub(super) succeeded: Cell,
    pub(super) failed: Cell,
    pub(super) timed_out: Cell,
    pub(super) aborted: Cell,
    pub(super) redriven: Cell,
    /// The same ends once more, of executions that were redriven.
    pub(super) redriven_succeeded: Cell,
    pub(super) redriven_failed: Cell,
    pub(super) redriven_timed_out: Cell,
    pub(super) redriven_aborted: Cell,
    pub(super) transitions: Cell,
    pub(super) time: Histogram,
}

impl Default for ExecutionCells {
    fn default() -> Self {
        let cell = Cell::default;
        ExecutionCells {
            started: cell(),
            succeeded: cell(),
            failed: cell(),
            timed_out: cell(),
            aborted: cell(),
            redriven: cell(),
            redriven_succeeded: cell(),
            redriven_failed: cell(),
            redriven_timed_out: cell(),
            redriven_aborted: cell(),
            transitions: cell(),
            time: Histogram::new(&MILLISECONDS),
        }
    }
}

/// Of one activity, Lambda function or action of a service.
pub(super) struct TaskCells {
    pub(super) scheduled: Cell,
    pub(super) started: Cell,
    pub(super) succeeded: Cell,
    pub(super) failed: Cell,
    pub(super) timed_out: Cell,
    pub(super) heartbeat_timed_out: Cell,
    pub(super) schedule_time: Histogram,
    pub(super) run_time: Histogram,
    pub(super) time: Histogram,
}

impl Default for TaskCells {
    fn default() -> Self {
        let (cell, histogram) = (Cell::default, || Histogram::new(&MILLISECONDS));
        TaskCells {
            scheduled: cell(),
            started: cell(),
            succeeded: cell(),
            failed: cell(),
            timed_out: cell(),
            heartbeat_timed_out: cell(),
            schedule_time: histogram(),
            run_time: histogram(),
            time: histogram(),
        }
    }
}

/// How a call of the API was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallClass {
    Done,
    /// Refused for what was asked.
    Refused,
    /// Refused because too much was asked.
    Throttled,
    /// The server failed.
    Failed,
}

/// Of one operation of the API.
pub(super) struct CallCells {
    pub(super) done: Cell,
    pub(super) refused: Cell,
    pub(super) throttled: Cell,
    pub(super) failed: Cell,
    pub(super) time: Histogram,
}

impl Default for CallCells {
    fn default() -> Self {
        let cell = Cell::default;
        CallCells {
            done: cell(),
            refused: cell(),
            throttled: cell(),
            failed: cell(),
            time: Histogram::new(&MICROSECONDS),
        }
    }
}

impl CallCells {
    pub(super) fn of(&self, class: CallClass) -> &Cell {
        match class {
            CallClass::Done => &self.done,
            CallClass::Refused => &self.refused,
            CallClass::Throttled => &self.throttled,
            CallClass::Failed => &self.failed,
        }
    }
}
