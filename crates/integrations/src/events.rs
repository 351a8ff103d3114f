//! `events:putEvents`: the execution and its state machine are added to what each event is about, and an
//! event that was not taken fails the task.

use asl::error_name::Failure;
use engine::TaskCall;
use serde_json::{Value, json};

use crate::failure::failure;
use crate::optimized::EVENT_BRIDGE;
use crate::services::{Caller, Services};

pub(crate) async fn put(
    services: &Services,
    caller: &Caller,
    call: &TaskCall,
    mut parameters: Value,
) -> Result<Value, Failure> {
    let ours = [json!(&*call.identity.state_machine_arn), json!(&*call.identity.arn)];
    if let Some(entries) = parameters.get_mut("Entries").and_then(Value::as_array_mut) {
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            let resources = entry.entry("Resources").or_insert_with(|| json!([]));
            if let Some(resources) = resources.as_array_mut() {
                resources.extend(ours.iter().cloned());
            }
        }
    }
    let result = EVENT_BRIDGE.answer(services, caller, call, "putEvents", &parameters).await?.result;
    if result["FailedEntryCount"].as_u64().is_some_and(|failed| failed > 0) {
        return Err(failure("EventBridge.FailedEntry", result.to_string()));
    }
    Ok(result)
}
