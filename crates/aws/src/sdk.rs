//! The dialect that Step Functions speaks with AWS services (`arn:aws:states:::aws-sdk:<service>:<action>`).
//!
//! Here: its names for services, actions, members and errors; parameters on their way in, results on their
//! way out, and what can be checked before a call. Step Functions is written in Java, and its names are
//! those of the AWS SDK for Java with a capital in front: `DbInstanceIdentifier`, `SnsTopicArn`.
//! Not here: other integrations, which shape parameters and results in their own ways.
//! INVARIANT: parameters that pass `to_input` are accepted by `protocol::build`, addresses excepted.

mod check;
mod failure;
mod integration;
mod names;
mod nearest;
mod parameters;
mod result;
#[cfg(test)]
mod tests;
mod way;

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use crate::model::Operation;
use crate::protocol::{self, InputError};
pub use check::{Completeness, Dialect, check_parameters, check_result};
pub use failure::{Failure, failure};
pub use integration::{ActionError, Integration};
pub use nearest::nearest;
pub use parameters::{Problem, ProblemKind, to_input};
pub use result::to_result;

/// The request for an operation with parameters that `to_input` has made into an input.
///
/// A stream that is sent without a type is text, as the SDK for Java sends it.
pub fn build(
    operation: Operation<'_>,
    input: &Value,
    idempotency_token: Option<&str>,
) -> Result<Request<Bytes>, InputError> {
    let mut request = protocol::build(operation, input, idempotency_token)?;
    let payload = operation.input().and_then(|place| place.shape().payload());
    let sends_stream =
        payload.is_some_and(|payload| payload.is_streaming() && !input[payload.name()].is_null());
    if sends_stream && !request.headers().contains_key(CONTENT_TYPE) {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    }
    Ok(request)
}
