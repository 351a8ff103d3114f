//! Refusals in the words of Step Functions: `DynamoDb.ResourceNotFoundException` and a cause.

use super::integration::Integration;
use super::names;
use crate::protocol::{ErrorKind, ServiceError};

/// The error name and the cause of a failed task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub error: String,
    pub cause: String,
}

/// A modelled error has its own name, any other that of its service.
pub fn failure(integration: Integration, error: &ServiceError) -> Failure {
    let prefix = integration.exception_prefix();
    let name = match (&error.name, error.kind) {
        (Some(name), _) => names::exception_name(name),
        (None, ErrorKind::Unreadable) => "SdkClientException".to_owned(),
        (None, ErrorKind::Refused) => format!("{prefix}Exception"),
    };
    // Where a service says nothing, Java says null.
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    let (message, request_id) = (word(&error.message), word(&error.request_id));
    let mut cause =
        format!("{message} (Service: {prefix}, Status Code: {}, Request ID: {request_id}", error.status);
    if let Some(id) = &error.extended_request_id {
        cause.push_str(", Extended Request ID: ");
        cause.push_str(id);
    }
    cause.push(')');
    Failure { error: format!("{prefix}.{name}"), cause }
}
