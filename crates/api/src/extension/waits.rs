//! `GET /stairway/executions/{arn}/waits`: what an execution waits for, branch by branch.
//!
//! Here: the answer's shape. Not here: what a branch waits for (`execution`).

use crate::domain::{BranchWait, ExecutionStatus, ExecutionWaits, WaitReason};
use crate::wire::json::Json;

pub(super) fn shown(arn: &str, now_ms: i64, waits: &ExecutionWaits) -> Vec<u8> {
    let mut json = Json::object();
    json.string("executionArn", arn)
        .string("status", waits.status.as_str())
        .timestamp("startDate", waits.started_ms)
        .timestamp("now", now_ms);
    if let Some(at_ms) = waits.timeout_at_ms {
        json.timestamp("timeoutDate", at_ms);
    }
    if waits.is_parked {
        json.raw("parked", "true");
    }
    if waits.status == ExecutionStatus::Running {
        json.list("waits", waits.branches.iter(), branch);
        json.number("more", waits.more as i64);
    }
    json.finish()
}

fn branch(json: &mut Json, branch: &BranchWait) {
    let BranchWait { wait, pollers } = branch;
    let (reason, resource) = words(&wait.reason);
    json.strings("path", wait.path.iter().map(String::as_str))
        .number("enteredEventId", wait.entered as i64)
        .timestamp("since", wait.entered_ms)
        .string("reason", reason)
        .number("retries", wait.retries as i64);
    if let Some(resource) = resource {
        json.string("resource", resource);
    }
    if let Some(pollers) = pollers {
        json.number("pollers", *pollers as i64);
    }
    if let Some(until_ms) = wait.until_ms {
        json.timestamp("until", until_ms);
    }
}

fn words(reason: &WaitReason) -> (&'static str, Option<&str>) {
    match reason {
        WaitReason::Turn => ("TURN", None),
        WaitReason::Time => ("TIME", None),
        WaitReason::Retry => ("RETRY", None),
        WaitReason::Worker { activity } => ("WORKER", Some(activity)),
        WaitReason::WorkerAnswer { activity } => ("WORKER_ANSWER", Some(activity)),
        WaitReason::Call { resource } => ("CALL", Some(resource)),
        WaitReason::Job { resource } => ("JOB", Some(resource)),
        WaitReason::Token { resource } => ("TASK_TOKEN", Some(resource)),
    }
}
