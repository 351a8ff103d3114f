//! CreateStateMachine: registers a definition under a name; the same request again changes nothing.

use std::sync::Arc;

use serde::Deserialize;

use crate::api::Call;
use crate::domain::{CreateStateMachine, CreateStateMachineError, MachineType, Publish, StateMachineArn};
use crate::error::ApiError;
use crate::quotas::Bounds;
use crate::reply::Reply;
use crate::wire::arn::{check_name, check_role};
use crate::wire::configuration::{Encryption, LOGGING_OFF, Logging, TRACING_OFF, Tracing};
use crate::wire::constraint::Constraints;
use crate::wire::definition::read_definition;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Boolean, Structure, Text};
use crate::wire::read::read;
use crate::wire::tags::{TagShapes, check_tags, read_tags};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    name: Option<Text<'a>>,
    definition: Option<Text<'a>>,
    role_arn: Option<Text<'a>>,
    r#type: Option<Text<'a>>,
    logging_configuration: Option<Structure<Logging<'a>>>,
    tags: Option<TagShapes<'a>>,
    tracing_configuration: Option<Structure<Tracing>>,
    publish: Option<Boolean>,
    version_description: Option<Text<'a>>,
    encryption_configuration: Option<Structure<Encryption<'a>>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let command = command(call, &read(call.body)?)?;
    let (arn, publishes) = (command.arn.clone(), command.publish.is_some());
    match call.engine.create_state_machine(command).await {
        Ok(entry) => {
            let mut json = Json::object();
            json.arn("stateMachineArn", &entry.arn).timestamp("creationDate", entry.created_ms);
            if let Some(version) = entry.version(1).filter(|_| publishes) {
                json.arn("stateMachineVersionArn", &version.arn());
            }
            Ok(Reply::json(json.finish()))
        }
        Err(CreateStateMachineError::AlreadyExists) => {
            Err(ApiError::StateMachineAlreadyExists(arn.to_string()))
        }
        Err(CreateStateMachineError::Deleting) => Err(ApiError::StateMachineDeleting(arn.to_string())),
        Err(CreateStateMachineError::LimitExceeded) => Err(ApiError::StateMachineLimitExceeded),
        Err(CreateStateMachineError::NotWritten(why)) => Err(why.into()),
    }
}

fn command(call: &Call<'_>, request: &Request<'_>) -> Result<CreateStateMachine, ApiError> {
    let checked = check(request, call.bounds)?;
    let publish = read_publish(request.publish, request.version_description.as_deref())?;
    check_name(checked.name)?;
    check_role(checked.role_arn)?;
    let logging = match &request.logging_configuration {
        Some(logging) => logging.canonical()?,
        None => LOGGING_OFF.into(),
    };
    let tracing: Arc<str> = match &request.tracing_configuration {
        Some(tracing) => tracing.canonical(),
        None => TRACING_OFF.into(),
    };
    let encryption = match &request.encryption_configuration {
        Some(encryption) => encryption.canonical()?,
        None => None,
    };
    let arn = StateMachineArn { owner: call.owner.clone(), name: checked.name.into() };
    let tags = read_tags(request.tags.as_ref(), &arn.to_string(), call.bounds.tags_max)?;
    let definition =
        read_definition(checked.definition, checked.machine_type, call.engine.services(), call.bounds)?;
    Ok(CreateStateMachine {
        arn,
        machine_type: checked.machine_type,
        definition,
        role_arn: checked.role_arn.into(),
        logging: Some(logging),
        tracing: Some(tracing),
        encryption,
        tags,
        publish,
    })
}

struct Checked<'r> {
    name: &'r str,
    definition: &'r str,
    role_arn: &'r str,
    machine_type: MachineType,
}

fn check<'r>(request: &'r Request<'_>, bounds: &Bounds) -> Result<Checked<'r>, ApiError> {
    let mut constraints = Constraints::default();
    let name = constraints.required("name", &request.name, &limits::NAME);
    let definition = constraints.required("definition", &request.definition, &bounds.definition());
    let role_arn = constraints.required("roleArn", &request.role_arn, &limits::ARN);
    let machine_type = match constraints.one_of("type", &request.r#type, limits::MACHINE_TYPE) {
        Some("EXPRESS") => MachineType::Express,
        Some(_) | None => MachineType::Standard,
    };
    if let Some(logging) = &request.logging_configuration {
        logging.check(&mut constraints);
    }
    check_tags(&mut constraints, request.tags.as_ref());
    constraints.optional("versionDescription", &request.version_description, &limits::VERSION_DESCRIPTION);
    if let Some(encryption) = &request.encryption_configuration {
        encryption.check(&mut constraints);
    }
    constraints.finish()?;
    Ok(Checked { name, definition, role_arn, machine_type })
}

pub(super) fn read_publish(
    publish: Option<Boolean>,
    description: Option<&str>,
) -> Result<Option<Publish>, ApiError> {
    match publish {
        Some(Boolean(true)) => Ok(Some(Publish { description: description.map(Into::into) })),
        Some(Boolean(false)) | None if description.is_some() => {
            Err(ApiError::Validation("Version description can only be set when publish is true".to_owned()))
        }
        Some(Boolean(false)) | None => Ok(None),
    }
}

#[cfg(test)]
mod tests;
