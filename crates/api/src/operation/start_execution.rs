//! StartExecution: the hot path. The body is borrowed, its input unescaped once into the document that
//! the engine keeps, and the answer is one buffer.

use std::sync::Arc;

use asl::Document;
use hyper::HeaderMap;
use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::{StartExecution, StartExecutionError};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::test_case;
use crate::wire::arn::check_name;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Payload, Text};
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    name: Option<Text<'a>>,
    input: Option<Payload>,
    trace_header: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let machine = constraints.required("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    let name = constraints.optional("name", &request.name, &limits::NAME);
    if let Some(input) = &request.input {
        constraints.measured("input", input.bytes, input.characters, &call.bounds.payload());
    }
    let trace_header = constraints.optional("traceHeader", &request.trace_header, &limits::TRACE_HEADER);
    constraints.finish()?;
    if let Some(name) = name {
        check_name(name)?;
    }
    let (arn, test_case) = test_case::split(machine);
    let target = found::target(call, arn)?;
    if target.entry.deleting {
        return Err(ApiError::StateMachineDeleting(machine.to_owned()));
    }
    let input = input_of(request.input, call.bounds.payload_bytes_max)?;
    let mocks = match test_case {
        Some(name) => Some(test_case::mocks(call.test_cases, target.revision(), name).await?),
        None => None,
    };
    let command = StartExecution {
        revision: Arc::clone(target.revision()),
        through: target.through(),
        name: name.map(Into::into),
        trace_header: traced_by(call.headers).or(trace_header).map(Into::into),
        input,
        mocks,
    };
    let started = call.client.start_execution(command).await.map_err(|error| match error {
        StartExecutionError::AlreadyExists(arn) => ApiError::ExecutionAlreadyExists(arn.to_string()),
        StartExecutionError::LimitExceeded => ApiError::ExecutionLimitExceeded,
        StartExecutionError::Throttled => ApiError::Throttled,
        StartExecutionError::Unavailable => ApiError::Unavailable,
    })?;
    let mut json = Json::with_room(320);
    json.arn("executionArn", &started.arn).timestamp("startDate", started.started_ms);
    Ok(Reply { execution_status: Some(started.status), ..Reply::json(json.finish()) })
}

fn input_of(input: Option<Payload>, bytes_max: usize) -> Result<Document, ApiError> {
    let Some(input) = input else { return Ok(Document::empty_object()) };
    if input.bytes == 0 {
        return Err(ApiError::InvalidExecutionInput("Invalid execution input.".to_owned()));
    }
    if input.bytes > bytes_max {
        return Err(ApiError::InvalidExecutionInput(format!(
            "The input has {} bytes, more than the limit of {bytes_max}.",
            input.bytes
        )));
    }
    input.document.map_err(|error| ApiError::InvalidExecutionInput(error.message))
}

/// The header wins over the member of the body.
fn traced_by(headers: &HeaderMap) -> Option<&str> {
    const MAX: usize = 256;
    let value = headers.get("x-amzn-trace-id")?.to_str().ok()?;
    (value.len() <= MAX).then_some(value)
}
