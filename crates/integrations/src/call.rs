//! One call: from the resource to whoever does it, and the answer home in the form of its pattern.

use asl::Document;
use asl::error_name::Failure;
use asl::resource::{Pattern, Resource};
use engine::TaskCall;
use serde_json::Value;

use crate::failure::runtime;
use crate::services::{Caller, Services};
use crate::{apigateway, events, lambda, optimized, sdk, states};

/// Sends an answer home.
pub(crate) fn answer(call: &TaskCall, answer: Result<Document, Failure>) {
    match answer {
        Ok(output) if call.resource.is_submitted() => call.submitted(output),
        Ok(output) => call.succeeded(output),
        Err(failure) => call.call_failed(failure),
    }
}

/// Makes the call.
pub(crate) async fn make(services: &Services, call: &TaskCall) -> Result<Document, Failure> {
    let caller = Caller::of(call);
    let Resource::Service { service, action, pattern, .. } = &call.resource else {
        return lambda::function(services, &caller, call).await;
    };
    let parameters = value_of(&call.input)?;
    let result = match (&**service, &**action) {
        ("lambda", "invoke") => lambda::invoke(services, &caller, call, &parameters).await?,
        ("events", "putEvents") => events::put(services, &caller, call, parameters).await?,
        ("states", "startExecution") => states::start(services, &caller, call, parameters).await?,
        ("apigateway", "invoke") => apigateway::invoke(services, &caller, &call.input, &parameters).await?,
        (service, action) => match service.strip_prefix("aws-sdk:") {
            Some(name) => sdk::call(services, &caller, call, name, action, &parameters).await?,
            None => match optimized::find(service, action) {
                Some(row) if !matches!(pattern, Pattern::Sync { .. }) => {
                    row.call(services, &caller, call, &parameters).await?
                }
                _ => {
                    return Err(runtime(format!(
                        "Stairway does not have the integration {} yet",
                        call.resource.arn()
                    )));
                }
            },
        },
    };
    document_of(&result)
}

/// A payload as the models' values are.
pub(crate) fn value_of(document: &Document) -> Result<Value, Failure> {
    serde_json::from_str(document.text())
        .map_err(|error| runtime(format!("The parameters of the task cannot be read: {error}")))
}

pub(crate) fn document_of(value: &Value) -> Result<Document, Failure> {
    Document::parse(&value.to_string())
        .map_err(|error| runtime(format!("The answer of the service cannot be read: {error}")))
}
