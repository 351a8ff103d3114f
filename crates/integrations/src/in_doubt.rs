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

pub(crate) fn of(call: &TaskCall) -> InDoubt {
    let Resource::Service { service, action, pattern, .. } = &call.resource else { return InDoubt::Fail };
    let parameters: Value = serde_json::from_str(call.input.text()).unwrap_or_default();
    let is_safe = match (&**service, pattern) {
        // The child's name is derived from the attempt, or given: a second start finds the first.
        ("states", _) => true,
        ("sqs" | "sns" | "events", Pattern::WaitForTaskToken) => true,
        ("lambda", Pattern::WaitForTaskToken) => parameters["InvocationType"] == "Event",
        // A FIFO queue or topic drops the second.
        ("sqs" | "sns", _) => parameters.get("MessageDeduplicationId").is_some(),
        (service, _) => is_harmless_action(service, action),
    };
    if is_safe { InDoubt::CallAgain } else { InDoubt::Fail }
}

fn is_harmless_action(service: &str, action: &str) -> bool {
    let integration = match service.strip_prefix("aws-sdk:") {
        Some(name) => Integration::find(name),
        None => optimized::find(service, action).map(|row| row.integration()),
    };
    let operation = integration.and_then(|integration| integration.operation(action).ok());
    operation.is_some_and(is_harmless)
}
