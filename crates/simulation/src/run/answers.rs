//! The effect boundary: every answer that leaves the engine, looked at in the move that let it out.
//!
//! INVARIANT: what an answer says is durable at that moment (I8).

use std::sync::Arc;

use engine::Uid;
use engine::shard::Answer;

use super::services::ChildStart;
use super::workers::Held;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::journal::{AttemptId, Name};
use crate::checker::walk::Outcome;

/// What was asked under a ticket.
#[derive(Debug)]
pub(super) enum Asked {
    /// `parent`: the attempt that a nested execution is for.
    Start {
        name: Name,
        input: String,
        parent: Option<AttemptId>,
    },
    Stop {
        name: Name,
    },
    Redrive {
        name: Name,
        token: Arc<str>,
    },
    Poll {
        activity: usize,
    },
    Complete {
        attempt: AttemptId,
        outcome: Outcome,
    },
    Heartbeat {
        attempt: AttemptId,
    },
    /// An asynchronous start.
    Express {
        execution: Uid,
        name: Name,
        parent: Option<AttemptId>,
    },
    /// A synchronous one, which a lane goes on with.
    Synchronous {
        execution: Uid,
        parent: Option<AttemptId>,
    },
    ExpressStop {
        execution: Uid,
    },
}

impl Run {
    pub(super) fn look_at_answers(&mut self, is_dead: bool) -> Step {
        let answers = self.driven().answers();
        for (ticket, answer) in answers {
            self.trace.note(format_args!("{ticket:?}: {}", name_of(&answer)));
            let is_unavailable = matches!(answer, Answer::Unavailable);
            let Some(asked) = self.asked.remove(&ticket) else {
                // A dying process may say twice that it knows nothing.
                if is_unavailable && is_dead {
                    continue;
                }
                return Err(Violation::new("I8", format!("{answer:?} answers nothing that was asked")));
            };
            if let Asked::Poll { activity } = asked {
                self.workers.polls[activity] -= 1;
            }
            if let Asked::Complete { attempt, .. } = asked {
                if is_unavailable { self.workers.send_again(attempt) } else { self.workers.is_heard(attempt) }
            }
            if let Asked::Start { name, parent: Some(parent), .. } = &asked {
                let outcome = match &answer {
                    Answer::Unavailable => ChildStart::Unknown,
                    Answer::Deleting => ChildStart::Refused,
                    _ => ChildStart::Known,
                };
                self.child_is_answered(*parent, name, outcome)?;
            }
            if let Asked::Express { name, parent: Some(parent), .. } = &asked {
                self.express_child_is_answered(*parent, name, &answer)?;
            }
            match answer {
                Answer::Unavailable => self.count("unavailable"),
                // Nothing of it is durable, whatever becomes of the process.
                answer if is_dead && !matches!(answer, Answer::Ran(_)) => {
                    let details = format!("{asked:?} was answered with {answer:?} by a dying process");
                    return Err(Violation::new("I22", details));
                }
                answer => self.look_at(asked, answer)?,
            }
        }
        Ok(())
    }

    fn look_at(&mut self, asked: Asked, answer: Answer) -> Step {
        if matches!(asked, Asked::Express { .. } | Asked::Synchronous { .. } | Asked::ExpressStop { .. }) {
            return self.look_at_express(asked, answer);
        }
        let token = self.driven().token_of(&answer);
        let live = self.live.as_ref().expect("between crashes an engine is open");
        let durable = crate::durable::Durable {
            store: &*live.store,
            machines: &self.machines,
            clockwork: &self.clockwork,
        };
        match (asked, answer) {
            (Asked::Start { name, input, .. }, Answer::Started { started_ms, .. }) => {
                self.journal.start_is_acknowledged(&durable, name, input, started_ms)
            }
            (Asked::Start { name, input, .. }, Answer::AlreadyExists) => {
                self.journal.start_is_refused(&durable, &name, &input)
            }
            (Asked::Start { name, .. }, Answer::Deleting) if self.machines[name.0].is_deleting => {
                self.count("start of a machine that is being deleted");
                Ok(())
            }
            (Asked::Stop { name }, Answer::Stopped { stopped_ms }) => {
                self.journal.stop_is_acknowledged(&durable, name, stopped_ms)
            }
            (Asked::Redrive { name, token }, Answer::Redriven { redriven_ms }) => {
                self.journal.redrive_is_acknowledged(&durable, name, token, redriven_ms)
            }
            (Asked::Redrive { name, .. }, Answer::NotRedrivable(reason)) => {
                self.journal.redrive_is_refused(&durable, &name, reason)
            }
            (Asked::Poll { .. }, Answer::Task { execution, key, .. }) => {
                let attempt = (execution, key.scheduled);
                self.journal.task_is_handed_over(&durable, attempt, key.nonce)?;
                self.workers.held.extend(token.map(|token| Held { attempt, token }));
                Ok(())
            }
            (Asked::Complete { attempt, outcome }, Answer::Done) => {
                self.journal.completion_is_acknowledged(&durable, attempt, outcome)
            }
            (Asked::Heartbeat { .. }, Answer::Done) => Ok(()),
            (Asked::Complete { attempt, .. } | Asked::Heartbeat { attempt }, Answer::NoSuchTask) => {
                self.journal.completion_is_refused(&durable, attempt)
            }
            (asked, answer) => {
                Err(Violation::new("I12", format!("{asked:?} was answered with {}", name_of(&answer))))
            }
        }
    }
}

/// An answer without its payloads.
fn name_of(answer: &Answer) -> String {
    match answer {
        Answer::Task { execution, key, .. } => format!("task {key:?} of {execution:?}"),
        Answer::Ended(description) => format!("ended {:?}", description.status),
        answer => format!("{answer:?}"),
    }
}
