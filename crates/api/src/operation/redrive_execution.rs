//! RedriveExecution: an execution that did not succeed goes on where it stopped.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::RedriveExecutionError;
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
    client_token: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("executionArn", &request.execution_arn, &limits::ARN);
    let token = constraints.optional("clientToken", &request.client_token, &limits::CLIENT_TOKEN);
    constraints.finish()?;
    let execution = execution_of(&call.owner, arn)?;
    let redriven = call.client.redrive_execution(&execution, token.map(Into::into)).await;
    let redriven_ms = redriven.map_err(|error| match error {
        RedriveExecutionError::DoesNotExist => found::no_execution(&execution),
        RedriveExecutionError::NotRedrivable(reason) => ApiError::ExecutionNotRedrivable(reason.reason()),
        RedriveExecutionError::LimitExceeded => ApiError::ExecutionLimitExceeded,
        RedriveExecutionError::Throttled => ApiError::Throttled,
        RedriveExecutionError::NoRoom => ApiError::DiskFull,
        RedriveExecutionError::Unavailable => ApiError::Unavailable,
    })?;
    let mut json = Json::object();
    json.timestamp("redriveDate", redriven_ms);
    Ok(Reply::json(json.finish()))
}
