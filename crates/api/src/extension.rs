//! What this server has beside AWS's operations, under `/stairway/` and at `/metrics`; all of it only reads.
//!
//! - `GET /metrics`: the metrics, as Prometheus reads them.
//! - `GET /stairway/executions/{arn}/end?wait=60`: DescribeExecution's answer, given when the execution
//!   has ended, or as it stands after `wait` seconds.
//! - `GET /stairway/executions/{arn}/waits`: what the execution waits for.

mod waits;

use std::borrow::Cow;
use std::time::Duration;

use hyper::Method;

use crate::api::Call;
use crate::caller::is_signed;
use crate::domain::{ExecutionArn, ReadError};
use crate::error::ApiError;
use crate::operation::describe_execution::shown;
use crate::reply::Reply;

/// LIMIT: seconds that a waiting request may ask for: what AWS's own long poll takes.
const WAIT_SECONDS_MAX: u64 = 60;

#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Extension {
    Metrics,
    ExecutionEnd { arn: String, wait: Duration },
    ExecutionWaits { arn: String },
}

impl Extension {
    pub(crate) fn of(method: &Method, path: &str, query: Option<&str>) -> Result<Extension, ApiError> {
        let nothing = || ApiError::NoSuchAddress(path.to_owned());
        if *method != Method::GET {
            return Err(nothing());
        }
        if path == "/metrics" {
            return Ok(Extension::Metrics);
        }
        let (arn, asked) = path
            .strip_prefix("/stairway/executions/")
            .and_then(|rest| rest.rsplit_once('/'))
            .and_then(|(arn, asked)| Some((percent_decoded(arn)?.into_owned(), asked)))
            .ok_or_else(nothing)?;
        match asked {
            "end" => Ok(Extension::ExecutionEnd { arn, wait: wait_of(query)? }),
            "waits" => Ok(Extension::ExecutionWaits { arn }),
            _ => Err(nothing()),
        }
    }

    pub(crate) async fn run(self, call: &Call<'_>) -> Result<Reply, ApiError> {
        match self {
            Extension::Metrics => {
                let telemetry =
                    call.telemetry.ok_or_else(|| ApiError::NoSuchAddress("/metrics".to_owned()))?;
                Ok(Reply::metrics(telemetry.metrics()))
            }
            Extension::ExecutionEnd { arn, wait } => execution_end(call, &arn, wait).await,
            Extension::ExecutionWaits { arn } => execution_waits(call, &arn).await,
        }
    }
}

async fn execution_end(call: &Call<'_>, text: &str, wait: Duration) -> Result<Reply, ApiError> {
    let arn = execution_of(call, text)?;
    let found = tokio::select! {
        found = call.client.wait_for_end(&arn, wait) => found,
        () = call.stopping.begun() => call.client.describe_execution(&arn).await,
    };
    let execution = found.map_err(|error| read_error(error, text))?;
    Ok(Reply::json(shown(call, &execution, true)))
}

async fn execution_waits(call: &Call<'_>, text: &str) -> Result<Reply, ApiError> {
    let arn = execution_of(call, text)?;
    let waits = call.client.waits_of(&arn).await.map_err(|error| read_error(error, text))?;
    Ok(Reply::json(waits::shown(text, call.engine.now_ms(), &waits)))
}

fn read_error(error: ReadError, arn: &str) -> ApiError {
    match error {
        ReadError::DoesNotExist => ApiError::ExecutionNotFound(arn.to_owned()),
        ReadError::Unavailable => ApiError::Unavailable,
    }
}

/// The execution that the path names, if the caller may ask for it.
fn execution_of(call: &Call<'_>, text: &str) -> Result<ExecutionArn, ApiError> {
    let arn: ExecutionArn = text.parse()?;
    // A request without credentials (curl, a browser) is about the ARN's own account and region.
    if is_signed(call.headers) && arn.owner != call.owner {
        return Err(ApiError::ExecutionNotFound(text.to_owned()));
    }
    Ok(arn)
}

fn wait_of(query: Option<&str>) -> Result<Duration, ApiError> {
    let given =
        query.into_iter().flat_map(|query| query.split('&')).find_map(|part| part.strip_prefix("wait="));
    let seconds = match given {
        None => Some(WAIT_SECONDS_MAX),
        Some(text) => text.parse().ok().filter(|seconds| *seconds <= WAIT_SECONDS_MAX),
    };
    seconds.map(Duration::from_secs).ok_or_else(|| {
        ApiError::Validation(format!(
            "expected `wait` to be a number of seconds from 0 to {WAIT_SECONDS_MAX}, found `{}`",
            given.unwrap_or_default()
        ))
    })
}

/// None when an escape is broken or the result is not UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        let high = char::from(digits[0]).to_digit(16)?;
        let low = char::from(digits[1]).to_digit(16)?;
        out.push((high * 16 + low) as u8);
        rest = after;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests;
