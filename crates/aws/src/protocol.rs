//! Requests and responses as AWS's protocols write them: JSON in, HTTP out, and back.
//!
//! Here: pure functions over a model and a value. Values carry the model's own member names; a blob is a
//! string in Base64, a timestamp RFC 3339 text (seconds since 1970 are taken too), NaN and the infinities
//! are strings. Event streams are refused. Not here: endpoints, signatures, retries, Step Functions' names.
//! INVARIANT: what a service answers never panics; what cannot be read is a `ServiceError`.

mod cbor;
mod checksum;
mod context;
mod draft;
mod failure;
mod input;
mod json;
mod query;
mod quirks;
mod rest;
mod rest_xml;
mod scalar;
#[cfg(test)]
mod tests;
mod timestamp;
mod xml;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value};

use crate::model::{Kind, Operation, Place, Protocol};
pub use failure::{ErrorKind, ServiceError};
pub use input::InputError;
use input::Path;

/// The request for an operation, its URI relative to the endpoint.
///
/// The token goes into the member that makes a repeated call harmless, when the input leaves it out.
pub fn build(
    operation: Operation<'_>,
    input: &Value,
    idempotency_token: Option<&str>,
) -> Result<Request<Bytes>, InputError> {
    build_with_body(operation, input, idempotency_token, None)
}

/// As `build`, with the bytes of the member that is the body given beside the input.
pub fn build_with_body(
    operation: Operation<'_>,
    input: &Value,
    idempotency_token: Option<&str>,
    body: Option<Bytes>,
) -> Result<Request<Bytes>, InputError> {
    if operation.has_event_stream() {
        return Err(InputError::EventStream { operation: operation.name().to_owned() });
    }
    let mut input = input::members(input, Path::ROOT)?.clone();
    if let Some(token) = idempotency_token {
        fill_in_token(operation, &mut input, token);
    }
    quirks::prepare(operation, &mut input);
    let mut draft = match operation.service().protocol() {
        Protocol::Json => json::build(operation, &input)?,
        Protocol::RestJson | Protocol::RestXml => rest::build(operation, &input, body)?,
        Protocol::Query | Protocol::Ec2 => query::build(operation, &input)?,
        Protocol::RpcV2Cbor => cbor::build(operation, &input)?,
    };
    quirks::complete(operation, &mut draft);
    checksum::apply(operation, &input, &mut draft)?;
    draft.host_prefix = host_prefix(operation, &input)?;
    draft.endpoint_parameters = context::parameters(operation, &input);
    draft.into_request(operation)
}

/// The result in a response, or what the service says went wrong.
pub fn parse(operation: Operation<'_>, response: &Response<Bytes>) -> Result<Value, Box<ServiceError>> {
    let (mut result, body) = parse_parts(operation, response)?;
    if let (Some(body), Some(payload), Value::Object(members)) =
        (body, output_payload(operation), &mut result)
    {
        members.insert(payload.name().to_owned(), Value::String(scalar::base64(&body)));
    }
    Ok(result)
}

/// As `parse`, with the bytes of a blob that is the whole body beside the result instead of in it.
pub fn parse_parts(
    operation: Operation<'_>,
    response: &Response<Bytes>,
) -> Result<(Value, Option<Bytes>), Box<ServiceError>> {
    if !response.status().is_success() || quirks::is_error_despite_success(operation, response) {
        return Err(Box::new(failure::parse(operation, response)));
    }
    let result = match operation.service().protocol() {
        Protocol::Json => json::parse(operation, response),
        Protocol::RestJson | Protocol::RestXml => rest::parse(operation, response),
        Protocol::Query | Protocol::Ec2 => query::parse(operation, response),
        Protocol::RpcV2Cbor => cbor::parse(operation, response),
    };
    let result = result.map_err(|unreadable| Box::new(failure::unreadable(response, &unreadable)))?;
    let body = output_payload(operation).map(|_| response.body().clone());
    Ok((Value::Object(result), body))
}

/// The blob that is the whole body of the operation's response.
pub fn output_payload(operation: Operation<'_>) -> Option<Place<'_>> {
    if !matches!(operation.service().protocol(), Protocol::RestJson | Protocol::RestXml) {
        return None;
    }
    operation.output()?.shape().payload().filter(|payload| payload.kind() == Kind::Blob)
}

/// Whether the value is one that the place takes, where it takes a scalar.
pub(crate) fn is_scalar(place: Place<'_>, value: &Value) -> bool {
    scalar::read(place, value, Path::ROOT).is_ok()
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    scalar::base64(bytes)
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    scalar::from_base64(text)
}

fn fill_in_token(operation: Operation<'_>, input: &mut Map<String, Value>, token: &str) {
    let Some(place) = operation.input() else { return };
    for member in place.shape().members().filter(|member| member.is_idempotency_token()) {
        if input.get(member.name()).is_none_or(Value::is_null) {
            input.insert(member.name().to_owned(), Value::String(token.to_owned()));
        }
    }
}

fn host_prefix(operation: Operation<'_>, input: &Map<String, Value>) -> Result<Option<String>, InputError> {
    let Some(template) = operation.host_prefix() else { return Ok(None) };
    let mut prefix = template.to_owned();
    for label in operation.input().into_iter().flat_map(|place| place.shape().members()) {
        if !label.is_host_label() {
            continue;
        }
        let Some(Value::String(value)) = input.get(label.name()) else {
            return Err(InputError::Missing { name: label.name().to_owned() });
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if value.is_empty() || !value.chars().all(fits) {
            let expected = "letters, digits, hyphens and periods, as a host name has";
            return Err(InputError::Text { path: label.name().to_owned(), expected });
        }
        prefix = prefix.replace(&format!("{{{}}}", label.name()), value);
    }
    Ok(Some(prefix))
}
