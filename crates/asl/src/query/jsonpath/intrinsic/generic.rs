//! `States.Format`.

use std::sync::Arc;

use super::call::{Given, Outcome, Refusal};
use super::size::BoundedText;
use crate::json::Value;

/// The texts between the placeholders `{}`: always one more than there are placeholders.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Arc<str>>);

impl Pattern {
    /// Of a literal as it is written: an escaped brace is no placeholder.
    pub(super) fn of_literal(written: &str) -> Pattern {
        let mut texts = Vec::new();
        let mut text = String::new();
        let mut characters = written.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' => text.extend(characters.next()),
                '{' if characters.next_if_eq(&'}').is_some() => {
                    texts.push(std::mem::take(&mut text).into());
                }
                plain => text.push(plain),
            }
        }
        texts.push(text.into());
        Pattern(texts)
    }

    /// Of a text that came from data, where a backslash is a backslash.
    fn of_data(text: &str) -> Pattern {
        Pattern(text.split("{}").map(Arc::from).collect())
    }
}

/// `States.Format` with a pattern that is not written out in the definition.
pub(super) fn format_from_data(given: Given<'_>) -> Outcome {
    let pattern = Pattern::of_data(given.text(0)?);
    given.spend(pattern.0.len())?;
    format(&pattern, &given.values()[1..])
}

pub(super) fn format(pattern: &Pattern, values: &[Value]) -> Outcome {
    let placeholders = pattern.0.len() - 1;
    if placeholders != values.len() {
        return Err(Refusal::because(format!(
            "expected as many arguments as placeholders, found {} and {placeholders}",
            values.len()
        )));
    }
    let mut out = BoundedText::default();
    for (text, value) in pattern.0.iter().zip(values) {
        out.push(text)?;
        push_as_java(value, &mut out)?;
    }
    out.push(&pattern.0[placeholders])?;
    Ok(out.into_value())
}

/// Java's `toString`: AWS shows collections like this, `{Arg1=1, Arg2=[]}`, though it documents them as illegal.
fn push_as_java(value: &Value, out: &mut BoundedText) -> Outcome<()> {
    match value {
        Value::Null => out.push("null"),
        Value::Bool(true) => out.push("true"),
        Value::Bool(false) => out.push("false"),
        Value::Number(number) => out.push(&number.to_string()),
        Value::String(text) => out.push(text),
        Value::Array(items) => {
            out.push("[")?;
            for (at, item) in items.iter().enumerate() {
                out.push(if at > 0 { ", " } else { "" })?;
                push_as_java(item, out)?;
            }
            out.push("]")
        }
        Value::Object(members) => {
            out.push("{")?;
            for (at, (name, member)) in members.iter().enumerate() {
                out.push(if at > 0 { ", " } else { "" })?;
                out.push(name)?;
                out.push("=")?;
                push_as_java(member, out)?;
            }
            out.push("}")
        }
    }
}
