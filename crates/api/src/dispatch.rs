//! Which operation a request asks for, and the one switch that leads to it.

use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::api::Call;
use crate::error::ApiError;
use crate::operation;
use crate::reply::Reply;

const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "AWSStepFunctions.";

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Operation {
    CreateActivity,
    CreateStateMachine,
    CreateStateMachineAlias,
    DeleteActivity,
    DeleteStateMachine,
    DeleteStateMachineAlias,
    DeleteStateMachineVersion,
    DescribeActivity,
    DescribeExecution,
    DescribeStateMachine,
    DescribeStateMachineAlias,
    DescribeStateMachineForExecution,
    GetActivityTask,
    GetExecutionHistory,
    ListActivities,
    ListExecutions,
    ListStateMachineAliases,
    ListStateMachineVersions,
    ListStateMachines,
    ListTagsForResource,
    PublishStateMachineVersion,
    RedriveExecution,
    SendTaskFailure,
    SendTaskHeartbeat,
    SendTaskSuccess,
    StartExecution,
    StartSyncExecution,
    StopExecution,
    TagResource,
    TestState,
    UntagResource,
    UpdateStateMachine,
    UpdateStateMachineAlias,
    ValidateStateMachineDefinition,
    /// AWS knows it; this server does not serve it yet.
    NotYet(&'static str),
}

/// The operation that the headers of a `POST /` name.
pub(crate) fn operation_of(headers: &HeaderMap) -> Result<Operation, ApiError> {
    check_content(headers)?;
    let target = target(headers);
    target
        .strip_prefix(TARGET_PREFIX)
        .and_then(Operation::from_name)
        .ok_or_else(|| ApiError::UnknownOperation(target.to_owned()))
}

/// AWS's name of the operation, where `operation_of` has found one.
pub(crate) fn operation_name(headers: &HeaderMap) -> &str {
    target(headers).strip_prefix(TARGET_PREFIX).unwrap_or_default()
}

fn target(headers: &HeaderMap) -> &str {
    headers.get(TARGET).and_then(|target| target.to_str().ok()).unwrap_or_default()
}

/// Every type accepted here makes a browser ask first (a preflight, which is refused): `text/plain` and
/// forms, which need no asking, are not JSON requests of an SDK.
fn check_content(headers: &HeaderMap) -> Result<(), ApiError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let json = ["application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json"];
    if !json.iter().any(|accepted| essence.eq_ignore_ascii_case(accepted)) {
        return Err(ApiError::UnsupportedMediaType("the content type must be application/x-amz-json-1.0"));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding.as_bytes() != b"identity" => {
            Err(ApiError::UnsupportedMediaType("the request body must not be compressed"))
        }
        Some(_) | None => Ok(()),
    }
}

impl Operation {
    fn from_name(name: &str) -> Option<Operation> {
        let operation = match name {
            "CreateActivity" => Operation::CreateActivity,
            "CreateStateMachine" => Operation::CreateStateMachine,
            "CreateStateMachineAlias" => Operation::CreateStateMachineAlias,
            "DeleteActivity" => Operation::DeleteActivity,
            "DeleteStateMachine" => Operation::DeleteStateMachine,
            "DeleteStateMachineAlias" => Operation::DeleteStateMachineAlias,
            "DeleteStateMachineVersion" => Operation::DeleteStateMachineVersion,
            "DescribeActivity" => Operation::DescribeActivity,
            "DescribeExecution" => Operation::DescribeExecution,
            "DescribeMapRun" => Operation::NotYet("DescribeMapRun"),
            "DescribeStateMachine" => Operation::DescribeStateMachine,
            "DescribeStateMachineAlias" => Operation::DescribeStateMachineAlias,
            "DescribeStateMachineForExecution" => Operation::DescribeStateMachineForExecution,
            "GetActivityTask" => Operation::GetActivityTask,
            "GetExecutionHistory" => Operation::GetExecutionHistory,
            "ListActivities" => Operation::ListActivities,
            "ListExecutions" => Operation::ListExecutions,
            "ListMapRuns" => Operation::NotYet("ListMapRuns"),
            "ListStateMachineAliases" => Operation::ListStateMachineAliases,
            "ListStateMachineVersions" => Operation::ListStateMachineVersions,
            "ListStateMachines" => Operation::ListStateMachines,
            "ListTagsForResource" => Operation::ListTagsForResource,
            "PublishStateMachineVersion" => Operation::PublishStateMachineVersion,
            "RedriveExecution" => Operation::RedriveExecution,
            "SendTaskFailure" => Operation::SendTaskFailure,
            "SendTaskHeartbeat" => Operation::SendTaskHeartbeat,
            "SendTaskSuccess" => Operation::SendTaskSuccess,
            "StartExecution" => Operation::StartExecution,
            "StartSyncExecution" => Operation::StartSyncExecution,
            "StopExecution" => Operation::StopExecution,
            "TagResource" => Operation::TagResource,
            "TestState" => Operation::TestState,
            "UntagResource" => Operation::UntagResource,
            "UpdateMapRun" => Operation::NotYet("UpdateMapRun"),
            "UpdateStateMachine" => Operation::UpdateStateMachine,
            "UpdateStateMachineAlias" => Operation::UpdateStateMachineAlias,
            "ValidateStateMachineDefinition" => Operation::ValidateStateMachineDefinition,
            _ => return None,
        };
        Some(operation)
    }

