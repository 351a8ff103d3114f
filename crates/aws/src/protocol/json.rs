//! AWS JSON 1.0 and 1.1, and the JSON bodies of REST-JSON.
//!
//! Here: values by shape, both ways. A member without value (null) is left out; an element keeps its place.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::draft::Draft;
use super::input::{self, InputError, Path};
use super::scalar::{self, Scalar};
use super::timestamp;
use crate::model::{Kind, Operation, Place, Shape, TimestampFormat};

/// What stands where a success cannot be read.
pub(super) type Unreadable = String;

pub(super) fn build(operation: Operation<'_>, input: &Map<String, Value>) -> Result<Draft, InputError> {
    let service = operation.service();
    let mut draft = Draft { path: "/".to_owned(), ..Draft::default() };
    let target = service.target_prefix().unwrap_or_default();
    draft.header("X-Amz-Target", format!("{target}.{}", operation.name()));
    let version = service.json_version().unwrap_or("1.0");
    draft.header("Content-Type", format!("application/x-amz-json-{version}"));
    if service.is_query_compatible() {
        draft.header("x-amzn-query-mode", "true");
    }
    let body = match operation.input() {
        Some(place) => structure(place, input, Path::ROOT)?,
        None => nothing_but(input)?,
    };
    draft.body = Bytes::from(Value::Object(body).to_string());
    Ok(draft)
}

pub(super) fn parse(
    operation: Operation<'_>,
    response: &Response<Bytes>,
) -> Result<Map<String, Value>, Unreadable> {
    let Some(place) = operation.output() else { return Ok(Map::new()) };
    let body = body(response.body())?;
    match read(place, &body) {
        Value::Object(members) => Ok(members),
        _ => Err("expected an object in the body".to_owned()),
    }
}

/// The JSON of a body; an empty one counts as an empty object.
pub(super) fn body(bytes: &[u8]) -> Result<Value, Unreadable> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(bytes).map_err(|error| format!("expected JSON in the body: {error}"))
}

/// An operation without input takes an empty object.
pub(super) fn nothing_but(input: &Map<String, Value>) -> Result<Map<String, Value>, InputError> {
    match input.keys().next() {
        Some(name) => Err(Path::ROOT.name(name).unknown()),
        None => Ok(Map::new()),
    }
}

pub(super) fn structure(
    place: Place<'_>,
    members: &Map<String, Value>,
    path: Path<'_>,
) -> Result<Map<String, Value>, InputError> {
    let shape = place.shape();
    let mut written = Map::new();
    for (name, value) in members {
        let path = path.name(name);
        let member = shape.member(name).ok_or_else(|| path.unknown())?;
        if !value.is_null() {
            written.insert(member.wire_name_or_own().to_owned(), write(member, value, path)?);
        }
    }
    Ok(written)
}

pub(super) fn write(place: Place<'_>, value: &Value, path: Path<'_>) -> Result<Value, InputError> {
    let shape = place.shape();
    if shape.is_document() {
        return Ok(value.clone());
    }
    match shape.kind() {
        Kind::Structure => Ok(Value::Object(structure(place, input::members(value, path)?, path)?)),
        Kind::List => {
            let element = shape.element().expect("a list has elements");
            let elements = input::elements(value, path)?.iter().enumerate();
            elements.map(|(index, value)| write_or_null(element, value, path.index(index))).collect()
        }
        Kind::Map => {
            let (_, entry) = shape.entry().expect("a map has entries");
            let entries = input::members(value, path)?.iter();
            let written =
                entries.map(|(key, value)| Ok((key.clone(), write_or_null(entry, value, path.name(key))?)));
            Ok(Value::Object(written.collect::<Result<_, _>>()?))
        }
        _ => Ok(match scalar::read(place, value, path)? {
            Scalar::Text(text) => Value::String(text.to_owned()),
            Scalar::Integer(number) => Value::from(number),
            Scalar::Float(number) => scalar::float_json(number),
            Scalar::Boolean(truth) => Value::Bool(truth),
            Scalar::Blob(bytes) => Value::String(scalar::base64(&bytes)),
            Scalar::Time(time) => {
                timestamp::json(time, place.timestamp_format().unwrap_or(TimestampFormat::UnixSeconds))
            }
        }),
    }
}

fn write_or_null(place: Place<'_>, value: &Value, path: Path<'_>) -> Result<Value, InputError> {
    if value.is_null() { Ok(Value::Null) } else { write(place, value, path) }
}

/// The members of a structure that travel in the body.
pub(super) fn read_members(shape: Shape<'_>, body: &Value) -> Map<String, Value> {
    let mut members = Map::new();
    for member in shape.members() {
        match body.get(member.wire_name_or_own()) {
            None | Some(Value::Null) => {}
            Some(value) => {
                members.insert(member.name().to_owned(), read(member, value));
            }
        }
    }
    members
}

/// What a service wrote, by the model. What is not as the model says stays as it is.
pub(super) fn read(place: Place<'_>, value: &Value) -> Value {
    let shape = place.shape();
    if shape.is_document() {
        return value.clone();
    }
    match (shape.kind(), value) {
        (Kind::Structure, Value::Object(_)) => Value::Object(read_members(shape, value)),
        (Kind::List, Value::Array(elements)) => {
            let element = shape.element().expect("a list has elements");
            Value::Array(elements.iter().map(|value| read(element, value)).collect())
        }
        (Kind::Map, Value::Object(entries)) => {
            let (_, entry) = shape.entry().expect("a map has entries");
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), read(entry, value))).collect())
        }
        (Kind::Timestamp, Value::Number(_) | Value::String(_)) => match timestamp::from_json(value) {
            Some(time) => Value::String(timestamp::iso8601(time)),
            None => value.clone(),
        },
        (Kind::Boolean | Kind::Integer | Kind::Long | Kind::Float | Kind::Double, Value::String(text)) => {
            scalar::from_text(shape.kind(), text)
        }
        _ => value.clone(),
    }
}
