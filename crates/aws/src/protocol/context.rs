//! What the endpoint of a call depends on: the parameters of the endpoint's rules that the operation fixes
//! or that stand in its input.
//!
//! Here: finding them. The models say where, some with a path in a small part of JMESPath: names, `[*]`,
//! `[a.b, c.d]`, `[]` and `keys()`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::Operation;

pub(super) fn parameters(operation: Operation<'_>, input: &Map<String, Value>) -> BTreeMap<String, Value> {
    let mut parameters = BTreeMap::new();
    for (name, path) in operation.context_parameter_paths() {
        if let Some(value) = at_path(path, input) {
            parameters.insert(name.to_owned(), value);
        }
    }
    for member in operation.input().into_iter().flat_map(|place| place.shape().members()) {
        let Some(name) = member.context_parameter() else { continue };
        if let Some(value @ (Value::String(_) | Value::Bool(_))) = input.get(member.name()) {
            parameters.insert(name.to_owned(), value.clone());
        }
    }
    for (name, json) in operation.static_context_parameters() {
        let value = serde_json::from_str(json).expect("the model file holds JSON that Python wrote");
        parameters.insert(name.to_owned(), value);
    }
    parameters
}

/// The text at a path, or the list of texts where the path can lead to several.
fn at_path(path: &str, input: &Map<String, Value>) -> Option<Value> {
    let texts = |values: Vec<&Value>| {
        Value::Array(values.into_iter().filter(|value| value.is_string()).cloned().collect())
    };
    if let Some(inner) = path.strip_prefix("keys(").and_then(|rest| rest.strip_suffix(')')) {
        let object = members(inner, input)?.first()?.as_object()?;
        return Some(Value::Array(object.keys().map(|key| Value::from(key.as_str())).collect()));
    }
    let found = members(path, input)?;
    if path.contains('[') {
        return Some(texts(found));
    }
    found.first().filter(|value| value.is_string()).map(|value| (*value).clone())
}

fn members<'v>(path: &str, input: &'v Map<String, Value>) -> Option<Vec<&'v Value>> {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let mut values = Vec::new();
    select(input.get(&path[..end])?, &path[end..], &mut values);
    Some(values)
}

fn select<'v>(value: &'v Value, path: &str, found: &mut Vec<&'v Value>) {
    if path.is_empty() {
        found.push(value);
    } else if let Some(rest) = path.strip_prefix("[*]") {
        for element in value.as_array().into_iter().flatten() {
            select(element, rest, found);
        }
    } else if let Some(rest) = path.strip_prefix("[]") {
        // What was found is one list already.
        select(value, rest, found);
    } else if let Some(rest) = path.strip_prefix('.') {
        select(value, rest, found);
    } else if let Some((choices, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        for choice in choices.split(',') {
            select(value, &format!("{}{rest}", choice.trim()), found);
        }
    } else {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        if let Some(member) = value.get(&path[..end]) {
            select(member, &path[end..], found);
        }
    }
}
