//! What an execution waits for: each branch by itself, since when, and until when at most.
//!
//! Here: the open frames in words of the field. Not here: sentences (`cli`), who could wake it (`engine`
//! knows which workers ask for work).
//! INVARIANT: every open branch that opened no other is told, so an execution that runs has at least one.

use std::sync::Arc;

use asl::resource::{Pattern, Resource};

use crate::execution::Execution;
use crate::frame::{Attempt, Doing, Frame, Stage};
use crate::record::EventId;

/// What one branch waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Names of the states from the outermost to the one that waits; those in which branches or iterations
    /// are open say which: `Ship[2]`.
    pub path: Vec<String>,
    /// The event of the entry into that state, and its moment.
    pub entered: EventId,
    pub entered_ms: i64,
    pub reason: Reason,
    /// How many of the state's attempts have failed.
    pub retries: u64,
    /// When the wait ends by itself, if nothing else ends it.
    pub until_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// For nothing: its turn comes.
    Turn,
    /// A Wait state.
    Time,
    /// The delay before the next attempt.
    Retry,
    /// A task of an activity that no worker has taken.
    Worker { activity: Arc<str> },
    /// A task of an activity that a worker has.
    WorkerAnswer { activity: Arc<str> },
    /// The call of a service or function has not been made, or not been answered.
    Call { resource: Arc<str> },
    /// A job of a service (`.sync`).
    Job { resource: Arc<str> },
    /// Somebody outside holds the task token.
    Token { resource: Arc<str> },
}

impl Execution {
    /// What the execution waits for, branch by branch; nothing if it has ended.
    pub fn waits(&self) -> impl Iterator<Item = Wait> + '_ {
        self.frames.iter().filter(|frame| !self.has_children(frame)).map(|frame| self.wait_of(frame))
    }

    /// When the whole execution times out.
    pub fn timeout_at_ms(&self) -> Option<i64> {
        self.timeout_at_ms
    }

    fn has_children(&self, frame: &Frame) -> bool {
        match &frame.doing {
            Doing::Branches { open, .. } => *open > 0,
            Doing::Iterations(iterations) => iterations.open > 0,
            _ => false,
        }
    }

    fn wait_of(&self, frame: &Frame) -> Wait {
        let reason = match &frame.doing {
            Doing::Waiting { .. } => Reason::Time,
            Doing::Backoff { .. } => Reason::Retry,
            Doing::Task(attempt) => self.reason_of(frame, attempt),
            _ => Reason::Turn,
        };
        Wait {
            path: self.path_of(frame),
            entered: frame.entered,
            entered_ms: frame.entered_ms,
            reason,
            retries: frame.retries.iter().sum(),
            until_ms: frame.deadline_ms(),
        }
    }

    fn reason_of(&self, frame: &Frame, attempt: &Attempt) -> Reason {
        let resource = &self.task(frame.state).resource;
        match (resource, attempt.stage) {
            (Resource::Activity(arn), Stage::Scheduled) => Reason::Worker { activity: Arc::clone(arn) },
            (Resource::Activity(arn), _) => Reason::WorkerAnswer { activity: Arc::clone(arn) },
            (Resource::Service { pattern: Pattern::Sync { .. }, arn, .. }, Stage::Submitted { .. }) => {
                Reason::Job { resource: Arc::clone(arn) }
            }
            // One in doubt may have been submitted: whoever has the token ends it.
            (_, Stage::Submitted { .. } | Stage::InDoubt) => {
                Reason::Token { resource: Arc::clone(resource.arn()) }
            }
            (_, Stage::Scheduled | Stage::Started) => Reason::Call { resource: Arc::clone(resource.arn()) },
        }
    }

    fn path_of(&self, frame: &Frame) -> Vec<String> {
        let mut path = vec![self.name_of(frame)];
        let mut below = frame;
        while let Some(owner) = below.owner.and_then(|owner| self.frames.find(owner)) {
            path.push(format!("{}[{}]", self.name_of(owner), below.index));
            below = owner;
        }
        path.reverse();
        path
    }

    fn name_of(&self, frame: &Frame) -> String {
        let machine = &self.identity.machine;
        let state = match &frame.doing {
            Doing::Beginning { scope } => machine.scope(*scope).start_at,
            _ => frame.state,
        };
        machine.state(state).name.to_string()
    }
}
