//! The outside: what becomes of a task, as the seed decides, or as long as nothing breaks.

use std::sync::Arc;

use asl::Document;
use asl::error_name::{Failure, RUNTIME};
use execution::{Command, TaskKey};

use crate::definition::{ERRORS, data};
use crate::dice::Dice;

/// One attempt that nobody has ended yet.
pub(crate) struct Task {
    pub(crate) frame: usize,
    pub(crate) key: TaskKey,
    /// Where it stands: decides its outcome.
    pub(crate) place: String,
    /// What it is asked for, whichever attempt it is.
    pub(crate) work: String,
    pub(crate) started: bool,
    /// A service takes it first, and its end comes later; none if that is over or never was.
    pub(crate) submission: Option<Submission>,
    /// How often its worker was asked, and whether it is silent from now on.
    pub(crate) asked: usize,
    pub(crate) silent: bool,
}

/// How the outside behaves.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Outside {
    /// As the seed decides.
    Random,
    /// Each task is done at once, and gives what its work gives at every attempt.
    Working,
    /// The same, but some tasks fail as nobody retries or catches, and some executions are stopped; what did not
    /// succeed is redriven, and the last times nothing breaks.
    Breaking,
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

/// What an outside does that is not random.
pub(crate) fn work(task: &mut Task, seed: u64, breaks: bool) -> Command {
    task.asked += 1;
    let key = task.key;
    if !task.started {
        return Command::TaskStarted { scheduled: key.scheduled, worker: None };
    }
    if Dice::for_occasion(seed, &format!("break {} {}", task.place, task.asked)).one_in(5) && breaks {
        let failure = Failure { error: Some(Arc::from(RUNTIME)), cause: None };
        return match task.submission {
            Some(_) => Command::TaskSubmitFailed { task: key, failure },
            None => Command::TaskFailed { task: key, failure },
        };
    }
    let output = document(&data(&Dice::for_occasion(seed, &task.work)).to_string());
    match task.submission {
        Some(_) => Command::TaskSubmitted { task: key, output },
        None => Command::TaskSucceeded { task: key, output },
    }
}

fn failure(dice: &Dice) -> Failure {
    let error = (!dice.one_in(10)).then(|| Arc::from(*dice.pick(&ERRORS)));
    Failure { error, cause: dice.one_in(2).then(|| Arc::from("the task says so")) }
}

pub(crate) fn document(text: &str) -> Document {
    Document::parse(text).expect("the driver writes JSON")
}
