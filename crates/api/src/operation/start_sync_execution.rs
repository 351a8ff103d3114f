//! StartSyncExecution: runs an Express execution and answers with its end.
//!
//! A hot path as StartExecution is: most such executions end on the thread that read the request.

use serde::Deserialize;

use super::found;
use super::start_execution::{Asked, start_error};
use crate::api::Call;
use crate::domain::{MachineType, SyncExecution};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::execution::payloads;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Payload, Text};
use crate::wire::read::read;

/// AWS bills time and memory in steps of these (`spec/features.md` 1.1).
const BILLED_MS: u64 = 100;
const BILLED_MEMORY_MB: u64 = 64;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    name: Option<Text<'a>>,
    input: Option<Payload>,
    trace_header: Option<Text<'a>>,
    included_data: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let Request { state_machine_arn, name, input, trace_header, included_data } = read(call.body)?;
    let mut constraints = Constraints::default();
    let asked = Asked::check(&mut constraints, call.bounds, &state_machine_arn, &name, input, &trace_header);
    let included = constraints.one_of("includedData", &included_data, limits::INCLUDED_DATA);
    constraints.finish()?;
    asked.check_name()?;
    let target = found::target(call, asked.machine)?;
    if target.entry.machine_type == MachineType::Standard {
        return Err(ApiError::StateMachineTypeNotSupported(
            "This operation is not supported by this type of state machine",
        ));
    }
    let machine = asked.machine;
    let ended = call.client.start_sync_execution(asked.command(call, &target).await?).await;
    let ended = ended.map_err(|error| start_error(error, machine))?;
    Ok(Reply::json(shown(&ended, included != Some("METADATA_ONLY"))))
}

fn shown(ended: &SyncExecution, include_data: bool) -> Vec<u8> {
    let execution = &ended.execution;
    let payload_bytes =
        execution.input.text().len() + execution.output.as_ref().map_or(0, |output| output.text().len());
    let mut json = Json::with_room(768 + if include_data { payload_bytes * 9 / 8 } else { 0 });
    let stopped_ms = execution.stopped_ms.unwrap_or(execution.started_ms);
    json.arn("executionArn", &execution.arn)
        .arn("stateMachineArn", &execution.state_machine_arn)
        .string("name", &execution.arn.name)
        .timestamp("startDate", execution.started_ms)
        .timestamp("stopDate", stopped_ms)
        .string("status", execution.status.as_str())
        .optional("error", execution.error.as_deref())
        .optional("cause", execution.cause.as_deref());
    payloads(&mut json, execution, include_data);
    if execution.output.is_none() {
        // AWS shows this of an execution without output, too.
        json.included("outputDetails", include_data);
    }
    json.optional("traceHeader", execution.trace_header.as_deref());
    let took_ms = stopped_ms.abs_diff(execution.started_ms).max(1);
    let took_mb = ended.memory_bytes.div_ceil(1 << 20);
    json.nested("billingDetails", |json| {
        json.number("billedMemoryUsedInMB", billed(took_mb, BILLED_MEMORY_MB))
            .number("billedDurationInMilliseconds", billed(took_ms, BILLED_MS));
    });
    json.finish()
}

fn billed(used: u64, step: u64) -> i64 {
    i64::try_from(used.next_multiple_of(step)).unwrap_or(i64::MAX)
}
