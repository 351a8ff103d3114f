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
use engine::{Ended, ExecutionStatus, Happened, Identity};
use execution::{AttemptTime, Event, Until};

pub use cells::CallClass;
pub(crate) use page::Beside;
pub use page::StoreFigures;

use cells::{CallCells, ExecutionCells, TaskCells, add};
use table::Table;

#[derive(Default)]
pub(crate) struct Metrics {
    table: Table,
}

impl Metrics {
    pub(crate) fn count(&self, happened: &Happened) {
        let identity = happened.identity();
        let through = happened.origin.through.as_ref();
        self.table.execution(&identity.state_machine_arn, through, |cells| {
            for event in happened.recorded.records() {
                count_event(cells, event);
                if let Some(state) = task_of(event) {
                    self.task(identity, state, |cells| count_task(cells, event));
                }
            }
            if let Some(ended) = &happened.ended {
                count_end(cells, ended, happened);
            }
        });
        for time in &happened.times {
            self.task(identity, time.state, |cells| count_time(cells, time));
        }
    }

    fn task(&self, identity: &Identity, state: StateId, count: impl FnOnce(&TaskCells)) {
        if let Kind::Task(task) = &identity.machine.state(state).kind {
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

fn count_event(cells: &ExecutionCells, event: &Event) {
    match event {
        Event::ExecutionStarted { .. } => add(&cells.started, 1),
        // AWS counts a redrive as a state transition, too.
        Event::ExecutionRedriven { .. } => {
            add(&cells.redriven, 1);
            add(&cells.transitions, 1);
        }
        Event::StateEntered { .. } => add(&cells.transitions, 1),
        _ => {}
    }
}

fn count_end(cells: &ExecutionCells, ended: &Ended, happened: &Happened) {
    let (counter, of_redriven) = match ended.status {
        ExecutionStatus::Succeeded => (&cells.succeeded, &cells.redriven_succeeded),
        ExecutionStatus::Failed => (&cells.failed, &cells.redriven_failed),
        ExecutionStatus::TimedOut => (&cells.timed_out, &cells.redriven_timed_out),
        ExecutionStatus::Aborted => (&cells.aborted, &cells.redriven_aborted),
        ExecutionStatus::Running => return,
    };
    add(counter, 1);
    if happened.redriven.is_some() {
        add(of_redriven, 1);
    }
    cells.time.observe(u64::try_from(ended.at_ms - happened.started_ms).unwrap_or(0));
}

/// The state of an event about a task.
fn task_of(event: &Event) -> Option<StateId> {
    match event {
        Event::TaskScheduled { state, .. }
        | Event::TaskStarted { state, .. }
        | Event::TaskScheduleFailed { state, .. }
        | Event::TaskSubmitFailed { state, .. }
        | Event::TaskSucceeded { state, .. }
        | Event::TaskFailed { state, .. }
        | Event::TaskTimedOut { state, .. } => Some(*state),
        _ => None,
    }
}

fn count_task(cells: &TaskCells, event: &Event) {
    let counter = match event {
        Event::TaskScheduled { .. } => &cells.scheduled,
        Event::TaskStarted { .. } => &cells.started,
        Event::TaskSucceeded { .. } => &cells.succeeded,
        Event::TaskFailed { .. } | Event::TaskScheduleFailed { .. } | Event::TaskSubmitFailed { .. } => {
            &cells.failed
        }
        Event::TaskTimedOut { missed_heartbeat: true, .. } => &cells.heartbeat_timed_out,
        Event::TaskTimedOut { .. } => &cells.timed_out,
        _ => return,
    };
    add(counter, 1);
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
