//! Many executions: shards, commits, timers, tasks, recovery.
//!
//! Here: the threads, and what each of them knows. A shard is the one writer of its executions; the
//! catalog knows state machines and activities; clients ask and wait.
//! Not here: what an execution does next (`execution`), how bytes become durable (`store`), HTTP (`api`).
//! INVARIANT: nothing leaves a shard before the commit that recorded it.

mod admission;
mod audit;
mod block_on;
mod catalog;
mod client;
mod clock;
mod codes;
mod deletion;
#[cfg(feature = "driven")]
pub mod driven;
mod engine;
mod entropy;
mod error;
mod expire;
mod express;
mod histories;
mod observer;
mod quotas;
mod read;
pub mod reply;
pub mod router;
mod search;
pub mod shard;
mod statistics;
mod tally;
mod task;
mod test_state;
#[cfg(test)]
mod tests;
mod waits;
pub mod workers;

pub use admission::Refused;
pub use audit::Audited;
pub use catalog::{
    ActivityEntry, Alias, AliasError, Catalog, CreateActivityError, CreateAlias, CreateStateMachine,
    CreateStateMachineError, Definition, DeleteVersionError, ExpectedRevision, Publish, PublishVersion,
    PublishVersionError, Revision, Route, SetEncryption, StateMachineEntry, Tag, TagError, Taggable,
    UpdateAlias, UpdateStateMachine, UpdateStateMachineError, Updated, Version,
};
pub use client::redrive::RedriveExecutionError;
pub use client::{
    ActivityTask, Client, CompleteTaskError, ListError, PollActivityError, StartExecution,
    StartExecutionError, StartedExecution, StopExecutionError, TaskResult,
};
pub use clock::{Clock, SkippingClock, SystemClock};
pub use engine::{Config, Engine, FaultHandler};
pub use error::{EngineError, NotWritten, Unavailable};
pub use execution::test_state::{Inspection, Tested, Verdict};
pub use execution::{
    Identity, Limits, MockedAnswer, MockedAnswers, Mocks, NotRedrivable, Reason as WaitReason, Redrivable,
    Redriven, Status as ExecutionStatus, TaskKey, Through, Wait,
};
pub use express::SyncExecution;
pub use observer::{Ended, Happened, Observer};
pub use quotas::{QuotaUsage, Quotas};
pub use read::{
    ExecutionDescription, ExecutionPage, HistoryPage, ListExecutions, ListedExecution, ReadError,
    ReadHistory, StartedThrough,
};
pub use search::{FoundExecution, SearchExecutions, SearchPage};
pub use shard::resident::ResidentLimits;
pub use statistics::{MachineStatistics, ShardStatistics, Statistics};
pub use store::Uid;
pub use tally::{CountedEnd, Tally, TaskCount};
pub use task::in_doubt::InDoubt;
pub use task::runner::{TaskCall, TaskRunner};
pub use test_state::{Mock, TestState, TestStateError};
pub use waits::{BranchWait, ExecutionWaits};
