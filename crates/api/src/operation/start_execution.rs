//! StartExecution: the hot path. The body is borrowed, its input unescaped once into the document that
//! the engine keeps, and the answer is one buffer.

use std::sync::Arc;

use asl::Document;
use hyper::HeaderMap;
use serde::Deserialize;

use super::found::{self, Target};
use crate::api::Call;
use crate::domain::{StartExecution, StartExecutionError};
use crate::error::ApiError;
use crate::quotas::Bounds;
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

/// What both operations that start executions are asked.
pub(super) struct Asked<'r> {
    pub(super) machine: &'r str,
    /// The test case of a mock configuration, named behind the machine.
    test_case: Option<&'r str>,
    name: Option<&'r str>,
    input: Option<Payload>,
    trace_header: Option<&'r str>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let Request { state_machine_arn, name, input, trace_header } = read(call.body)?;
    let mut constraints = Constraints::default();
    let asked = Asked::check(&mut constraints, call.bounds, &state_machine_arn, &name, input, &trace_header);
    constraints.finish()?;
    asked.check_name()?;
    let target = found::target(call, asked.machine)?;
    let machine = asked.machine;
    let started = call.client.start_execution(asked.command(call, &target).await?).await;
    let started = started.map_err(|error| start_error(error, machine))?;
    let mut json = Json::with_room(320);
    json.arn("executionArn", &started.arn).timestamp("startDate", started.started_ms);
    Ok(Reply { execution_status: Some(started.status), ..Reply::json(json.finish()) })
}

impl<'r> Asked<'r> {
    pub(super) fn check(
        constraints: &mut Constraints,
        bounds: &Bounds,
        machine: &'r Option<Text<'_>>,
        name: &'r Option<Text<'_>>,
        input: Option<Payload>,
        trace_header: &'r Option<Text<'_>>,
    ) -> Asked<'r> {
        let machine = constraints.required("stateMachineArn", machine, &limits::ARN);
        let name = constraints.optional("name", name, &limits::NAME);
        if let Some(input) = &input {
            constraints.measured("input", input.bytes, input.characters, &bounds.payload());
        }
        let trace_header = constraints.optional("traceHeader", trace_header, &limits::TRACE_HEADER);
        let (machine, test_case) = test_case::split(machine);
        Asked { machine, test_case, name, input, trace_header }
    }

    pub(super) fn check_name(&self) -> Result<(), ApiError> {
        self.name.map_or(Ok(()), check_name)
    }

    pub(super) async fn command(self, call: &Call<'_>, target: &Target) -> Result<StartExecution, ApiError> {
        if target.entry.deleting {
            return Err(ApiError::StateMachineDeleting(self.machine.to_owned()));
        }
        let input = input_of(self.input, call.bounds.payload_bytes_max)?;
        let mocks = match self.test_case {
            Some(name) => Some(test_case::mocks(call.test_cases, target.revision(), name).await?),
            None => None,
        };
        Ok(StartExecution {
            revision: Arc::clone(target.revision()),
            through: target.through(),
            name: self.name.map(Into::into),
            trace_header: traced_by(call.headers).or(self.trace_header).map(Into::into),
            input,
            mocks,
        })
    }
}

pub(super) fn start_error(error: StartExecutionError, machine: &str) -> ApiError {
    match error {
        StartExecutionError::Deleting => ApiError::StateMachineDeleting(machine.to_owned()),
        StartExecutionError::AlreadyExists(arn) => ApiError::ExecutionAlreadyExists(arn.to_string()),
        StartExecutionError::LimitExceeded => ApiError::ExecutionLimitExceeded,
        StartExecutionError::Throttled => ApiError::Throttled,
        StartExecutionError::NoRoom => ApiError::DiskFull,
        StartExecutionError::Unavailable => ApiError::Unavailable,
    }
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
