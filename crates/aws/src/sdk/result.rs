//! Results on their way out: the model's names to Step Functions', bytes to text.
//!
//! INVARIANT: members are in the order in which AWS writes them: by name, a stream behind them.

use serde_json::{Map, Value};

use super::names;
use crate::model::{Kind, Operation, Place};
use crate::protocol;

/// The result of a task out of what `protocol::parse` gives: names with capitals, bytes read as UTF-8.
pub fn to_result(operation: Operation<'_>, result: Value) -> Value {
    match operation.output() {
        Some(place) => convert(place, result, false),
        None => Value::Object(Map::new()),
    }
}

fn convert(place: Place<'_>, value: Value, is_within_attribute: bool) -> Value {
    let shape = place.shape();
    if shape.is_document() || place.is_json_value() {
        return value;
    }
    match (shape.kind(), value) {
        (Kind::Structure, Value::Object(mut members)) => {
            let naming = names::naming(shape, is_within_attribute);
            let is_within_attribute = is_within_attribute || names::is_attribute(shape);
            let mut named = Map::new();
            let mut stream = None;
            for member in shape.members() {
                let Some(value) = members.remove(member.name()) else { continue };
                let entry = (names::member_name(member, naming), convert(member, value, is_within_attribute));
                if member.is_streaming() {
                    stream = Some(entry);
                } else {
                    named.insert(entry.0, entry.1);
                }
            }
            named.sort_keys();
            named.extend(stream);
            Value::Object(named)
        }
        (Kind::List, Value::Array(elements)) => {
            let element = shape.element().expect("a list has elements");
            let elements = elements.into_iter().map(|value| convert(element, value, is_within_attribute));
            Value::Array(elements.collect())
        }
        (Kind::Map, Value::Object(entries)) => {
            let (_, entry) = shape.entry().expect("a map has entries");
            let entries =
                entries.into_iter().map(|(key, value)| (key, convert(entry, value, is_within_attribute)));
            Value::Object(entries.collect())
        }
        (Kind::Blob, Value::String(text)) => match protocol::from_base64(&text) {
            Some(bytes) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
            None => Value::String(text),
        },
        (_, value) => value,
    }
}
