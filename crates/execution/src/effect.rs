//! What an execution owes to the world. Effects are state, not log: `Execution::outstanding` lists
//! them all, `Advance` carries the difference that one step made.

use std::mem::discriminant;
use std::sync::Arc;

use asl::Document;
use asl::resource::Resource;

use crate::command::TaskKey;

/// Work that the outside must do. Begun when it is owed; ended when it has been taken over (an activity
/// task by a worker), done, or is no longer wanted. What follows from it is an effect of its own.
#[derive(Clone, Debug)]
pub struct Effect {
    pub task: TaskKey,
    pub work: TaskWork,
}

#[derive(Clone, Debug)]
pub enum TaskWork {
    /// Put the task into the queue of this activity (by ARN).
    OfferActivity(Arc<str>),
    /// Say that the call of a service begins, so that it is known before it can have been made.
    BeginCall(Resource),
    /// Call the service.
    Call(ServiceCall),
    /// Find out how the job ends that a call has submitted.
    Follow { call: ServiceCall, submitted: Document },
}

/// What a service is asked for.
#[derive(Clone, Debug)]
pub struct ServiceCall {
    pub resource: Resource,
    /// The effective input: what the state's `Parameters` or `Arguments` gave.
    pub input: Document,
    /// The role of the task's `Credentials`.
    pub role_arn: Option<Arc<str>>,
    /// Whether the attempt ends by itself when nothing is heard of it any more.
    pub has_time_limit: bool,
}

/// An attempt owes one thing of each kind at most, so its kind tells it from the others.
impl PartialEq for Effect {
    fn eq(&self, other: &Self) -> bool {
        self.task == other.task && discriminant(&self.work) == discriminant(&other.work)
    }
}

impl Eq for Effect {}
