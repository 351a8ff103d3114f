//! Parameters on their way in: Step Functions' names to the model's, JSON to what the model wants.
//!
//! Here: one walk that converts and says everything that is wrong, in AWS's words. JSON for a string
//! becomes its text; any JSON for bytes becomes the bytes of its text, strings with their quotes.
//! INVARIANT: the walk goes on behind a mistake; whoever reads the problems sees all of them.

use serde_json::{Map, Value};

use super::names::{self, Naming};
use super::nearest::nearest;
use super::way::{Step, Way};
use crate::model::{Kind, Operation, Place, Shape};
use crate::protocol;

/// LIMIT: names of one call for which the nearest is searched; each search compares all members of a structure.
pub(super) const SEARCHES_MAX: usize = 20;

/// Something that is wrong with parameters or with a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub kind: ProblemKind,
    /// The object that has the problem, as a JSON pointer from the parameters on: empty for themselves.
    pub path: String,
    /// The field of that object; empty where the object itself is wrong.
    pub field: String,
    /// In the words of AWS.
    pub message: String,
    /// The name that may have been meant.
    pub nearest: Option<String>,
}

/// What kind of thing is wrong. AWS's own check of a definition does not find all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// A name that the operation does not know.
    UnknownField,
    /// Something required is not there.
    Missing,
    /// A value of the wrong kind.
    WrongKind,
    /// A value outside its bounds, or none of the expected ones.
    OutOfBounds,
}

/// The input of an operation out of the parameters of a task, or all that is wrong with them.
pub fn to_input(operation: Operation<'_>, parameters: &Value) -> Result<Value, Vec<Problem>> {
    let mut walk = Walk { knows_values: true, searches_left: SEARCHES_MAX, problems: Vec::new() };
    let input = walk.parameters(operation, parameters);
    if walk.problems.is_empty() { Ok(input) } else { Err(walk.problems) }
}

pub(super) struct Walk {
    /// False for a definition, in which a value may yet have to be computed.
    pub(super) knows_values: bool,
    /// For how many more unknown names the nearest may be searched.
    pub(super) searches_left: usize,
    pub(super) problems: Vec<Problem>,
}

impl Walk {
    pub(super) fn parameters(&mut self, operation: Operation<'_>, parameters: &Value) -> Value {
        let nothing = Map::new();
        let members = match parameters {
            Value::Object(members) => members,
            Value::Null => &nothing,
            _ if self.is_unknown(parameters) => return Value::Null,
            _ => {
                let message = "the parameters of a call must be an object".to_owned();
                self.report(ProblemKind::WrongKind, (&Way::NONE, ""), message, None);
                return Value::Null;
            }
        };
        match operation.input() {
            Some(place) => self.structure(place, members, &Way::NONE),
            None => {
                for given in members.keys() {
                    let name = self.bare_name(given);
                    let message = unsupported_field(name);
                    self.report(ProblemKind::UnknownField, (&Way::NONE, name), message, None);
                }
                Value::Object(Map::new())
            }
        }
    }

    fn structure(&mut self, place: Place<'_>, members: &Map<String, Value>, way: &Way<'_>) -> Value {
        let shape = place.shape();
        let mut written = Map::new();
        let mut found = Vec::new();
        for (given, value) in members {
            let name = self.bare_name(given);
            let Some(member) = names::find_member(shape, name) else {
                let nearest = self.nearest_member(shape, name);
                self.report(ProblemKind::UnknownField, (way, name), unsupported_field(name), nearest);
                continue;
            };
            found.push(member.name());
            if name.len() < given.len() || value.is_null() || self.is_unknown(value) {
                continue;
            }
            let written_value = self.value(member, value, Step::Name(name), way);
            written.insert(member.name().to_owned(), written_value);
        }
        if !self.knows_values {
            self.require(place, &found, way);
        }
        Value::Object(written)
    }

