//! UpdateStateMachine: a new revision when something changes; running executions keep theirs.

use asl::arn::Qualifier;
use serde::Deserialize;

use super::create_state_machine::read_publish;
use super::found;
use crate::api::Call;
use crate::domain::{SetEncryption, StateMachineEntry, UpdateStateMachine, UpdateStateMachineError};
use crate::error::ApiError;
use crate::quotas::Bounds;
use crate::reply::Reply;
use crate::wire::arn::{check_role, qualifier_of};
use crate::wire::configuration::{Encryption, Logging, Tracing};
use crate::wire::constraint::Constraints;
use crate::wire::definition::read_definition;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Boolean, Structure, Text};
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    definition: Option<Text<'a>>,
    role_arn: Option<Text<'a>>,
    logging_configuration: Option<Structure<Logging<'a>>>,
    tracing_configuration: Option<Structure<Tracing>>,
    publish: Option<Boolean>,
    version_description: Option<Text<'a>>,
    encryption_configuration: Option<Structure<Encryption<'a>>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let arn = check(&request, call.bounds)?;
    refuse_labelled(arn)?;
    refuse_nothing_to_update(&request)?;
    let publish = read_publish(request.publish, request.version_description.as_deref())?;
    let entry = found::state_machine(call, arn)?;
    let command = UpdateStateMachine { publish, ..command(call, &request, &entry)? };
    let updated =
        call.engine.update_state_machine(&entry.arn, command).await.map_err(|error| match error {
            UpdateStateMachineError::DoesNotExist => ApiError::StateMachineDoesNotExist(arn.to_owned()),
            UpdateStateMachineError::Deleting => ApiError::StateMachineDeleting(arn.to_owned()),
            UpdateStateMachineError::VersionLimitExceeded => found::too_many_versions(call),
            UpdateStateMachineError::NotWritten(why) => why.into(),
        })?;
    let mut json = Json::object();
    json.timestamp("updateDate", updated.updated_ms).optional("revisionId", updated.revision_id.as_deref());
    if let Some(version) = &updated.version {
        json.arn("stateMachineVersionArn", &version.arn());
    }
    Ok(Reply::json(json.finish()))
}

fn check<'r>(request: &'r Request<'_>, bounds: &Bounds) -> Result<&'r str, ApiError> {
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    constraints.optional("definition", &request.definition, &bounds.definition());
    constraints.optional("roleArn", &request.role_arn, &limits::ARN);
    if let Some(logging) = &request.logging_configuration {
        logging.check(&mut constraints);
    }
    constraints.optional("versionDescription", &request.version_description, &limits::VERSION_DESCRIPTION);
    if let Some(encryption) = &request.encryption_configuration {
        encryption.check(&mut constraints);
    }
    constraints.finish()?;
    Ok(arn)
}

/// A labelled machine is a part of another one's definition: it is changed only together with that.
pub(super) fn refuse_labelled(arn: &str) -> Result<(), ApiError> {
    match qualifier_of(arn)? {
        Some(Qualifier::Label(_)) => Err(ApiError::ValidationWithReason {
            message: "This operation does not support labelled state machine ARNs".to_owned(),
            reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS",
        }),
        Some(Qualifier::Version(_) | Qualifier::Alias(_)) | None => Ok(()),
    }
}

fn refuse_nothing_to_update(request: &Request<'_>) -> Result<(), ApiError> {
    let something = request.definition.is_some()
        || request.role_arn.is_some()
        || request.logging_configuration.is_some()
        || request.tracing_configuration.is_some()
        || request.encryption_configuration.is_some();
    if something {
        return Ok(());
    }
    Err(ApiError::MissingRequiredParameter(
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be \
         specified",
    ))
}

fn command(
    call: &Call<'_>,
    request: &Request<'_>,
    entry: &StateMachineEntry,
) -> Result<UpdateStateMachine, ApiError> {
    if let Some(role_arn) = request.role_arn.as_deref() {
        check_role(role_arn)?;
    }
    let encryption = match &request.encryption_configuration {
        Some(encryption) => Some(SetEncryption(encryption.canonical()?)),
        None => None,
    };
    let logging = request.logging_configuration.as_ref().map(|logging| logging.canonical()).transpose()?;
    let definition = request
        .definition
        .as_deref()
        .map(|text| read_definition(text, entry.current.machine_type, call.engine.services(), call.bounds))
        .transpose()?;
    Ok(UpdateStateMachine {
        definition,
        role_arn: request.role_arn.as_deref().map(Into::into),
        logging,
        tracing: request.tracing_configuration.as_ref().map(|tracing| tracing.canonical()),
        encryption,
        publish: None,
    })
}

#[cfg(test)]
mod tests;
