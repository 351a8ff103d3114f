//! The operations, one file each: its request with its bounds, what it asks of the engine, its answer.
//!
//! Each file has the request's shape, `run`, and what belongs to this operation alone. What a request
//! means is checked in AWS's order: constraints first, then names and ARNs, then what exists.

pub(crate) mod create_activity;
pub(crate) mod create_state_machine;
pub(crate) mod create_state_machine_alias;
pub(crate) mod delete_activity;
pub(crate) mod delete_state_machine;
pub(crate) mod delete_state_machine_alias;
pub(crate) mod delete_state_machine_version;
pub(crate) mod describe_activity;
pub(crate) mod describe_execution;
pub(crate) mod describe_state_machine;
pub(crate) mod describe_state_machine_alias;
pub(crate) mod describe_state_machine_for_execution;
pub(crate) mod get_activity_task;
pub(crate) mod get_execution_history;
pub(crate) mod list_activities;
mod list_by_name;
pub(crate) mod list_executions;
pub(crate) mod list_state_machine_aliases;
pub(crate) mod list_state_machine_versions;
pub(crate) mod list_state_machines;
pub(crate) mod list_tags_for_resource;
pub(crate) mod publish_state_machine_version;
pub(crate) mod redrive_execution;
pub(crate) mod send_task_failure;
pub(crate) mod send_task_heartbeat;
pub(crate) mod send_task_success;
pub(crate) mod start_execution;
pub(crate) mod start_sync_execution;
pub(crate) mod stop_execution;
pub(crate) mod tag_resource;
pub(crate) mod test_state;
pub(crate) mod untag_resource;
pub(crate) mod update_state_machine;
pub(crate) mod update_state_machine_alias;
pub(crate) mod validate_state_machine_definition;

mod found;
