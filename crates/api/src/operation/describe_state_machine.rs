//! DescribeStateMachine: the current revision of a machine.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::{MachineType, Revision, StateMachineEntry};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::configuration::{AWS_OWNED_KEY, LOGGING_OFF, TRACING_OFF};
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    included_data: Option<Text<'a>>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    let included = constraints.one_of("includedData", &request.included_data, limits::INCLUDED_DATA);
    constraints.finish()?;
    let entry = found::state_machine(call, arn)?;
    Ok(Reply::json(shown(&entry, included != Some("METADATA_ONLY"))))
}

fn shown(entry: &StateMachineEntry, include_data: bool) -> Vec<u8> {
    let revision = &*entry.current;
    let mut json = Json::with_room(768 + revision.definition_text.len() * 9 / 8);
    json.arn("stateMachineArn", &entry.arn)
        .string("name", &entry.arn.name)
        .string("status", if entry.deleting { "DELETING" } else { "ACTIVE" });
    definition(&mut json, revision, include_data);
    json.string("type", type_text(revision.machine_type)).timestamp("creationDate", entry.created_ms);
    configuration(&mut json, revision);
    json.finish()
}

/// Without its data a definition shows as an empty one.
pub(super) fn definition(json: &mut Json, revision: &Revision, include_data: bool) {
    let text = if include_data { &*revision.definition_text } else { "{}" };
    json.string("definition", text).string("roleArn", &revision.role_arn);
}

pub(super) fn configuration(json: &mut Json, revision: &Revision) {
    json.raw("loggingConfiguration", revision.logging.as_deref().unwrap_or(LOGGING_OFF))
        .raw("tracingConfiguration", revision.tracing.as_deref().unwrap_or(TRACING_OFF))
        .optional("revisionId", revision.revision_id.as_deref())
        .raw("encryptionConfiguration", revision.encryption.as_deref().unwrap_or(AWS_OWNED_KEY));
}

pub(super) fn type_text(machine_type: MachineType) -> &'static str {
    match machine_type {
        MachineType::Standard => "STANDARD",
        MachineType::Express => "EXPRESS",
    }
}
