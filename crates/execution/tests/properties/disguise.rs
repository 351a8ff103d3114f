//! The same definition in other words: other names, other order of members, Comments everywhere.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// Everything but the order of arrays changes, which means something.
pub(crate) fn disguised(definition: &Value, dice: &Dice) -> Value {
    commented(&shuffled(&renamed(definition), dice))
}

/// A name in the disguise sorts otherwise than its original and is not ASCII.
fn other_name(name: &str) -> Option<String> {
    let number = name.strip_prefix("st_")?.strip_suffix('_')?.parse::<u32>().ok()?;
    Some(format!("état {} ☃", 999 - number))
}

/// Takes the other names off a text.
pub(crate) fn unmasked(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("état ") {
        let (number, after) = after.split_once(" ☃").expect("the name is whole");
        let number: u32 = number.parse().expect("the name has a number");
        plain.push_str(&format!("{before}st_{}_", 999 - number));
        rest = after;
    }
    plain + rest
}

fn renamed(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(other_name(text).as_deref().unwrap_or(text)),
        Value::Array(items) => items.iter().map(renamed).collect(),
        Value::Object(members) => {
            let rename = |(name, value): (&String, &Value)| {
                (other_name(name).unwrap_or_else(|| name.clone()), renamed(value))
            };
            Value::Object(members.iter().map(rename).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn shuffled(value: &Value, dice: &Dice) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| shuffled(item, dice)).collect(),
        Value::Object(members) => {
            let mut members: Vec<(u64, &String, &Value)> =
                members.iter().map(|(name, value)| (dice.draw(), name, value)).collect();
            members.sort_by_key(|(drawn, ..)| *drawn);
            let members = members.into_iter().map(|(_, name, value)| (name.clone(), shuffled(value, dice)));
            Value::Object(members.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A Comment in every block, state, retrier, catcher and rule: the objects with one of these members.
fn commented(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(commented).collect(),
        Value::Object(members) => {
            let takes_comment =
                ["Type", "States", "ErrorEquals", "Next"].iter().any(|name| members.contains_key(*name));
            let mut with: Map<String, Value> = Map::new();
            if takes_comment {
                with.insert("Comment".into(), json!("says nothing"));
            }
            with.extend(members.iter().map(|(name, value)| (name.clone(), commented(value))));
            Value::Object(with)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
