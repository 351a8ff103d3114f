//! `--worker CMD`: brings the tasks of activities to a command and its answers back.
//!
//! Here: the two ends at the engine, polling and completing. `lives` keeps the command alive,
//! `process` is one life of it, `protocol` the lines that are spoken.
//! INVARIANT: at most `OPEN_TASKS_MAX` tasks of one activity are open at the worker; the rest wait in
//! the activity's queue, where their time-outs do not count as started work.

mod lives;
mod process;
mod protocol;

#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use asl::arn::ActivityArn;
use engine::{Client, CompleteTaskError, PollActivityError, TaskResult};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};

use lives::{Inward, Outward, Task};

/// LIMIT: tasks of one activity that a worker has at the same time.
const OPEN_TASKS_MAX: usize = 16;
/// As long as AWS lets a poll wait (`spec/features.md` 1.1, GetActivityTask).
const POLL_WAIT: Duration = Duration::from_secs(60);
const PAUSE_WHEN_UNAVAILABLE: Duration = Duration::from_secs(1);
/// What ActivityStarted shows as `workerName`.
const WORKER_NAME: &str = "stairway-run";

pub(crate) struct Worker {
    inward: UnboundedSender<Inward>,
    keeper: JoinHandle<()>,
    delivery: JoinHandle<()>,
    pollers: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Must be called inside a `LocalSet`. `note` is called with lines for the user.
    pub(crate) fn start(
        command: String,
        activities: &[ActivityArn],
        client: &Client,
        note: impl Fn(String) + 'static,
    ) -> Worker {
        let (inward, inbox) = lives::inbox();
        let (outward, results) = unbounded_channel();
        let delivery = spawn_local(deliver(client.clone(), results, Rc::new(note)));
        let keeper = spawn_local(lives::keep(command, outward, inbox));
        let poller = |arn: &ActivityArn| spawn_local(poll(client.clone(), arn.clone(), inward.clone()));
        Worker { pollers: activities.iter().map(poller).collect(), inward, keeper, delivery }
    }

    /// Ends the command; what it still has stays as it is.
    pub(crate) async fn close(self) {
        self.pollers.iter().for_each(JoinHandle::abort);
        let _ = self.inward.send(Inward::Close);
        // Neither is ever cancelled; the second ends with the first, its last notes told.
        let _ = self.keeper.await;
        let _ = self.delivery.await;
    }
}

async fn poll(client: Client, activity: ActivityArn, inward: UnboundedSender<Inward>) {
    let slots = Arc::new(Semaphore::new(OPEN_TASKS_MAX));
    while let Ok(slot) = slots.clone().acquire_owned().await {
        match client.poll_activity(&activity, Some(WORKER_NAME.into()), POLL_WAIT).await {
            Ok(Some(task)) => {
                let task =
                    Task { token: task.token, activity: activity.name.clone(), input: task.input, slot };
                let _ = inward.send(Inward::Task(task));
            }
            Ok(None) => {}
            Err(PollActivityError::DoesNotExist) => return,
            Err(
                PollActivityError::WorkerLimitExceeded
                | PollActivityError::Throttled
                | PollActivityError::Unavailable,
            ) => {
                tokio::time::sleep(PAUSE_WHEN_UNAVAILABLE).await;
            }
        }
    }
}

/// Each result is its own engine call, so that many can ride in one commit.
async fn deliver(client: Client, mut results: UnboundedReceiver<Outward>, note: Rc<dyn Fn(String)>) {
    while let Some(result) = results.recv().await {
        match result {
            Outward::Note(text) => note(text),
            Outward::Answered { task, result } => {
                let result = match result {
                    Ok(output) => TaskResult::Succeeded(output),
                    Err(failure) => TaskResult::Failed {
                        error: Some(failure.error.into()),
                        cause: failure.cause.map(Into::into),
                    },
                };
                let (client, note) = (client.clone(), note.clone());
                spawn_local(async move {
                    let taken = client.complete_task(&task.token, result).await;
                    tell_if_refused(&task, taken, &*note);
                    drop(task.slot);
                });
            }
            Outward::Lost(task) => {
                let (client, note) = (client.clone(), note.clone());
                spawn_local(async move {
                    let taken = client.abandon_task(&task.token).await;
                    tell_if_refused(&task, taken, &*note);
                    drop(task.slot);
                });
            }
        }
    }
}

fn tell_if_refused(task: &Task, taken: Result<(), CompleteTaskError>, note: &dyn Fn(String)) {
    let why = match taken {
        Ok(()) => return,
        Err(CompleteTaskError::TimedOut | CompleteTaskError::DoesNotExist) => "the task had ended before",
        Err(CompleteTaskError::InvalidToken) => "the engine does not know its token",
        Err(CompleteTaskError::Unavailable) => "the engine could not take it",
    };
    note(format!("an answer of the worker for activity `{}` was not used: {why}", task.activity));
}
