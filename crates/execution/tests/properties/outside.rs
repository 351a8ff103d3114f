//! The outside: what becomes of a task, as the seed decides.

use std::sync::Arc;

use asl::Document;
use asl::error_name::Failure;
use execution::{Command, TaskKey};

use crate::definition::{ERRORS, data};
use crate::dice::Dice;

/// One attempt that nobody has ended yet.
pub(crate) struct Task {
    pub(crate) frame: usize,
    pub(crate) key: TaskKey,
    /// Where it stands: decides its outcome.
    pub(crate) place: String,
    pub(crate) started: bool,
    /// A service takes it first, and its end comes later; none if that is over or never was.
    pub(crate) submission: Option<Submission>,
    /// How often its worker was asked, and whether it is silent from now on.
    pub(crate) asked: usize,
    pub(crate) silent: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Submission {
    /// The service has not answered yet.
    Due,
    /// Its end came first and was accepted; another end is refused.
    Overtaken,
}

/// What the outside does with a task.
pub(crate) fn answer(task: &mut Task, seed: u64) -> Command {
    task.asked += 1;
    let dice = Dice::for_occasion(seed, &format!("task {} {}", task.place, task.asked));
    let (key, scheduled) = (task.key, task.key.scheduled);
    if !task.started {
        return match dice.below(20) {
            0 => Command::TaskScheduleFailed { scheduled, failure: failure(&dice) },
            1 => {
                task.silent = true;
                Command::TimerDue
            }
            _ => Command::TaskStarted { scheduled, worker: Some("w".into()) },
        };
    }
    if let Some(submission) = task.submission
        && (submission == Submission::Overtaken || !dice.one_in(4))
    {
        return match dice.below(6) {
            0 => Command::TaskSubmitFailed { task: key, failure: failure(&dice) },
            1 => Command::TaskSubmissionInDoubt { task: key },
            _ => Command::TaskSubmitted { task: key, output: document(&data(&dice).to_string()) },
        };
    }
    match dice.below(20) {
        0..=11 => {
            let output = if dice.one_in(8) { "[1, 2]".into() } else { data(&dice).to_string() };
            Command::TaskSucceeded { task: key, output: document(&output) }
        }
        12..=16 => Command::TaskFailed { task: key, failure: failure(&dice) },
        17 => Command::TaskAbandoned { task: key },
        18 => Command::TaskHeartbeat { task: key },
        _ => {
            task.silent = true;
            Command::TimerDue
        }
    }
}

fn failure(dice: &Dice) -> Failure {
    let error = (!dice.one_in(10)).then(|| Arc::from(*dice.pick(&ERRORS)));
    Failure { error, cause: dice.one_in(2).then(|| Arc::from("the task says so")) }
}

pub(crate) fn document(text: &str) -> Document {
    Document::parse(text).expect("the driver writes JSON")
}
