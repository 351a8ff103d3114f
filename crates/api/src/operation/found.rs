//! What several operations look up before they can do anything.

use std::sync::Arc;

use asl::arn::{ArnError, Qualifier};

use crate::api::Call;
use crate::domain::{
    Alias, CompleteTaskError, ExecutionArn, ReadError, Revision, StateMachineArn, StateMachineEntry,
    Taggable, Through, Version,
};
use crate::error::ApiError;
use crate::wire::arn::{activity_of, qualified_of, state_machine_of};

pub(super) fn state_machine(call: &Call<'_>, arn: &str) -> Result<Arc<StateMachineEntry>, ApiError> {
    state_machine_of(&call.owner, arn)?
        .and_then(|found| call.engine.state_machine(&found))
        .ok_or_else(|| ApiError::StateMachineDoesNotExist(arn.to_owned()))
}

/// A machine and what the ARN of it, of a version or of an alias means now.
pub(super) struct Target {
    pub(super) entry: Arc<StateMachineEntry>,
    pub(super) version: Option<Arc<Version>>,
    pub(super) alias: Option<Arc<Alias>>,
}

impl Target {
    pub(super) fn revision(&self) -> &Arc<Revision> {
        self.version.as_ref().map_or(&self.entry.current, |version| &version.revision)
    }

    pub(super) fn through(&self) -> Option<Through> {
        let alias = self.alias.as_ref().map(|alias| Arc::clone(&alias.name));
        self.version.as_ref().map(|version| Through { version: version.number, alias })
    }
}

/// What an execution shall run. An alias chooses a version by chance, once for each call of this.
pub(super) fn target(call: &Call<'_>, arn: &str) -> Result<Target, ApiError> {
    let choose = |alias: &Alias| call.engine.choose_version(alias);
    qualified(call, arn, choose)
}

/// What is to be described. An alias stands for the version that most of its executions get.
pub(super) fn described(call: &Call<'_>, arn: &str) -> Result<Target, ApiError> {
    qualified(call, arn, |alias| {
        let heaviest = alias.routes.iter().rev().max_by_key(|route| route.weight);
        heaviest.map_or(0, |route| route.version)
    })
}

fn qualified(call: &Call<'_>, arn: &str, choose: impl FnOnce(&Alias) -> u64) -> Result<Target, ApiError> {
    let nothing = || ApiError::StateMachineDoesNotExist(arn.to_owned());
    let (machine, qualifier) = qualified_of(&call.owner, arn)?.ok_or_else(nothing)?;
    let entry = call.engine.state_machine(&machine).ok_or_else(nothing)?;
    let (number, alias) = match qualifier {
        None => return Ok(Target { entry, version: None, alias: None }),
        Some(Qualifier::Version(number)) => (number, None),
        Some(Qualifier::Alias(name)) => {
            let alias = entry.alias(&name).cloned().ok_or_else(nothing)?;
            (choose(&alias), Some(alias))
        }
        Some(Qualifier::Label(_)) => return Err(nothing()),
    };
    let version = entry.version(number).cloned().ok_or_else(nothing)?;
    Ok(Target { entry, version: Some(version), alias })
}

pub(super) fn too_many_versions(call: &Call<'_>) -> ApiError {
    let versions_max = call.engine.quotas().versions_max;
    ApiError::QuotaExceeded(format!("The state machine has its maximum of {versions_max} versions."))
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

pub(super) fn read_error(error: ReadError, arn: &ExecutionArn) -> ApiError {
    match error {
        ReadError::DoesNotExist => no_execution(arn),
        ReadError::Unavailable => ApiError::Unavailable,
    }
}

/// AWS takes no ARN of an Express execution. Here it does not where the execution is one of those that can
/// still be read.
pub(super) fn no_execution(arn: &ExecutionArn) -> ApiError {
    match arn.express {
        None => ApiError::ExecutionDoesNotExist(arn.to_string()),
        Some(_) => ArnError::ResourceType("express".to_owned()).into(),
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
