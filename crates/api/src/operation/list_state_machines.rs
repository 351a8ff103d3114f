//! ListStateMachines: the machines of the caller's account and region, in the order of their names.

use std::sync::Arc;

use super::describe_state_machine::type_text;
use super::list_by_name::NamedList;
use crate::api::Call;
use crate::domain::StateMachineEntry;
use crate::error::ApiError;
use crate::reply::Reply;

const STATE_MACHINES: NamedList<Arc<StateMachineEntry>> = NamedList {
    operation: "ListStateMachines",
    member: "stateMachines",
    name: |entry| &entry.arn.name,
    show: |json, entry| {
        json.arn("stateMachineArn", &entry.arn)
            .string("name", &entry.arn.name)
            .string("type", type_text(entry.current.machine_type))
            .timestamp("creationDate", entry.created_ms);
    },
};

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    STATE_MACHINES.answer(call, |call| call.engine.state_machines(&call.owner))
}