    pub(crate) async fn run(self, call: &Call<'_>) -> Result<Reply, ApiError> {
        match self {
            Operation::CreateActivity => operation::create_activity::run(call).await,
            Operation::CreateStateMachine => operation::create_state_machine::run(call).await,
            Operation::DeleteActivity => operation::delete_activity::run(call).await,
            Operation::DeleteStateMachine => operation::delete_state_machine::run(call).await,
            Operation::DescribeActivity => operation::describe_activity::run(call),
            Operation::DescribeExecution => operation::describe_execution::run(call).await,
            Operation::DescribeStateMachine => operation::describe_state_machine::run(call),
            Operation::DescribeStateMachineForExecution => {
                operation::describe_state_machine_for_execution::run(call).await
            }
            Operation::GetActivityTask => operation::get_activity_task::run(call).await,
            Operation::GetExecutionHistory => operation::get_execution_history::run(call).await,
            Operation::ListActivities => operation::list_activities::run(call),
            Operation::ListExecutions => operation::list_executions::run(call).await,
            Operation::ListStateMachines => operation::list_state_machines::run(call),
            Operation::ListTagsForResource => operation::list_tags_for_resource::run(call),
            Operation::RedriveExecution => operation::redrive_execution::run(call).await,
            Operation::SendTaskFailure => operation::send_task_failure::run(call).await,
            Operation::SendTaskHeartbeat => operation::send_task_heartbeat::run(call).await,
            Operation::SendTaskSuccess => operation::send_task_success::run(call).await,
            Operation::StartExecution => operation::start_execution::run(call).await,
            Operation::StartSyncExecution => operation::start_sync_execution::run(call).await,
            Operation::StopExecution => operation::stop_execution::run(call).await,
            Operation::TagResource => operation::tag_resource::run(call).await,
            Operation::UntagResource => operation::untag_resource::run(call).await,
            Operation::UpdateStateMachine => operation::update_state_machine::run(call).await,
            Operation::CreateStateMachineAlias => operation::create_state_machine_alias::run(call).await,
            Operation::DeleteStateMachineAlias => operation::delete_state_machine_alias::run(call).await,
            Operation::DeleteStateMachineVersion => operation::delete_state_machine_version::run(call).await,
            Operation::DescribeStateMachineAlias => operation::describe_state_machine_alias::run(call),
            Operation::ListStateMachineAliases => operation::list_state_machine_aliases::run(call),
            Operation::ListStateMachineVersions => operation::list_state_machine_versions::run(call),
            Operation::PublishStateMachineVersion => {
                operation::publish_state_machine_version::run(call).await
            }
            Operation::UpdateStateMachineAlias => operation::update_state_machine_alias::run(call).await,
            Operation::ValidateStateMachineDefinition => {
                operation::validate_state_machine_definition::run(call)
            }
            Operation::TestState => operation::test_state::run(call).await,
            Operation::NotYet(name) => Err(ApiError::NotSupportedYet(name)),
        }
    }
}

#[cfg(test)]
mod tests;
