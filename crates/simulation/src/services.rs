//! The runner of a simulated engine: it does nothing by itself, and notes what the engine asks of it.
//!
//! Here: the kinds of services that machines call, and which of their calls may be made again after a crash.
//! Not here: when a call is made and how it is answered (`run/services`).

use std::sync::{Arc, Mutex, PoisonError};

use asl::Document;
use asl::resource::Resource;
use engine::{InDoubt, TaskCall, TaskKey, TaskRunner, Uid};

/// What a Task's resource is to the simulator and its checker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Service {
    Activity,
    /// A function: its call is answered, and must not be made twice.
    Function,
    /// A read: its call is answered, and may be made again.
    Read,
    /// A message that carries the token under which the task ends.
    Message,
    /// A job that is submitted and followed; a second submission would be a second job.
    Job,
    /// An execution of another machine, found again by its name; followed with `.sync:2` only.
    Child {
        is_followed: bool,
    },
    /// An Express execution of another machine, whose end is the answer.
    SynchronousChild,
}

impl Service {
    /// By the text of a `Resource`, as the checker reads it.
    pub fn of(resource: &str) -> Service {
        match resource {
            text if text.contains(":activity:") => Service::Activity,
            text if text.starts_with("arn:aws:lambda:") => Service::Function,
            text if text.ends_with(".waitForTaskToken") => Service::Message,
            text if text.ends_with("startExecution.sync:2") => Service::Child { is_followed: true },
            text if text.ends_with("startSyncExecution") => Service::SynchronousChild,
            text if text.ends_with("startExecution") => Service::Child { is_followed: false },
            text if text.ends_with(".sync") => Service::Job,
            _ => Service::Read,
        }
    }

    /// Whether the call only hands the task over, and its end comes later.
    pub fn is_submitted(self) -> bool {
        matches!(self, Service::Message | Service::Job | Service::Child { is_followed: true })
    }

    /// Whether nothing is done twice by a second call with the token of the first.
    pub fn may_be_called_again(self) -> bool {
        matches!(self, Service::Read | Service::Message | Service::Child { .. })
    }
}

/// What the engine has asked of the runner.
pub enum Asked {
    Call(TaskCall),
    Follow(TaskCall, Document),
    Ended(Uid, TaskKey),
}

/// A handle; all handles of one life share it.
#[derive(Clone, Default)]
pub struct Services(Arc<Mutex<Vec<Asked>>>);

impl Services {
    /// What was asked since the last time.
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, asked: Asked) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }
}

impl TaskRunner for Services {
    fn call(&self, call: TaskCall) {
        self.note(Asked::Call(call));
    }

    fn follow(&self, call: TaskCall, submitted: Document) {
        self.note(Asked::Follow(call, submitted));
    }

    fn in_doubt(&self, call: &TaskCall) -> InDoubt {
        if service_of(&call.resource).may_be_called_again() { InDoubt::CallAgain } else { InDoubt::Fail }
    }

    fn ended(&self, execution: Uid, task: TaskKey) {
        self.note(Asked::Ended(execution, task));
    }
}

pub fn service_of(resource: &Resource) -> Service {
    Service::of(resource.arn())
}
