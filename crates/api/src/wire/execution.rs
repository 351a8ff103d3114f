//! An execution as DescribeExecution shows it; also the answer of the extension that waits for its end.

use super::json::Json;
use crate::domain::{ExecutionDescription, Limits, Redrivable, Redriven, StateMachineArn, Through};

/// What the answer needs beside the execution itself.
pub(crate) struct View<'a> {
    pub(crate) include_data: bool,
    pub(crate) machine_is_deleting: bool,
    pub(crate) now_ms: i64,
    pub(crate) limits: &'a Limits,
}

pub(crate) fn describe(execution: &ExecutionDescription, view: &View<'_>) -> Vec<u8> {
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
    show_redriven(&mut json, execution.redriven);
    let redrivable = Redrivable {
        status: execution.status,
        started_ms: execution.started_ms,
        stopped_ms: execution.stopped_ms,
        events: execution.events,
        machine_is_deleting: view.machine_is_deleting,
    };
    match redrivable.refusal(view.now_ms, view.limits) {
        None => json.string("redriveStatus", "REDRIVABLE"),
        Some(refusal) => {
            json.string("redriveStatus", "NOT_REDRIVABLE").string("redriveStatusReason", refusal.reason())
        }
    };
    json.finish()
}

/// How often an execution was redriven, and when last.
pub(crate) fn show_redriven(json: &mut Json, redriven: Option<Redriven>) {
    json.number("redriveCount", redriven.map_or(0, |redriven| i64::from(redriven.count)));
    if let Some(redriven) = redriven {
        json.timestamp("redriveDate", redriven.at_ms);
    }
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
