//! Calls whose answer a crash has lost: which are sent again (`design/engine.md` 2.5).
//!
//! INVARIANT: what could be done twice is not sent again, unless its target is one that may get things twice
//! anyway and its token makes the second answer harmless.

use asl::resource::{Pattern, Resource};
use aws::sdk::Integration;
use engine::{InDoubt, TaskCall};
use serde_json::Value;

use crate::optimized;
use crate::services::is_harmless;

/// The same services have the same targets, whichever integration reaches them.
const SDK: &str = "aws-sdk:";

pub(crate) fn of(call: &TaskCall) -> InDoubt {
    let Resource::Service { service, action, pattern, .. } = &call.resource else { return InDoubt::Fail };
    let parameters: Value = serde_json::from_str(call.input.text()).unwrap_or_default();
    let is_safe = match (&**service, pattern) {
        // The child's name is derived from the attempt, or given: a second start finds the first.
        ("states", _) => true,
        ("apigateway", _) => matches!(parameters["Method"].as_str(), Some("GET" | "HEAD")),
        (service, Pattern::WaitForTaskToken) if brings_twice(service, action, &parameters) => true,
        (service, _) if is_dropped_twice(service, action, &parameters) => true,
        (service, _) => is_harmless_action(service, action),
    };
    match is_safe {
        true => InDoubt::CallAgain,
        // Whoever has the token may be at work; nobody may hang for ever.
        false if *pattern == Pattern::WaitForTaskToken && call.has_time_limit => InDoubt::KeepWaiting,
        false => InDoubt::Fail,
    }
}

/// Whether the target is one that may get things twice anyway.
fn brings_twice(service: &str, action: &str, parameters: &Value) -> bool {
    match (service.trim_start_matches(SDK), action) {
        ("sqs", "sendMessage") | ("sns", "publish") | ("events" | "eventbridge", "putEvents") => true,
        ("lambda", "invoke") => parameters["InvocationType"] == "Event",
        _ => false,
    }
}

/// A FIFO queue or topic drops the second message with this id.
fn is_dropped_twice(service: &str, action: &str, parameters: &Value) -> bool {
    let is_message =
        matches!((service.trim_start_matches(SDK), action), ("sqs", "sendMessage") | ("sns", "publish"));
    is_message && parameters.get("MessageDeduplicationId").is_some()
}

fn is_harmless_action(service: &str, action: &str) -> bool {
    let integration = match service.strip_prefix(SDK) {
        Some(name) => Integration::find(name),
        None => optimized::find(service, action).map(|row| row.integration()),
    };
    let operation = integration.and_then(|integration| integration.operation(action).ok());
    operation.is_some_and(is_harmless)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_kinds_of_integration_judge_their_target_alike() {
        let check = |action: &str, parameters: &Value, twice: bool, dropped: bool| {
            for service in ["sqs", "aws-sdk:sqs"] {
                assert_eq!(brings_twice(service, action, parameters), twice, "{service}:{action}");
                assert_eq!(is_dropped_twice(service, action, parameters), dropped, "{service}:{action}");
            }
        };
        check("sendMessage", &json!({}), true, false);
        check("sendMessage", &json!({"MessageDeduplicationId": "d"}), true, true);
        check("createQueue", &json!({"MessageDeduplicationId": "d"}), false, false);
    }

    #[test]
    fn what_only_reads_or_has_a_token_is_harmless() {
        let check = |service: &str, action: &str, expected: bool| {
            assert_eq!(is_harmless_action(service, action), expected, "{service}:{action}");
        };
        check("dynamodb", "getItem", true);
        check("dynamodb", "putItem", false);
        check("aws-sdk:secretsmanager", "createSecret", true);
        check("aws-sdk:s3", "putObject", false);
        check("lambda", "invoke", false);
        check("aws-sdk:lambda", "invoke", false);
    }
}
