//! Names of results in optimized integrations: the model's own, with a capital in front.
//!
//! The AWS SDK integrations have other names (`aws::sdk`): `MD5OfMessageBody` here is `Md5OfMessageBody` there.

use aws::model::{Kind, Operation, Place};
use serde_json::{Map, Value};

pub(crate) fn capitalised(operation: Operation<'_>, result: Value) -> Value {
    match operation.output() {
        Some(place) => convert(place, result),
        None => Value::Object(Map::new()),
    }
}

fn convert(place: Place<'_>, value: Value) -> Value {
    let shape = place.shape();
    match (shape.kind(), value) {
        (Kind::Structure, Value::Object(mut members)) if !shape.is_document() => {
            let named = shape.members().filter_map(|member| {
                let value = members.remove(member.name())?;
                Some((capital(member.name()), convert(member, value)))
            });
            Value::Object(named.collect())
        }
        (Kind::List, Value::Array(elements)) => {
            let element = shape.element().expect("a list has elements");
            Value::Array(elements.into_iter().map(|value| convert(element, value)).collect())
        }
        // The keys of a map are data.
        (Kind::Map, Value::Object(entries)) => {
            let (_, entry) = shape.entry().expect("a map has entries");
            Value::Object(entries.into_iter().map(|(key, value)| (key, convert(entry, value))).collect())
        }
        (_, value) => value,
    }
}

fn capital(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use aws::sdk::Integration;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_begin_with_a_capital_and_keys_stay() {
        let check = |service: &str, action: &str, result: Value, expected: Value| {
            let operation = Integration::find(service).unwrap().operation(action).unwrap();
            assert_eq!(capitalised(operation, result), expected);
        };
        check("sqs", "sendMessage", json!({"MD5OfMessageBody": "m"}), json!({"MD5OfMessageBody": "m"}));
        check("sfn", "startExecution", json!({"executionArn": "a"}), json!({"ExecutionArn": "a"}));
        let item = json!({"Item": {"flag": {"BOOL": true}}});
        check("dynamodb", "getItem", item.clone(), item);
    }
}
