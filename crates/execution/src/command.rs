//! What can be asked of an execution, with what time and chance, and what it answers.

use std::sync::Arc;

use asl::Document;
use asl::error_name::Failure;
use asl::services::Services;

use crate::limits::Limits;
use crate::mocks::Mocks;
use crate::record::{EventId, Origin};
use crate::redrive::NotRedrivable;

/// One thing that happened outside and concerns one execution.
#[derive(Debug)]
pub enum Command {
    /// The first command of every execution.
    Start {
        origin: Origin,
        input: Document,
        /// What answers its tasks, when it is a test case.
        mocks: Option<Arc<Mocks>>,
    },
    /// A deadline may have passed.
    TimerDue,
    /// Go on where the last step stopped for its bound.
    Continue,
    /// A worker took the activity task that was scheduled at this event.
    TaskStarted {
        scheduled: EventId,
        worker: Option<Arc<str>>,
    },
    TaskSucceeded {
        task: TaskKey,
        output: Document,
    },
    TaskFailed {
        task: TaskKey,
        failure: Failure,
    },
    /// The service has taken the task; its end comes later, from a job or under its token.
    TaskSubmitted {
        task: TaskKey,
        output: Document,
    },
    /// The service did not take a task whose end would have come later.
    TaskSubmitFailed {
        task: TaskKey,
        failure: Failure,
    },
    /// Whether the service took a task whose end comes under its token is not known, and is not asked again.
    TaskSubmissionInDoubt {
        task: TaskKey,
    },
    /// The task could not even be scheduled (its activity does not exist, for example).
    TaskScheduleFailed {
        scheduled: EventId,
        failure: Failure,
    },
    /// The worker is lost: the attempt times out now.
    TaskAbandoned {
        task: TaskKey,
    },
    TaskHeartbeat {
        task: TaskKey,
    },
    Stop {
        failure: Failure,
    },
    /// Go on after an end without success. A token stands for one redrive, however often it is asked for.
    Redrive {
        token: Option<Arc<str>>,
        /// Nothing begins anew in a state machine that is being deleted.
        machine_is_deleting: bool,
    },
}

/// Which attempt a completion belongs to. The nonce is new with each attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskKey {
    pub scheduled: EventId,
    pub nonce: u64,
}

/// The answer to a command. A refusal records nothing.
#[derive(Clone, Debug)]
pub enum Reply {
    Accepted,
    /// A worker may have the task.
    Task {
        key: TaskKey,
        input: Document,
    },
    /// Nothing waits for this any more.
    NoSuchTask,
    Stopped {
        stopped_ms: i64,
    },
    Redriven {
        redriven_ms: i64,
    },
    /// The token stands for a redrive that took place then.
    RedrivenBefore {
        redriven_ms: i64,
    },
    NotRedrivable(NotRedrivable),
}

/// Time, chance, bounds and knowledge of one step.
pub struct Moment<'a> {
    pub now_ms: i64,
    /// Seed of everything that is drawn in this step.
    pub seed: u64,
    /// Work that the expressions of this step may do, in units of `asl::query::Budget`.
    pub evaluation_units: u64,
    /// LIMIT: states that may be left in this step before it must yield to other executions.
    pub transitions_max: u32,
    pub limits: Limits,
    pub tokens: &'a dyn TokenMint,
    pub services: &'a dyn Services,
}

/// Makes the token under which the outside completes a task.
pub trait TokenMint {
    fn mint(&self, task: TaskKey) -> String;
}

impl Reply {
    /// Whether the command changes nothing.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Reply::NoSuchTask | Reply::RedrivenBefore { .. } | Reply::NotRedrivable(_))
    }
}
