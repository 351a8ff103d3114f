//! Logging, tracing and encryption of a state machine or activity: shapes, rules, and the JSON texts in
//! which they are kept and shown again.
//!
//! Texts are canonical: equal configurations have equal texts, so the catalog compares texts.

use std::sync::Arc;

use serde::Deserialize;

use super::constraint::Constraints;
use super::escape::push_string;
use super::json::Json;
use super::limits;
use super::member::{Boolean, Integer, Structure, Text};
use crate::error::ApiError;

pub(crate) const LOGGING_OFF: &str = r#"{"level":"OFF","includeExecutionData":false}"#;
pub(crate) const TRACING_OFF: &str = r#"{"enabled":false}"#;
const TRACING_ON: &str = r#"{"enabled":true}"#;
pub(crate) const AWS_OWNED_KEY: &str = r#"{"type":"AWS_OWNED_KEY"}"#;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Logging<'a> {
    level: Option<Text<'a>>,
    include_execution_data: Option<Boolean>,
    destinations: Option<Vec<Structure<LogDestination<'a>>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct LogDestination<'a> {
    cloud_watch_logs_log_group: Option<Structure<LogGroup<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct LogGroup<'a> {
    log_group_arn: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Tracing {
    enabled: Option<Boolean>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Encryption<'a> {
    kms_key_id: Option<Text<'a>>,
    kms_data_key_reuse_period_seconds: Option<Integer>,
    r#type: Option<Text<'a>>,
}

impl Logging<'_> {
    pub(crate) fn check(&self, constraints: &mut Constraints) {
        constraints.one_of("loggingConfiguration.level", &self.level, limits::LOG_LEVEL);
        for (index, destination) in self.destinations.iter().flatten().enumerate() {
            if let Some(group) = &destination.cloud_watch_logs_log_group {
                let at = format!(
                    "loggingConfiguration.destinations.{}.member.cloudWatchLogsLogGroup.logGroupArn",
                    index + 1
                );
                constraints.optional(at, &group.log_group_arn, &limits::ARN);
            }
        }
    }

    /// The text to keep. Whether the log group exists shows when something is delivered to it.
    pub(crate) fn canonical(&self) -> Result<Arc<str>, ApiError> {
        let level = self.level.as_deref().unwrap_or("OFF");
        let groups = self.destinations.iter().flatten().map(|destination| {
            destination.cloud_watch_logs_log_group.as_ref().and_then(|group| group.log_group_arn.as_deref())
        });
        let groups: Vec<&str> =
            groups.collect::<Option<_>>().ok_or(ApiError::InvalidLogging(ONE_DESTINATION))?;
        if groups.len() > 1 || (level != "OFF" && groups.is_empty()) {
            return Err(ApiError::InvalidLogging(ONE_DESTINATION));
        }
        if !groups.iter().all(|arn| is_log_group(arn)) {
            return Err(ApiError::InvalidLogging("Log Destination not found."));
        }
        let include = self.include_execution_data.is_some_and(|include| include.0);
        Ok(logging_text(level, include, groups.first().copied()).into())
    }
}

const ONE_DESTINATION: &str = "Must specify exactly one Log Destination.";

fn logging_text(level: &str, include_execution_data: bool, group: Option<&str>) -> String {
    let mut out = format!(r#"{{"level":"{level}","includeExecutionData":{include_execution_data}"#);
    if let Some(arn) = group {
        let mut escaped = Vec::new();
        push_string(&mut escaped, arn);
        out.push_str(r#","destinations":[{"cloudWatchLogsLogGroup":{"logGroupArn":"#);
        out.push_str(&String::from_utf8_lossy(&escaped));
        out.push_str("}}]");
    }
    out.push('}');
    out
}

/// `arn:<partition>:logs:<region>:<account>:log-group:<name>:*`
fn is_log_group(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [prefix, _, service, _, _, resource] = parts[..] else { return false };
    let name = resource.strip_prefix("log-group:").and_then(|rest| rest.strip_suffix(":*"));
    prefix == "arn" && service == "logs" && name.is_some_and(|name| !name.is_empty())
}

impl Tracing {
    pub(crate) fn canonical(&self) -> Arc<str> {
        if self.enabled.is_some_and(|enabled| enabled.0) { TRACING_ON.into() } else { TRACING_OFF.into() }
    }
}

impl Encryption<'_> {
    pub(crate) fn check(&self, constraints: &mut Constraints) {
        constraints.optional("encryptionConfiguration.kmsKeyId", &self.kms_key_id, &limits::KMS_KEY_ID);
        constraints.number(
            "encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
            self.kms_data_key_reuse_period_seconds,
            &limits::KMS_REUSE_SECONDS,
        );
        if self.r#type.is_none() {
            constraints.missing("encryptionConfiguration.type");
        }
        constraints.one_of("encryptionConfiguration.type", &self.r#type, limits::ENCRYPTION_TYPE);
    }

    /// The text to keep; none for the default. The key is named and nothing is encrypted with it: that
    /// is told in `docs/deviations.md`.
    pub(crate) fn canonical(&self) -> Result<Option<Arc<str>>, ApiError> {
        let reuse = self.kms_data_key_reuse_period_seconds;
        if self.r#type.as_deref() != Some("CUSTOMER_MANAGED_KMS_KEY") {
            if self.kms_key_id.is_some() || reuse.is_some() {
                return Err(ApiError::InvalidEncryption(
                    "A KMS key and its reuse period need the type CUSTOMER_MANAGED_KMS_KEY.",
                ));
            }
            return Ok(None);
        }
        let key = self
            .kms_key_id
            .as_deref()
            .ok_or(ApiError::InvalidEncryption("The type CUSTOMER_MANAGED_KMS_KEY needs a KMS key."))?;
        let mut json = Json::object();
        json.string("kmsKeyId", key)
            .number(
                "kmsDataKeyReusePeriodSeconds",
                reuse.map_or(KMS_REUSE_SECONDS_DEFAULT, |Integer(seconds)| seconds),
            )
            .string("type", "CUSTOMER_MANAGED_KMS_KEY");
        Ok(Some(String::from_utf8_lossy(&json.finish()).into()))
    }
}

/// LIMIT: how long a data key is used again when nothing else is said (`spec/features.md` 1.1, Encryption).
const KMS_REUSE_SECONDS_DEFAULT: i64 = 300;

#[cfg(test)]
mod tests;
