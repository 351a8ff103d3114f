//! The words this room borrows from the rooms below, named in one place.

pub(crate) use asl::arn::{ActivityArn, ExecutionArn, Owner, StateMachineArn};
pub(crate) use asl::definition::MachineType;
pub(crate) use engine::{
    ActivityEntry, Alias, AliasError, BranchWait, Client, CompleteTaskError, CreateActivityError,
    CreateAlias, CreateStateMachine, CreateStateMachineError, Definition, DeleteVersionError, Engine,
    ExecutionDescription, ExecutionStatus, ExecutionWaits, ExpectedRevision, FoundExecution, HistoryPage,
    InDoubt, Inspection, Limits, ListError, ListExecutions, ListedExecution, Mock, Mocks, NotWritten,
    PollActivityError, Publish, PublishVersion, PublishVersionError, ReadError, ReadHistory, Redrivable,
    RedriveExecutionError, Redriven, Revision, Route, SearchExecutions, SetEncryption, StartExecution,
    StartExecutionError, StartedThrough, StateMachineEntry, StopExecutionError, SyncExecution, Tag, TagError,
    Taggable, TaskResult, TestState, TestStateError, Tested, Through, Unavailable, UpdateAlias,
    UpdateStateMachine, UpdateStateMachineError, Verdict, Version, WaitReason,
};
pub(crate) use store::{ListingPosition, Uid};
