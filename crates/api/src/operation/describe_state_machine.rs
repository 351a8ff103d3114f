//! DescribeStateMachine: the current revision of a machine, or one of its versions.

use serde::Deserialize;

use super::found::{self, Target};
use crate::api::Call;
use crate::domain::{MachineType, Revision};
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
    let target = found::described(call, arn)?;
    Ok(Reply::json(shown(&target, included != Some("METADATA_ONLY"))))
}

fn shown(target: &Target, include_data: bool) -> Vec<u8> {
    let (entry, revision) = (&target.entry, &**target.revision());
    let version = target.version.as_deref();
    let mut json = Json::with_room(768 + revision.definition_text.len() * 9 / 8);
    match version {
        Some(version) => json.arn("stateMachineArn", &version.arn()),
        None => json.arn("stateMachineArn", &entry.arn),
    };
    json.string("name", &entry.arn.name).string("status", if entry.deleting { "DELETING" } else { "ACTIVE" });
    definition(&mut json, revision, include_data);
    json.string("type", type_text(revision.machine_type))
        .timestamp("creationDate", version.map_or(entry.created_ms, |version| version.created_ms));
    configuration(&mut json, revision);
    variable_references(&mut json, revision, include_data);
    json.optional("description", version.and_then(|version| version.description.as_deref()));
    json.finish()
}

/// Without its data a definition shows as an empty one.
pub(super) fn definition(json: &mut Json, revision: &Revision, include_data: bool) {
    let text = if include_data { &*revision.definition_text } else { "{}" };
    json.string("definition", text).string("roleArn", &revision.role_arn);
}

/// Which variables each state reads, where any does. It says something of the definition, so it is shown
/// and left out together with that.
pub(super) fn variable_references(json: &mut Json, revision: &Revision, include_data: bool) {
    let references = revision.definition().variable_references();
    if !include_data || references.is_empty() {
        return;
    }
    json.nested("variableReferences", |json| {
        for (state, variables) in &references {
            json.strings(state, variables.iter().map(|name| &**name));
        }
    });
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
