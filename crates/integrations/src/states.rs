//! `states:startExecution`: executions that executions start, on this server's own engine.
//!
//! Here: the start under a name that a repeated call derives again, and what of DescribeExecution a parent
//! sees. Not here: waiting for the end (`follow`).
//! INVARIANT: one attempt starts one child, however often its call is sent. An Express child, whose name means
//! nothing, may be started again: that is what at least once says.

use asl::error_name::Failure;
use engine::TaskCall;
use serde_json::{Map, Value, json};

use crate::optimized::{STEP_FUNCTIONS, with_metadata};
use crate::services::{Answered, Caller, Services};

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
    let is_named = parameters.get("Name").is_some();
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.entry("Name").or_insert_with(|| json!(call.idempotency_token()));
        // AWS starts a child without input with an empty object.
        if parameters.get("Input").is_none_or(Value::is_null) {
            parameters.insert("Input".to_owned(), json!("{}"));
        }
    }
    let answered = STEP_FUNCTIONS.answer(services, caller, call, "startExecution", &parameters).await;
    let answered = match answered {
        // Nobody else has this name: the call was sent before, and its child has ended meanwhile.
        Err(failure) if !is_named && is_there(&failure) => {
            let look = json!({ "ExecutionArn": child_arn(&parameters) });
            let first = STEP_FUNCTIONS.answer(services, caller, call, "describeExecution", &look).await?;
            Answered { result: started(&first.result), ..first }
        }
        answered => answered?,
    };
    let mut result = with_metadata(answered);
    date_in_milliseconds(&mut result, "StartDate");
    Ok(result)
}

fn is_there(failure: &Failure) -> bool {
    failure.error.as_deref() == Some("StepFunctions.ExecutionAlreadyExistsException")
}

/// The execution that these parameters have started; a version or an alias of the machine is not part of it.
fn child_arn(parameters: &Value) -> String {
    let text = |name: &str| parameters[name].as_str().unwrap_or_default();
    let machine: Vec<&str> = text("StateMachineArn").splitn(8, ':').take(7).collect();
    format!("{}:{}", machine.join(":").replacen(":stateMachine:", ":execution:", 1), text("Name"))
}

/// What StartExecution answered, from DescribeExecution's answer.
fn started(described: &Value) -> Value {
    json!({ "ExecutionArn": described["ExecutionArn"], "StartDate": described["StartDate"] })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_by_its_machine_and_its_name() {
        let check = |machine: &str| {
            let machine = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{machine}");
            let found = child_arn(&json!({ "StateMachineArn": machine, "Name": "one" }));
            assert_eq!(found, "arn:aws:states:us-east-1:000000000000:execution:child:one");
        };
        check("child");
        check("child:7");
        check("child:PROD");
    }
}
