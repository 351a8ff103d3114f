//! `States.StringToJson`, `States.JsonToString` and `States.JsonMerge`.

use std::sync::Arc;

use super::call::{Given, Outcome, Refusal};
use super::size::within_payload;
use crate::json::{Document, Value};

/// A blank text is `null`.
pub(super) fn string_to_json(given: Given<'_>) -> Outcome {
    let text = given.text(0)?;
    given.spend_bytes(text.len())?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let document = Document::parse(text).map_err(|error| Refusal::because(error.message))?;
    let value = document.value();
    // Only where there can be one: most texts need no second look.
    Ok(if text.contains("-0") { with_plain_zeros(value) } else { value.clone() })
}

/// Java's integers know no `-0`.
fn with_plain_zeros(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_written_integer() == Some(0) => Value::from(0),
        Value::Array(items) => Value::Array(Arc::new(items.iter().map(with_plain_zeros).collect())),
        Value::Object(members) => Value::Object(Arc::new(
            members.iter().map(|(name, member)| (name.clone(), with_plain_zeros(member))).collect(),
        )),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Compact JSON; strings keep their quotes.
pub(super) fn json_to_string(given: Given<'_>) -> Outcome {
    let value = given.value(0);
    within_payload(value)?;
    Ok(Value::String(value.to_json().into()))
}

/// The members of both; where both have one, the second's value at the first's place.
pub(super) fn merge(given: Given<'_>) -> Outcome {
    let (first, second) = (given.object(0)?, given.object(1)?);
    if *given.value(2) != Value::Bool(false) {
        return Err(Refusal::because("expected false as argument 3: only shallow merging is supported"));
    }
    given.spend(first.len() + second.len())?;
    let mut merged = first.clone();
    merged.extend(second.iter().map(|(name, member)| (name.clone(), member.clone())));
    Ok(Value::Object(Arc::new(merged)))
}
