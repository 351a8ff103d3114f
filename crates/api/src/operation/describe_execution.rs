//! DescribeExecution: one execution, with its payloads unless only metadata is asked for.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::ExecutionDescription;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::execution_of;
use crate::wire::constraint::Constraints;
use crate::wire::execution::{View, describe};
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
    let description = call
        .client
        .describe_execution(&execution)
        .await
        .map_err(|error| found::read_error(error, &execution))?;
    Ok(Reply::json(shown(call, &description, included != Some("METADATA_ONLY"))))
}

pub(crate) fn shown(call: &Call<'_>, execution: &ExecutionDescription, include_data: bool) -> Vec<u8> {
    let machine = call.engine.state_machine(&execution.state_machine_arn);
    let view = View {
        include_data,
        machine_is_deleting: machine.is_some_and(|machine| machine.deleting),
        now_ms: call.engine.now_ms(),
        limits: call.engine.limits(),
    };
    describe(execution, &view)
}
