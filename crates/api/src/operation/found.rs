//! What several operations look up before they can do anything.

use std::sync::Arc;

use asl::arn::ArnError;

use crate::api::Call;
use crate::domain::{CompleteTaskError, ReadError, StateMachineArn, StateMachineEntry, Taggable};
use crate::error::ApiError;
use crate::wire::arn::{activity_of, state_machine_of};

pub(super) fn state_machine(call: &Call<'_>, arn: &str) -> Result<Arc<StateMachineEntry>, ApiError> {
    state_machine_of(&call.owner, arn)?
        .and_then(|found| call.engine.state_machine(&found))
        .ok_or_else(|| ApiError::StateMachineDoesNotExist(arn.to_owned()))
}

/// The resource whose tags are meant. Versions, aliases and executions have none.
pub(super) fn taggable(call: &Call<'_>, text: &str) -> Result<Taggable, ApiError> {
    let found = match StateMachineArn::parse_qualified(text) {
        Ok(_) => state_machine_of(&call.owner, text)?.map(Taggable::StateMachine),
        Err(ArnError::ResourceType(kind)) if kind == "activity" => {
            activity_of(&call.owner, text)?.map(Taggable::Activity)
        }
        Err(ArnError::ResourceType(_)) => None,
        Err(error) => return Err(error.into()),
    };
    found.ok_or_else(|| ApiError::ResourceNotFound(text.to_owned()))
}

pub(super) fn read_error(error: ReadError, arn: &str) -> ApiError {
    match error {
        ReadError::DoesNotExist => ApiError::ExecutionDoesNotExist(arn.to_owned()),
        ReadError::Unavailable => ApiError::Unavailable,
    }
}

pub(super) fn task_error(error: CompleteTaskError) -> ApiError {
    match error {
        CompleteTaskError::InvalidToken => ApiError::InvalidToken,
        CompleteTaskError::DoesNotExist => ApiError::TaskDoesNotExist,
        CompleteTaskError::TimedOut => ApiError::TaskTimedOut,
        CompleteTaskError::Unavailable => ApiError::Unavailable,
    }
}
