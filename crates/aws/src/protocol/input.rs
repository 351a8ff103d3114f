//! What can be wrong with an input, and the names of places in it.
//!
//! INVARIANT: a message names the place, says what was expected and what was found.

use std::fmt;

use serde_json::{Map, Value};
use thiserror::Error;

/// Why no request can be made of an input.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum InputError {
    #[error("`{path}` is not a parameter of this operation")]
    Unknown { path: String },
    #[error("expected {expected} for `{path}`, found {found}")]
    Kind { path: String, expected: &'static str, found: &'static str },
    #[error("expected {expected} for `{path}`")]
    Text { path: String, expected: &'static str },
    #[error("expected a value for `{name}`, which is part of the address, found none")]
    Missing { name: String },
    #[error("`{operation}` talks in an event stream, which is not supported")]
    EventStream { operation: String },
    #[error("expected a checksum algorithm that is not XXHASH, found `{algorithm}`")]
    Checksum { algorithm: String },
    #[error("the address or a header of the request is not valid: {reason}")]
    Http { reason: String },
}

/// A place in the input, kept on the stack while it is walked.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl Path<'_> {
    pub(super) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    pub(super) fn name<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path { parent: Some(self), step: Step::Name(name) }
    }

    pub(super) fn index(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    pub(super) fn unknown(&self) -> InputError {
        InputError::Unknown { path: self.to_string() }
    }

    pub(super) fn kind(&self, expected: &'static str, found: &Value) -> InputError {
        InputError::Kind { path: self.to_string(), expected, found: kind_name(found) }
    }

    pub(super) fn text(&self, expected: &'static str) -> InputError {
        InputError::Text { path: self.to_string(), expected }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        match self.step {
            Step::Root => Ok(()),
            Step::Name(name) if parent.parent.is_none() => f.write_str(name),
            Step::Name(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

pub(super) fn members<'v>(value: &'v Value, path: Path<'_>) -> Result<&'v Map<String, Value>, InputError> {
    value.as_object().ok_or_else(|| path.kind("an object", value))
}

pub(super) fn elements<'v>(value: &'v Value, path: Path<'_>) -> Result<&'v [Value], InputError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| path.kind("an array", value))
}

fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
