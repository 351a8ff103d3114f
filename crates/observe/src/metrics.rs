//! Metrics: AWS's, by AWS's names and dimensions, and a few of our own.
//!
//! Here: what is counted at a commit and at an answer. Not here: the cells (`cells`, `table`), the text (`text`).
//! INVARIANT: counting takes no lock and waits for nobody, but where a thread meets a machine, a resource or an
//! operation for the first time.

mod cells;
mod page;
mod table;
mod text;

use std::time::Duration;

use asl::Kind;
use asl::StateId;
use engine::{CountedEnd, ExecutionStatus, Tally, TaskCount};
use execution::{AttemptTime, Until};

pub use cells::CallClass;
pub(crate) use page::Beside;
pub use page::StoreFigures;

use cells::{CallCells, Cell, ExecutionCells, TaskCells, add};
use table::Table;

#[derive(Default)]
pub(crate) struct Metrics {
    table: Table,
}

impl Metrics {
    pub(crate) fn count(&self, tally: &Tally) {
        self.table.execution(tally.state_machine_arn(), tally.through.as_ref(), |cells| {
            add(&cells.started, tally.started);
            add(&cells.redriven, tally.redriven);
            add(&cells.transitions, tally.transitions);
            tally.ended.iter().for_each(|end| count_end(cells, end));
        });
        for (state, counted) in &tally.tasks {
            self.task(tally, *state, |cells| add(counter_of(cells, *counted), 1));
        }
        for time in &tally.times {
            self.task(tally, time.state, |cells| count_time(cells, time));
        }
    }

    fn task(&self, tally: &Tally, state: StateId, count: impl FnOnce(&TaskCells)) {
        if let Kind::Task(task) = &tally.machine().state(state).kind {
            self.table.task(&task.resource, count);
        }
    }

    /// A call of the API was answered; there are as many rows as operations.
    pub(crate) fn answered(&self, operation: &str, class: CallClass, took: Duration) {
        self.table.call(operation, |cells: &CallCells| {
            add(cells.of(class), 1);
            cells.time.observe(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        });
    }
}

fn count_end(cells: &ExecutionCells, end: &CountedEnd) {
    let (counter, of_redriven) = match end.status {
        ExecutionStatus::Succeeded => (&cells.succeeded, &cells.redriven_succeeded),
        ExecutionStatus::Failed => (&cells.failed, &cells.redriven_failed),
        ExecutionStatus::TimedOut => (&cells.timed_out, &cells.redriven_timed_out),
        ExecutionStatus::Aborted => (&cells.aborted, &cells.redriven_aborted),
        ExecutionStatus::Running => return,
    };
    add(counter, 1);
    if end.is_redriven {
        add(of_redriven, 1);
    }
    cells.time.observe(end.ran_ms);
}

fn counter_of(cells: &TaskCells, counted: TaskCount) -> &Cell {
    match counted {
        TaskCount::Scheduled => &cells.scheduled,
        TaskCount::Started => &cells.started,
        TaskCount::Succeeded => &cells.succeeded,
        TaskCount::Failed => &cells.failed,
        TaskCount::TimedOut => &cells.timed_out,
        TaskCount::HeartbeatTimedOut => &cells.heartbeat_timed_out,
    }
}

fn count_time(cells: &TaskCells, time: &AttemptTime) {
    let observe = |histogram: &cells::Histogram, took: Option<u64>| {
        if let Some(took) = took {
            histogram.observe(took);
        }
    };
    match time.until {
        Until::Started => observe(&cells.schedule_time, time.since_scheduled_ms),
        Until::Ended => {
            observe(&cells.run_time, time.since_started_ms);
            observe(&cells.time, time.since_scheduled_ms);
        }
    }
}
