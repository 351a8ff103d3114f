//! An execution as DescribeExecution shows it; also the answer of the extension that waits for its end.

use super::json::Json;
use crate::domain::{ExecutionDescription, ExecutionStatus, StateMachineArn, Through};

/// LIMIT: how long after its end an execution can be redriven, 14 days (`spec/features.md` 5.1).
const REDRIVABLE_PERIOD_MS: i64 = 14 * 24 * 3_600 * 1_000;

/// What the answer needs beside the execution itself.
pub(crate) struct View {
    pub(crate) include_data: bool,
    pub(crate) machine_is_deleting: bool,
    pub(crate) now_ms: i64,
}

pub(crate) fn describe(execution: &ExecutionDescription, view: &View) -> Vec<u8> {
    let payload_bytes =
        execution.input.text().len() + execution.output.as_ref().map_or(0, |output| output.text().len());
    let mut json = Json::with_room(768 + if view.include_data { payload_bytes * 9 / 8 } else { 0 });
    json.arn("executionArn", &execution.arn)
        .arn("stateMachineArn", &execution.state_machine_arn)
        .string("name", &execution.arn.name)
        .string("status", execution.status.as_str())
        .timestamp("startDate", execution.started_ms);
    if let Some(stopped_ms) = execution.stopped_ms {
        json.timestamp("stopDate", stopped_ms);
    }
    payloads(&mut json, execution, view.include_data);
    json.optional("traceHeader", execution.trace_header.as_deref())
        .optional("error", execution.error.as_deref())
        .optional("cause", execution.cause.as_deref());
    show_through(&mut json, execution.through.as_ref(), &execution.state_machine_arn);
    if execution.arn.express.is_some() {
        // Express executions cannot be redriven.
        return json.finish();
    }
    json.number("redriveCount", 0);
    match not_redrivable(execution, view) {
        None => json.string("redriveStatus", "REDRIVABLE"),
        Some(reason) => json.string("redriveStatus", "NOT_REDRIVABLE").string("redriveStatusReason", &reason),
    };
    json.finish()
}

/// The version and the alias that an execution was started through.
pub(crate) fn show_through(json: &mut Json, through: Option<&Through>, machine: &StateMachineArn) {
    let Some(through) = through else { return };
    let machine = machine.to_string();
    json.arn("stateMachineVersionArn", &through.version_arn(&machine));
    if let Some(alias) = through.alias_arn(&machine) {
        json.arn("stateMachineAliasArn", &alias);
    }
}

/// Input and output with what is said of them.
pub(crate) fn payloads(json: &mut Json, execution: &ExecutionDescription, include: bool) {
    let output = execution.output.as_ref().map(|output| output.text());
    let texts =
        [("input", "inputDetails", Some(execution.input.text())), ("output", "outputDetails", output)];
    for (key, details, text) in texts {
        let Some(text) = text else { continue };
        if include {
            json.string(key, text);
        }
        json.included(details, include);
    }
}

fn not_redrivable(execution: &ExecutionDescription, view: &View) -> Option<String> {
    match execution.status {
        ExecutionStatus::Running | ExecutionStatus::Succeeded => {
            return Some(format!("Execution is {} and cannot be redriven", execution.status.as_str()));
        }
        ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted => {}
    }
    if view.machine_is_deleting {
        return Some("State machine is in DELETING status".to_owned());
    }
    let period_over = execution.stopped_ms.is_some_and(|ended| view.now_ms - ended > REDRIVABLE_PERIOD_MS);
    period_over.then(|| "Execution redrivable period exceeded".to_owned())
}
