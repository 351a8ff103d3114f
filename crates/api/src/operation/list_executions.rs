//! ListExecutions: the executions of a machine, newest start first.

use std::sync::Arc;

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::{ExecutionStatus, ListExecutions, ListedExecution, StartedThrough, StateMachineArn};
use crate::error::ApiError;
use crate::page_token::{Listing, listing_position, listing_position_bytes};
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::execution::{show_redriven, show_through};
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Integer, Text};
use crate::wire::page::page_size;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    status_filter: Option<Text<'a>>,
    max_results: Option<Integer>,
    next_token: Option<Text<'a>>,
    map_run_arn: Option<Text<'a>>,
    redrive_filter: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let asked = check(&request)?;
    let (machine, through) = asked_for(call, asked.machine)?;
    let query = [asked.machine, asked.status.unwrap_or_default(), asked.redrive.unwrap_or_default()];
    let listing = Listing { owner: &call.owner, operation: "ListExecutions", query: &query };
    let after = match asked.token {
        Some(token) => {
            let position = call.page_tokens.open(&listing, token, call.engine.now_ms())?;
            Some(listing_position(&position)?)
        }
        None => None,
    };
    let status = asked.status.map(status_of).transpose()?;
    let limit = page_size(request.max_results);
    let redriven = asked.redrive.map(|filter| filter == "REDRIVEN");
    let command = ListExecutions { machine, through, status, redriven, after, limit };
    let page = call.client.list_executions(command).await?;
    let next = page.next.map(|position| {
        call.page_tokens.issue(&listing, &listing_position_bytes(position), call.engine.now_ms())
    });
    Ok(Reply::json(shown(&page.executions, next.as_deref())))
}

/// The machine, and the version or alias that executions must have been started through.
fn asked_for(call: &Call<'_>, arn: &str) -> Result<(StateMachineArn, Option<StartedThrough>), ApiError> {
    let target = found::described(call, arn)?;
    let through = match (&target.alias, &target.version) {
        (Some(alias), _) => Some(StartedThrough::Alias(Arc::clone(&alias.name))),
        (None, Some(version)) => Some(StartedThrough::Version(version.number)),
        (None, None) => None,
    };
    Ok((target.entry.arn.clone(), through))
}

struct Asked<'r> {
    machine: &'r str,
    status: Option<&'static str>,
    redrive: Option<&'static str>,
    token: Option<&'r str>,
}

fn check<'r>(request: &'r Request<'_>) -> Result<Asked<'r>, ApiError> {
    let mut constraints = Constraints::default();
    let machine = constraints.optional("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    let status = constraints.one_of("statusFilter", &request.status_filter, limits::EXECUTION_STATUS);
    constraints.number("maxResults", request.max_results, &limits::PAGE_SIZE);
    let token = constraints.optional("nextToken", &request.next_token, &limits::EXECUTIONS_PAGE_TOKEN);
    let map_run = constraints.optional("mapRunArn", &request.map_run_arn, &limits::LONG_ARN);
    let redrive = constraints.one_of("redriveFilter", &request.redrive_filter, limits::REDRIVE_FILTER);
    constraints.finish()?;
    match (machine, map_run) {
        (Some(machine), None) => Ok(Asked { machine, status, redrive, token }),
        // There are no Map Runs yet, so this one does not exist.
        (None, Some(map_run)) => Err(ApiError::ResourceNotFound(map_run.to_owned())),
        (None, None) => Err(ApiError::ValidationWithReason {
            message: "Either stateMachineArn or mapRunArn must be specified".to_owned(),
            reason: "MISSING_REQUIRED_PARAMETER",
        }),
        (Some(_), Some(_)) => {
            Err(ApiError::Validation("Only one of stateMachineArn and mapRunArn can be specified".to_owned()))
        }
    }
}

fn status_of(filter: &str) -> Result<ExecutionStatus, ApiError> {
    match filter {
        "RUNNING" => Ok(ExecutionStatus::Running),
        "SUCCEEDED" => Ok(ExecutionStatus::Succeeded),
        "FAILED" => Ok(ExecutionStatus::Failed),
        "TIMED_OUT" => Ok(ExecutionStatus::TimedOut),
        "ABORTED" => Ok(ExecutionStatus::Aborted),
        other => {
            Err(ApiError::Validation(format!("The statusFilter {other} can only be used with mapRunArn")))
        }
    }
}

fn shown(executions: &[ListedExecution], next: Option<&str>) -> Vec<u8> {
    let mut json = Json::with_room(64 + executions.len() * 384);
    json.list("executions", executions, show_listed);
    json.optional("nextToken", next);
    json.finish()
}

pub(crate) fn show_listed(json: &mut Json, execution: &ListedExecution) {
    json.arn("executionArn", &execution.arn)
        .arn("stateMachineArn", &execution.state_machine_arn)
        .string("name", &execution.arn.name)
        .string("status", execution.status.as_str())
        .timestamp("startDate", execution.started_ms);
    if let Some(stopped_ms) = execution.stopped_ms {
        json.timestamp("stopDate", stopped_ms);
    }
    show_through(json, execution.through.as_ref(), &execution.state_machine_arn);
    show_redriven(json, execution.redriven);
}

#[cfg(test)]
mod tests;
