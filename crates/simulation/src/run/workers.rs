//! Workers: they poll, answer in time or late, twice, never, with failures, and send heartbeats.
//!
//! Workers outlive crashes of the engine, and so do the tokens that they hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::Document;
use engine::TaskResult;

use super::answers::Asked;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::journal::AttemptId;
use crate::checker::walk::Outcome;
use crate::workload::machine::{ACTIVITIES, activity_arn};
use crate::workload::payload;

#[derive(Default)]
pub(super) struct Workers {
    /// Tasks that were handed over and are not answered yet.
    pub(super) held: Vec<Held>,
    /// Tasks whose answer was sent and that heard nothing yet, by attempt.
    pub(super) sent: BTreeMap<AttemptId, Held>,
    /// Tasks whose answer was taken, to answer them once more.
    pub(super) answered: Vec<Held>,
    /// Polls that wait, for each activity.
    pub(super) polls: [usize; ACTIVITIES],
}

#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) attempt: AttemptId,
    pub(super) token: String,
}

/// LIMIT: polls of one activity that wait at once in a run.
const POLLS_MAX: usize = 3;

impl Workers {
    /// The engine is gone: polls are over, and what heard nothing must be sent again.
    pub(super) fn lose_connection(&mut self) {
        self.polls = [0; ACTIVITIES];
        self.held.extend(std::mem::take(&mut self.sent).into_values());
    }

    /// An answer was taken or refused: the worker is done with the task.
    pub(super) fn is_heard(&mut self, attempt: AttemptId) {
        self.answered.extend(self.sent.remove(&attempt));
    }

    /// Nobody knows whether an answer was taken.
    pub(super) fn send_again(&mut self, attempt: AttemptId) {
        self.held.extend(self.sent.remove(&attempt));
    }
}

impl Run {
    pub(super) fn poll(&mut self) -> Step {
        let activity = self.random.below(ACTIVITIES);
        self.poll_activity(activity);
        Ok(())
    }

    pub(super) fn poll_activity(&mut self, activity: usize) {
        if self.workers.polls[activity] >= POLLS_MAX {
            return;
        }
        let arn = activity_arn(activity).parse().expect("the generator makes valid names");
        let worker = self.random.percent(50).then(|| Arc::from("w"));
        if let Some(ticket) = self.driven().poll_activity(&arn, worker) {
            self.trace.note(format_args!("{ticket:?}: poll {activity}"));
            self.workers.polls[activity] += 1;
            self.asked.insert(ticket, Asked::Poll { activity });
        }
    }

    pub(super) fn answer(&mut self) -> Step {
        if !self.workers.answered.is_empty() && self.random.percent(10) {
            let again = self.random.pick(&self.workers.answered).clone();
            self.count("answered twice");
            return self.complete(again);
        }
        if self.workers.held.is_empty() {
            return Ok(());
        }
        let at = self.random.below(self.workers.held.len());
        match self.random.below(10) {
            0 | 1 => self.heartbeat(at),
            // Later, perhaps when it has timed out; perhaps only when all comes to rest.
            2 => Ok(()),
            _ => {
                let held = self.workers.held.swap_remove(at);
                self.complete(held)
            }
        }
    }

    fn complete(&mut self, held: Held) -> Step {
        if self.random.percent(65) {
            return self.succeed(held);
        }
        let error = Arc::from(*self.random.pick(&["E1", "E2", "E3"]));
        let result = TaskResult::Failed { error: Some(error), cause: None };
        self.send(held, result, Outcome::Failed)
    }

    pub(super) fn succeed(&mut self, held: Held) -> Step {
        let output = payload::output(&mut self.random);
        let output = Document::parse(&output).expect("the generator makes valid outputs");
        self.send(held, TaskResult::Succeeded(output), Outcome::Succeeded)
    }

    fn send(&mut self, held: Held, result: TaskResult, outcome: Outcome) -> Step {
        let attempt = held.attempt;
        let ticket =
            self.driven().complete_task(&held.token, result).ok_or_else(|| unknown_token(attempt))?;
        self.trace.note(format_args!("{ticket:?}: {outcome:?} for {attempt:?}"));
        self.asked.insert(ticket, Asked::Complete { attempt, outcome });
        self.workers.sent.insert(attempt, held);
        Ok(())
    }

    fn heartbeat(&mut self, at: usize) -> Step {
        let Held { attempt, token } = self.workers.held[at].clone();
        let ticket = self.driven().heartbeat_task(&token).ok_or_else(|| unknown_token(attempt))?;
        self.trace.note(format_args!("{ticket:?}: heartbeat for {attempt:?}"));
        self.asked.insert(ticket, Asked::Heartbeat { attempt });
        Ok(())
    }
}

fn unknown_token(attempt: AttemptId) -> Violation {
    Violation::new("I1", format!("the token of {attempt:?} was handed out, and is not known any more"))
}
