//! Reference paths that are written to: `ResultPath`.

use std::sync::Arc;

use super::{Path, Root, Step, SyntaxError};
use crate::json::{Object, Value};

/// A path of names and indexes from `$`.
#[derive(Clone, Debug)]
pub(crate) struct ReferencePath(Path);

/// The path does not fit the value that it should be written into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mismatch;

impl ReferencePath {
    /// A path that a result can be written to: not the context object, no variable.
    pub(crate) fn parse(text: &str) -> Result<ReferencePath, SyntaxError> {
        let path = Path::parse(text)?;
        if !path.is_reference() {
            return Err(SyntaxError::whole("expected only names and single indexes"));
        }
        match path.root {
            Root::Input => Ok(ReferencePath(path)),
            Root::Context => Err(SyntaxError::whole("the context object cannot be written to")),
            Root::Variable(_) => Err(SyntaxError::whole("a variable cannot be written to here")),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// `target` with `value` in the path's place. Missing objects on the way are made; an index must be
    /// there already. What is not touched stays shared with `target`.
    pub(crate) fn write(&self, target: &Value, value: Value) -> Result<Value, Mismatch> {
        let mut whole = target.clone();
        let mut place = &mut whole;
        for (at, step) in self.0.steps.iter().enumerate() {
            place = match (step, place) {
                (Step::Member(name), Value::Object(members)) => {
                    let is_last = at + 1 == self.0.steps.len();
                    let made = || if is_last { Value::Null } else { Value::empty_object() };
                    Arc::<Object>::make_mut(members).entry(name.clone()).or_insert_with(made)
                }
                (Step::Index(index), Value::Array(items)) => {
                    let index = if *index < 0 { index + items.len() as i64 } else { *index };
                    let index = usize::try_from(index).map_err(|_| Mismatch)?;
                    Arc::make_mut(items).get_mut(index).ok_or(Mismatch)?
                }
                _ => return Err(Mismatch),
            };
        }
        *place = value;
        Ok(whole)
    }
}
