//! PublishStateMachineVersion: the current revision gets a number under which it stays.

use serde::Deserialize;

use super::found;
use super::update_state_machine::refuse_labelled;
use crate::api::Call;
use crate::domain::{ExpectedRevision, PublishVersion, PublishVersionError};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

/// The name of the revision that has no id.
const INITIAL: &str = "INITIAL";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    revision_id: Option<Text<'a>>,
    description: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    let revision = constraints.optional("revisionId", &request.revision_id, &limits::REVISION_ID);
    let description = constraints.optional("description", &request.description, &limits::VERSION_DESCRIPTION);
    constraints.finish()?;
    refuse_labelled(arn)?;
    let entry = found::state_machine(call, arn)?;
    let command = PublishVersion {
        machine: entry.arn.clone(),
        revision: revision.map(|id| match id {
            INITIAL => ExpectedRevision::Initial,
            id => ExpectedRevision::Id(id.into()),
        }),
        description: description.map(Into::into),
    };
    let version = call.engine.publish_version(command).await.map_err(|error| match error {
        PublishVersionError::DoesNotExist => ApiError::StateMachineDoesNotExist(arn.to_owned()),
        PublishVersionError::Deleting => ApiError::StateMachineDeleting(arn.to_owned()),
        PublishVersionError::Conflict { current } => ApiError::Conflict(format!(
            "Failed to publish the State Machine version for revision {}. The current State Machine revision is {}.",
            revision.unwrap_or_default(),
            current.as_deref().unwrap_or(INITIAL)
        )),
        PublishVersionError::LimitExceeded => found::too_many_versions(call),
        PublishVersionError::NotWritten(why) => why.into(),
    })?;
    let mut json = Json::object();
    json.timestamp("creationDate", version.created_ms).arn("stateMachineVersionArn", &version.arn());
    Ok(Reply::json(json.finish()))
}
