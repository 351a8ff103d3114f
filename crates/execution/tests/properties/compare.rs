//! When two histories are the same.

use serde_json::Value;

use crate::disguise::unmasked;
use crate::drive::Run;

/// The events of a run as comparable texts: disguises taken off, members of objects in one order, in data
/// too.
pub(crate) fn events(run: &Run) -> Vec<Value> {
    run.history.iter().map(|event| canonical(event.to_json(true))).collect()
}

/// The same for each branch, without the numbers that depend on how branches interleave.
pub(crate) fn by_branch(run: &Run) -> Vec<(&str, Vec<String>)> {
    let events = events(run);
    let unnumbered = |at: &usize| {
        let mut event = events[*at].clone();
        let members = event.as_object_mut().expect("an event is an object");
        members.remove("id");
        members.remove("previousEventId");
        without_numbers(&event.to_string())
    };
    let branches = run.branches.iter();
    branches.map(|(place, events)| (&**place, events.iter().map(unnumbered).collect())).collect()
}

fn canonical(value: Value) -> Value {
    match value {
        Value::String(text) => text_of(&unmasked(&text)),
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.into_iter().map(|(name, value)| (unmasked(&name), canonical(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

fn text_of(text: &str) -> Value {
    if !text.contains(['{', '[']) {
        return text.into();
    }
    match serde_json::from_str(text) {
        Ok(data) => canonical(data),
        // A cause that quotes data: the order of members within it is not known, so its characters
        // are compared.
        Err(_) => {
            let mut characters: Vec<char> = text.chars().collect();
            characters.sort_unstable();
            Value::String(characters.into_iter().collect())
        }
    }
}

/// Causes name the event at which a state was entered.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split("event id #");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("event id #");
        plain.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    plain
}
