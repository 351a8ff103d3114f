//! Failures of calls, in the words that AWS has for each kind of integration.

use std::sync::Arc;

use asl::Document;
use asl::error_name::{self, Failure};
use asl::services::cannot_start;
use aws::protocol::ServiceError;
use aws::sdk::{self, Integration, Problem};

pub(crate) fn failure(error: impl Into<String>, cause: impl Into<String>) -> Failure {
    Failure { error: Some(Arc::from(error.into())), cause: Some(Arc::from(cause.into())) }
}

pub(crate) fn runtime(cause: impl Into<String>) -> Failure {
    failure(error_name::RUNTIME, cause)
}

/// What is wrong with the parameters of a task, all of it.
pub(crate) fn parameters(input: &Document, problems: &[Problem]) -> Failure {
    runtime(cannot_start(input, problems.iter().map(|problem| problem.message.as_str())))
}

/// The service could not be asked, or not be heard.
pub(crate) fn unreachable(prefix: &str, what: &impl std::fmt::Display) -> Failure {
    failure(format!("{prefix}.SdkClientException"), format!("Unable to execute HTTP request: {what}"))
}

/// How errors of an optimized integration are named: that of the older SDK for Java.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// `DynamoDB` of `DynamoDB.ResourceNotFoundException`.
    pub(crate) prefix: &'static str,
    /// `AmazonDynamoDBv2` of the cause.
    pub(crate) service: &'static str,
    /// The error of what the service says without a name that is modelled: `AmazonDynamoDBException`.
    pub(crate) unnamed: &'static str,
}

impl Named {
    pub(crate) fn failure(&self, integration: Integration, error: &ServiceError) -> Failure {
        let name = match &error.name {
            // The two dialects agree on the names of exceptions, not on the prefix.
            Some(_) => {
                let modelled = sdk::failure(integration, error).error;
                modelled.split_once('.').map_or(modelled.clone(), |(_, name)| name.to_owned())
            }
            None => self.unnamed.to_owned(),
        };
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
        let cause = format!(
            "{} (Service: {}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
            said(&error.message),
            self.service,
            error.status,
            error.code,
            said(&error.request_id),
        );
        failure(format!("{}.{name}", self.prefix), cause)
    }
}
