//! AWS SDK integrations: `aws-sdk:<service>:<action>`, any action of any service, by its model.

use asl::error_name::{self, Failure};
use aws::sdk::{self, Integration};
use engine::TaskCall;
use serde_json::Value;

use crate::failure::{self, runtime};
use crate::services::{CallFault, Caller, Services};

pub(crate) async fn call(
    services: &Services,
    caller: &Caller,
    call: &TaskCall,
    service: &str,
    action: &str,
    parameters: &Value,
) -> Result<Value, Failure> {
    let integration = Integration::find(service).ok_or_else(|| unknown_service(service))?;
    let operation = integration.operation(action).map_err(|error| runtime(error.to_string()))?;
    let input = sdk::to_input(operation, parameters)
        .map_err(|problems| failure::parameters(&call.input, &problems))?;
    let token = call.idempotency_token();
    let prefix = integration.exception_prefix();
    let answered = match sdk::build(operation, &input, Some(&token)) {
        Ok(request) => services.call(caller, operation, request).await,
        Err(error) => Err(CallFault::Input(error)),
    };
    match answered {
        Ok(answered) => Ok(sdk::to_result(operation, answered.result)),
        Err(CallFault::Service(error)) => {
            let sdk::Failure { error, cause } = sdk::failure(integration, &error);
            Err(failure::failure(error, cause))
        }
        Err(fault) => Err(not_answered(prefix, fault)),
    }
}

/// No service has said anything.
pub(crate) fn not_answered(prefix: &str, fault: CallFault) -> Failure {
    match fault {
        CallFault::Input(error) => runtime(error.to_string()),
        CallFault::Send(error) => failure::unreachable(prefix, &error),
        CallFault::Role(cause) => failure::failure(error_name::TASK_FAILED, cause),
        CallFault::NoOwnApi => runtime("nested executions need `stairway serve`: this process serves no API"),
        CallFault::Service(error) => failure::unreachable(prefix, &error.code),
    }
}

fn unknown_service(service: &str) -> Failure {
    let nearest = Integration::nearest(service);
    let hint = nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    runtime(format!("there is no AWS SDK integration `{service}`{hint}"))
}
