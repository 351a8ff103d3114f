//! The words this room borrows from the rooms below, named in one place.

pub(crate) use asl::arn::{ActivityArn, ExecutionArn, Owner, StateMachineArn};
pub(crate) use asl::definition::MachineType;
pub(crate) use engine::{
    Client, CompleteTaskError, CreateActivityError, CreateStateMachine, CreateStateMachineError, Definition,
    Engine, ExecutionDescription, ExecutionStatus, HistoryPage, ListExecutions, ListedExecution,
    PollActivityError, ReadError, ReadHistory, Revision, StartExecution, StartExecutionError,
    StateMachineEntry, StopExecutionError, Tag, TagError, Taggable, TaskResult, Unavailable,
    UpdateStateMachine, UpdateStateMachineError,
};
pub(crate) use store::{ListingPosition, Uid};