    fn nearest_member(&mut self, shape: Shape<'_>, name: &str) -> Option<String> {
        self.searches_left = self.searches_left.checked_sub(1)?;
        let known: Vec<String> =
            shape.members().map(|member| names::member_name(member, Naming::Java)).collect();
        nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
    }

    /// `found`: the members that are given.
    fn require(&mut self, place: Place<'_>, found: &[&str], way: &Way<'_>) {
        for member in place.shape().members().filter(|member| member.is_required()) {
            if !found.contains(&member.name()) && !member.is_idempotency_token() {
                let name = names::member_name(member, Naming::Java);
                let message = format!("The field '{name}' is required but was missing");
                self.report(ProblemKind::Missing, (way, &name), message, None);
            }
        }
    }

    fn value(&mut self, place: Place<'_>, value: &Value, name: Step<'_>, way: &Way<'_>) -> Value {
        let shape = place.shape();
        if shape.is_document() || place.is_json_value() {
            return value.clone();
        }
        match (shape.kind(), value) {
            (_, Value::Null) => Value::Null,
            (Kind::Structure, Value::Object(members)) => self.structure(place, members, &way.to(name)),
            (Kind::List, Value::Array(elements)) => {
                let element = shape.element().expect("a list has elements");
                let way = way.to(name);
                let written = elements.iter().enumerate().map(|(index, value)| {
                    if self.is_unknown(value) {
                        return Value::Null;
                    }
                    self.value(element, value, Step::Index(index), &way)
                });
                Value::Array(written.collect())
            }
            (Kind::Map, Value::Object(entries)) => {
                let (_, entry) = shape.entry().expect("a map has entries");
                let way = way.to(name);
                let written = entries.iter().filter_map(|(key, value)| {
                    let bare = self.bare_name(key);
                    if bare.len() < key.len() || self.is_unknown(value) {
                        return None;
                    }
                    Some((bare.to_owned(), self.value(entry, value, Step::Name(key), &way)))
                });
                Value::Object(written.collect())
            }
            // A template is not serialised before its values are known.
            (Kind::String | Kind::Blob, Value::Object(_) | Value::Array(_)) if !self.knows_values => {
                Value::Null
            }
            (Kind::String, Value::Object(_) | Value::Array(_)) => Value::String(value.to_string()),
            (Kind::Blob, _) => Value::String(protocol::to_base64(value.to_string().as_bytes())),
            (Kind::String, Value::String(_)) | (Kind::Boolean, Value::Bool(_)) => value.clone(),
            _ => self.number_or_time(place, value, name, way),
        }
    }

    fn number_or_time(&mut self, place: Place<'_>, value: &Value, name: Step<'_>, way: &Way<'_>) -> Value {
        if !protocol::is_scalar(place, value) {
            let message = if place.kind() == Kind::String {
                format!("The value for the field '{name}' must be a STRING")
            } else {
                format!("The value of the field '{name}' has an invalid format")
            };
            self.report(ProblemKind::WrongKind, (way, &name.to_string()), message, None);
        }
        value.clone()
    }

    /// A value that a definition only describes: `{% … %}` of JSONata.
    fn is_unknown(&self, value: &Value) -> bool {
        let Value::String(text) = value else { return false };
        let text = text.trim();
        !self.knows_values && text.starts_with("{%") && text.ends_with("%}")
    }

    /// The name without the `.$` that says that its value is a path.
    fn bare_name<'n>(&self, name: &'n str) -> &'n str {
        if self.knows_values { name } else { name.strip_suffix(".$").unwrap_or(name) }
    }

    fn report(
        &mut self,
        kind: ProblemKind,
        (way, field): (&Way<'_>, &str),
        message: String,
        nearest: Option<String>,
    ) {
        let (path, field) = (way.to_string(), field.to_owned());
        self.problems.push(Problem { kind, path, field, message, nearest });
    }
}

fn unsupported_field(name: &str) -> String {
    format!("The field \"{name}\" is not supported by Step Functions")
}
