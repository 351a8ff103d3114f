//! StopExecution: aborts a running execution; one that has ended keeps its end.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::StopExecutionError;
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
    error: Option<Text<'a>>,
    cause: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("executionArn", &request.execution_arn, &limits::ARN);
    let error = constraints.optional("error", &request.error, &limits::ERROR);
    let cause = constraints.optional("cause", &request.cause, &limits::CAUSE);
    constraints.finish()?;
    let execution = execution_of(&call.owner, arn)?;
    let stopped = call.client.stop_execution(&execution, error.map(Into::into), cause.map(Into::into)).await;
    let stopped_ms = stopped.map_err(|error| match error {
        StopExecutionError::DoesNotExist => found::no_execution(&execution),
        StopExecutionError::Unavailable => ApiError::Unavailable,
    })?;
    let mut json = Json::object();
    json.timestamp("stopDate", stopped_ms);
    Ok(Reply::json(json.finish()))
}
