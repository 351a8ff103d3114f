//! Redrive: an ended execution goes on, when its shard says that it may.
//!
//! Here: what is asked before the shard is, as for a start: whether there is room for one more that runs.
//! Not here: who may be redriven (`execution`).

use std::sync::Arc;

use asl::arn::{ExecutionArn, StateMachineArn};
use execution::{Command, NotRedrivable};

use super::Client;
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
        let execution = self.read(move |reads| reads.find(&found)).await?;
        if shared.router.inbox(shared.router.shard_of(execution)).is_overfull() {
            return Err(RedriveExecutionError::Throttled);
        }
        if !shared.store.has_room() {
            return Err(RedriveExecutionError::NoRoom);
        }
        if shared.world.open.count() >= shared.quotas.open_executions_max {
            return Err(RedriveExecutionError::LimitExceeded);
        }
        let machine = StateMachineArn { owner: arn.owner.clone(), name: Arc::clone(&arn.state_machine) };
        let machine = shared.catalog.state_machine(&machine);
        let machine_is_deleting = machine.is_some_and(|machine| machine.deleting);
        let redrive = Command::Redrive { token, machine_is_deleting };
        match self.ask(execution, Message::Command(redrive)).await {
            Answer::Redriven { redriven_ms } => Ok(redriven_ms),
            Answer::NotRedrivable(reason) => Err(RedriveExecutionError::NotRedrivable(reason)),
            Answer::NoSuchExecution => Err(RedriveExecutionError::DoesNotExist),
            _ => Err(RedriveExecutionError::Unavailable),
        }
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
