//! What an execution owes to the world. Effects are state, not log: `Execution::outstanding` lists
//! them all, `Advance` carries the difference that one step made.

use std::sync::Arc;

use crate::command::TaskKey;

/// Work that the outside must do. Begun when it is scheduled; ended when it has been taken over
/// (an activity task by a worker), completed, or is no longer wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    pub task: TaskKey,
    pub work: TaskWork,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TaskWork {
    /// Put the task into the queue of this activity (by ARN).
    OfferActivity(Arc<str>),
    /// Call a service: a Lambda ARN or `arn:...:states:::service:action`.
    Invoke(Arc<str>),
}
