//! JSON text as the engine's values: only what an expression reads of it, and not deeper than a stack can
//! bear.

use std::fmt;

use jlens_core::reads::Read;
use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::limits::JSON_DEPTH_MAX;

/// Reads JSON, or says what is wrong with it.
pub(crate) fn read(text: &str, read: &Read) -> Result<Value, String> {
    // The reader bounds nesting to 128 levels unless told otherwise, which it is only for what needs it.
    let error = match read_with(serde_json::Deserializer::from_str(text), read) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match nesting(text) {
        0..128 => Err(format!("expected JSON, found {error}")),
        128..=JSON_DEPTH_MAX => {
            let mut reader = serde_json::Deserializer::from_str(text);
            reader.disable_recursion_limit();
            read_with(reader, read).map_err(|error| format!("expected JSON, found {error}"))
        }
        _ => Err(format!("expected JSON of at most {JSON_DEPTH_MAX} levels, found more")),
    }
}

fn read_with(
    mut reader: serde_json::Deserializer<serde_json::de::StrRead<'_>>,
    read: &Read,
) -> Result<Value, serde_json::Error> {
    let value = Part(read).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads the part of a value that is needed: of an object some fields, of an array those of each item.
struct Part<'r>(&'r Read);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        match self.0 {
            Read::Whole => Value::deserialize(reader),
            Read::Fields(_) => reader.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(Part(self.0))? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match self.0.fields().and_then(|fields| fields.get(&name)) {
                Some(part) => {
                    read.insert(name, members.next_value_seed(Part(part))?);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(read))
    }
}

/// How deep brackets nest, at least as deep as the reader will go.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = in_string && byte == b'\\' && !escaped;
        deepest = deepest.max(depth);
    }
    deepest
}

/// The bytes of the longest string or name in a JSON text, escapes counted as they are written.
pub(crate) fn longest_text(text: &str) -> usize {
    let (mut longest, mut begins, mut escaped) = (0, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (byte, begins) {
            (b'"', None) => begins = Some(at + 1),
            (b'"', Some(start)) if !escaped => {
                longest = longest.max(at - start);
                begins = None;
            }
            _ => {}
        }
        escaped = begins.is_some() && byte == b'\\' && !escaped;
    }
    longest
}
