//! Where a service is: the endpoint that the operator configured, or what AWS's rules say.
//!
//! Here: rule sets and partitions as AWS publishes them, and their evaluation.
//! Not here: the rules themselves; they come with the model of a service.
//! INVARIANT: a host is only ever made of a configured endpoint, the rules, and values that are host labels.

mod configured;
mod evaluate;
mod functions;
mod partitions;
mod rules;
mod template;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

pub(crate) use functions::is_valid_host_label;
pub use partitions::Partitions;
pub use rules::{RuleFault, RuleSet};
pub use value::Value;

/// What sending needs to know of a service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    /// `Secrets Manager`: configured endpoints are named by it.
    pub service_id: Arc<str>,
    /// What signatures are scoped to where the rules say nothing else.
    pub signing_name: Arc<str>,
    pub rules: Arc<RuleSet>,
}

/// What an endpoint depends on, beside the service.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointContext<'a> {
    pub region: &'a str,
    pub use_fips: bool,
    pub use_dual_stack: bool,
    /// The configured endpoint.
    pub configured: Option<&'a str>,
    /// The account of the credentials, where it is known.
    pub account_id: Option<&'a str>,
}

/// What a rule set says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedEndpoint {
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// In the order of preference; empty where the service's own holds.
    pub auth_schemes: Vec<AuthScheme>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthScheme {
    pub name: String,
    pub signing_name: Option<String>,
    pub signing_region: Option<String>,
    pub disable_double_encoding: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum EndpointFault {
    #[error("expected a region like us-east-1, found {0:?}")]
    Region(String),
    #[error("the endpoint of the service depends on {0}, which the call does not say")]
    Missing(String),
    /// In the words of the service's rules.
    #[error("{0}")]
    Refused(String),
    #[error("no rule of the service says where it is")]
    NoRule,
    #[error("the endpoint rules of the service contradict themselves")]
    BadRules,
    #[error("expected an http or https URL with a host as endpoint, found {0:?}")]
    Url(String),
    #[error("expected a host prefix of host labels, found {0:?}")]
    HostPrefix(String),
    #[error("the service wants signatures of a kind that is not supported: {0}")]
    AuthScheme(String),
}

/// The endpoint of a service, given what the input of the operation adds to the context.
pub fn resolve(
    rules: &RuleSet,
    context: &EndpointContext<'_>,
    input: &BTreeMap<String, Value>,
    partitions: &Partitions,
) -> Result<ResolvedEndpoint, EndpointFault> {
    if !is_valid_host_label(context.region, false) {
        return Err(EndpointFault::Region(context.region.to_owned()));
    }
    let mut parameters = input.clone();
    for parameter in &rules.parameters {
        let value = match parameter.built_in.as_deref() {
            Some(built_in) => built_in_value(built_in, context),
            // Sessions of S3 Express are for many requests a second; plain signatures work as well.
            None if parameter.name == "DisableS3ExpressSessionAuth" => Value::Bool(true),
            None => continue,
        };
        if value != Value::Unset {
            parameters.entry(parameter.name.clone()).or_insert(value);
        }
    }
    rules.evaluate(&parameters, partitions)
}

fn built_in_value(name: &str, context: &EndpointContext<'_>) -> Value {
    let optional = |text: Option<&str>| text.map_or(Value::Unset, Value::from);
    match name {
        "AWS::Region" => Value::from(context.region),
        "AWS::UseFIPS" => Value::Bool(context.use_fips),
        "AWS::UseDualStack" => Value::Bool(context.use_dual_stack),
        "SDK::Endpoint" => optional(context.configured),
        "AWS::Auth::AccountId" => optional(context.account_id),
        "AWS::Auth::AccountIdEndpointMode" => Value::from("preferred"),
        // An endpoint of one's own seldom has a wildcard in its DNS.
        "AWS::S3::ForcePathStyle" => Value::Bool(context.configured.is_some()),
        "AWS::S3::UseArnRegion" | "AWS::S3Control::UseArnRegion" => Value::Bool(true),
        // Everything else is an option that is off unless somebody asks for it.
        _ => Value::Unset,
    }
}
