//! DescribeStateMachineForExecution: the revision that an execution is pinned to.

use serde::Deserialize;

use super::describe_state_machine::{configuration, definition, variable_references};
use super::found;
use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::execution_of;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    execution_arn: Option<Text<'a>>,
    included_data: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("executionArn", &request.execution_arn, &limits::ARN);
    let included = constraints.one_of("includedData", &request.included_data, limits::INCLUDED_DATA);
    constraints.finish()?;
    let execution = execution_of(&call.owner, arn)?;
    if execution.express.is_some() {
        return Err(found::no_execution(&execution));
    }
    let revision =
        call.client.revision_of(&execution).await.map_err(|error| found::read_error(error, &execution))?;

    let mut json = Json::with_room(768 + revision.definition_text.len() * 9 / 8);
    json.arn("stateMachineArn", &revision.arn).string("name", &revision.arn.name);
    let include_data = included != Some("METADATA_ONLY");
    definition(&mut json, &revision, include_data);
    json.timestamp("updateDate", revision.updated_ms);
    configuration(&mut json, &revision);
    variable_references(&mut json, &revision, include_data);
    Ok(Reply::json(json.finish()))
}
