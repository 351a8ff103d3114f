//! Redrive: an ended execution goes on, when its shard says that it may.
//!
//! Here: what is asked before the shard is, as for a start: whether there is room for one more that runs.
//! Not here: who may be redriven (`execution`).

use std::sync::Arc;

use asl::arn::ExecutionArn;
use execution::NotRedrivable;

use super::Client;
use super::under_way::Throttled;
use crate::admission::Refusable;
use crate::express::uid_of;
use crate::read::ReadError;
use crate::shard::{Answer, Message};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RedriveExecutionError {
    DoesNotExist,
    NotRedrivable(NotRedrivable),
    LimitExceeded,
    Throttled,
    /// The store keeps what room is left for what runs.
    NoRoom,
    Unavailable,
}

impl Client {
    /// Goes on with a Standard execution that did not succeed; answers with the moment of that when it is durable.
    /// Under a token it does so once, and answers the same to whoever asks again soon.
    pub async fn redrive_execution(
        &self,
        arn: &ExecutionArn,
        token: Option<Arc<str>>,
    ) -> Result<i64, RedriveExecutionError> {
        if uid_of(arn).is_some() {
            return Err(RedriveExecutionError::DoesNotExist);
        }
        let shared = &self.0.shared;
        let found = arn.clone();
        let (execution, revision) = self.read(move |reads| reads.pinned(&found)).await?;
        if shared.router.inbox(shared.router.shard_of(execution)).is_overfull() {
            return Err(RedriveExecutionError::Throttled);
        }
        let _counted = self.admit(Refusable::Start, execution)?;
        if !shared.store.has_room() {
            return Err(RedriveExecutionError::NoRoom);
        }
        if shared.world.open.count() >= shared.quotas.open_executions_max {
            return Err(RedriveExecutionError::LimitExceeded);
        }
        let redrive = Message::Redrive { token, intake: Arc::clone(&revision.intake) };
        match self.ask(execution, redrive).await {
            Answer::Redriven { redriven_ms } => Ok(redriven_ms),
            Answer::NotRedrivable(reason) => Err(RedriveExecutionError::NotRedrivable(reason)),
            Answer::NoSuchExecution => Err(RedriveExecutionError::DoesNotExist),
            _ => Err(RedriveExecutionError::Unavailable),
        }
    }
}

impl From<Throttled> for RedriveExecutionError {
    fn from(_: Throttled) -> Self {
        RedriveExecutionError::Throttled
    }
}

impl From<ReadError> for RedriveExecutionError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::DoesNotExist => RedriveExecutionError::DoesNotExist,
            ReadError::Unavailable => RedriveExecutionError::Unavailable,
        }
    }
}
