//! `states:startExecution`: executions that executions start, on this server's own engine.
//!
//! Here: the start under a name that a repeated call derives again, and what of DescribeExecution a parent
//! sees. Not here: waiting for the end (`follow`).
//! INVARIANT: one attempt starts one child, however often its call is sent.

use asl::error_name::Failure;
use engine::TaskCall;
use serde_json::{Map, Value, json};

use crate::optimized::{STEP_FUNCTIONS, with_metadata};
use crate::services::{Caller, Services};

/// What a parent sees of its child, in AWS's order.
const SEEN: [&str; 15] = [
    "Cause",
    "Error",
    "ExecutionArn",
    "Input",
    "InputDetails",
    "Name",
    "Output",
    "OutputDetails",
    "RedriveCount",
    "RedriveStatus",
    "RedriveStatusReason",
    "StartDate",
    "StateMachineArn",
    "Status",
    "StopDate",
];

pub(crate) async fn start(
    services: &Services,
    caller: &Caller,
    call: &TaskCall,
    mut parameters: Value,
) -> Result<Value, Failure> {
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.entry("Name").or_insert_with(|| json!(call.idempotency_token()));
        // AWS starts a child without input with an empty object.
        if parameters.get("Input").is_none_or(Value::is_null) {
            parameters.insert("Input".to_owned(), json!("{}"));
        }
    }
    let answered = STEP_FUNCTIONS.answer(services, caller, call, "startExecution", &parameters).await?;
    let mut result = with_metadata(answered);
    date_in_milliseconds(&mut result, "StartDate");
    Ok(result)
}

/// A child as its parent sees it, from DescribeExecution's answer.
pub(crate) fn seen(described: &Value, parsed: bool) -> Value {
    let mut seen = Map::new();
    for name in SEEN {
        let Some(value) = described.get(name).filter(|value| !value.is_null()) else { continue };
        let value = match (name, value) {
            ("InputDetails" | "OutputDetails", _) => json!({ "Included": true }),
            ("Input" | "Output", Value::String(text)) if parsed => {
                serde_json::from_str(text).unwrap_or_else(|_| value.clone())
            }
            _ => value.clone(),
        };
        seen.insert(name.to_owned(), value);
    }
    let mut seen = Value::Object(seen);
    for date in ["StartDate", "StopDate"] {
        date_in_milliseconds(&mut seen, date);
    }
    seen
}

/// The older SDK for Java shows a date as the milliseconds since 1970.
fn date_in_milliseconds(result: &mut Value, name: &str) {
    let Some(date) = result.get_mut(name) else { return };
    if let Some(at) = date.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
        *date = json!(at.as_millisecond());
    }
}
