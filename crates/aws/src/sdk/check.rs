//! What can be said of parameters before a call, and of a result that only pretends to come from one.
//!
//! Here: definitions, in which values may be unknown yet, and the mocked results of TestState.

use serde_json::{Map, Value};

use super::integration::capitalised;
use super::names;
use super::parameters::{Problem, ProblemKind, SEARCHES_MAX, Walk};
use super::way::{Step, Way};
use crate::model::{Kind, Operation, Place, Shape};

/// Whether all that is required must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Completeness {
    /// TestState's STRICT.
    Required,
    /// TestState's PRESENT: what is there must be right.
    Present,
}

/// What the members of a result are called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// As the AWS SDK for Java: `Md5OfMessageBody`.
    Sdk,
    /// As optimized integrations: `MD5OfMessageBody`.
    Optimized,
}

/// Everything that is wrong with the parameters that a definition gives for an operation.
///
/// A name that ends in `.$` and a text in `{% %}` stand for values that are not known yet. For at most so many
/// unknown names the nearest is searched.
pub fn check_parameters(operation: Operation<'_>, parameters: &Value, searches_max: usize) -> Vec<Problem> {
    let searches_left = searches_max.min(SEARCHES_MAX);
    let mut walk = Walk { knows_values: false, searches_left, problems: Vec::new() };
    walk.parameters(operation, parameters);
    walk.problems
}

/// Everything that is wrong with a result. Fields that the model does not know are let pass, as AWS does.
pub fn check_result(
    operation: Operation<'_>,
    result: &Value,
    dialect: Dialect,
    completeness: Completeness,
) -> Vec<Problem> {
    let mut check = Check { dialect, completeness, problems: Vec::new() };
    if let (Some(place), Value::Object(members)) = (operation.output(), result) {
        check.structure(place.shape(), members, &Way::NONE, false);
    }
    check.problems
}

struct Check {
    dialect: Dialect,
    completeness: Completeness,
    problems: Vec<Problem>,
}

impl Check {
    fn structure(
        &mut self,
        shape: Shape<'_>,
        members: &Map<String, Value>,
        way: &Way<'_>,
        is_within_attribute: bool,
    ) {
        let naming = names::naming(shape, is_within_attribute);
        let is_within_attribute = is_within_attribute || names::is_attribute(shape);
        for member in shape.members() {
            let name = match self.dialect {
                Dialect::Sdk => names::member_name(member, naming),
                Dialect::Optimized => capitalised(member.name()),
            };
            match members.get(&name) {
                None | Some(Value::Null) => {
                    if member.is_required() && self.completeness == Completeness::Required {
                        self.report(
                            ProblemKind::Missing,
                            (way, &name),
                            format!("Required field '{name}' is missing"),
                        );
                    }
                }
                Some(value) => self.value(member, value, &name, way, is_within_attribute),
            }
        }
    }

    fn value(
        &mut self,
        place: Place<'_>,
        value: &Value,
        name: &str,
        way: &Way<'_>,
        is_within_attribute: bool,
    ) {
        let shape = place.shape();
        if shape.is_document() || place.is_json_value() {
            return;
        }
        let expected = match (shape.kind(), value) {
            (Kind::Structure, Value::Object(members)) => {
                self.structure(shape, members, &way.to(Step::Name(name)), is_within_attribute);
                return;
            }
            (Kind::List, Value::Array(elements)) => {
                let element = shape.element().expect("a list has elements");
                for value in elements {
                    self.value(element, value, name, &way.to(Step::Name(name)), is_within_attribute);
                }
                return;
            }
            (Kind::Map, Value::Object(entries)) => {
                let (_, entry) = shape.entry().expect("a map has entries");
                for (key, value) in entries {
                    self.value(entry, value, key, &way.to(Step::Name(name)), is_within_attribute);
                }
                return;
            }
            (Kind::String, Value::String(text)) => return self.text(shape, text, name, way),
            (Kind::Integer | Kind::Long | Kind::Float | Kind::Double, Value::Number(number)) => {
                return self.number(shape, number.as_f64(), name, way);
            }
            (Kind::Boolean, Value::Bool(_)) | (Kind::Timestamp | Kind::Blob, Value::String(_)) => return,
            (Kind::Structure | Kind::Map, _) => "an object",
            (Kind::List, _) => "an array",
            (Kind::String | Kind::Timestamp | Kind::Blob, _) => "a string",
            (Kind::Integer | Kind::Long | Kind::Float | Kind::Double, _) => "a number",
            (Kind::Boolean, _) => "a boolean",
        };
        self.report(ProblemKind::WrongKind, (way, name), format!("Field '{name}' must be {expected}"));
    }

    fn text(&mut self, shape: Shape<'_>, text: &str, name: &str, way: &Way<'_>) {
        let mut choices = shape.choices().peekable();
        if choices.peek().is_some() && !choices.any(|choice| choice == text) {
            self.report(
                ProblemKind::OutOfBounds,
                (way, name),
                format!("Field '{name}' is not an expected value"),
            );
        }
        let length = text.chars().count();
        let least = shape.min().and_then(|min| min.parse::<usize>().ok());
        if least.is_some_and(|least| length < least) {
            self.report(
                ProblemKind::OutOfBounds,
                (way, name),
                format!("Field '{name}' is smaller than the minimum length"),
            );
        }
    }

    fn number(&mut self, shape: Shape<'_>, number: Option<f64>, name: &str, way: &Way<'_>) {
        let bound = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
        let Some(number) = number else { return };
        if bound(shape.min()).is_some_and(|min| number < min) {
            self.report(
                ProblemKind::OutOfBounds,
                (way, name),
                format!("Field '{name}' is less than the minimum value"),
            );
        }
        if bound(shape.max()).is_some_and(|max| number > max) {
            self.report(
                ProblemKind::OutOfBounds,
                (way, name),
                format!("Field '{name}' exceeds the maximum value"),
            );
        }
    }

    fn report(&mut self, kind: ProblemKind, (way, field): (&Way<'_>, &str), message: String) {
        let (path, field) = (way.to_string(), field.to_owned());
        self.problems.push(Problem { kind, path, field, message, nearest: None });
    }
}
