//! One expression by itself, as people try it: no state, no execution around it.
//!
//! Here: the way in for a path and for a call of an intrinsic function, given as texts.
//! Not here: the context object, which only an execution has, and JSONata (`jsonata`, the crate).
//! INVARIANT: what an expression gives or fails with here is what it gives or fails with in a state.

#[cfg(test)]
mod tests;

use super::jsonpath::intrinsic::Call;
use super::jsonpath::{Path, Root, SyntaxError};
use super::{Budget, ContextObject, Entropy, EvaluationError, Interrupted, Scope, Variables, View};
use crate::error_name::{DATA_LIMIT_EXCEEDED, RUNTIME};
use crate::json::{Document, Value};
use crate::limits::{ALONE_TEXT_BYTES_MAX, ALONE_UNITS};

/// What an expression may look at when it stands alone.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// `$`
    pub input: &'a Document,
    /// `$name`
    pub variables: &'a Variables,
    /// Chance for `States.UUID` and `States.MathRandom`.
    pub entropy: &'a Entropy,
}

/// Why there is no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// An error name; for a text that cannot be read, the code with which AWS refuses a definition.
    pub code: &'static str,
    pub message: String,
    /// The character of the text at which it cannot be read on, from 1.
    pub position: Option<usize>,
}

/// The value of a path; an indefinite one gives an array.
pub fn evaluate_path(text: &str, given: Given<'_>) -> Result<Document, Refused> {
    let path = Path::parse(text)?;
    without_context(&[&path])?;
    evaluate(given, |view| view.value_at(&path))
}

/// The value of a call such as `States.Format('{}', $.name)`.
pub fn evaluate_intrinsic(text: &str, given: Given<'_>) -> Result<Document, Refused> {
    let call = Call::parse(text)?;
    let mut paths = Vec::new();
    call.paths(&mut paths);
    without_context(&paths)?;
    evaluate(given, |view| call.evaluate(view))
}

fn without_context(paths: &[&Path]) -> Result<(), Refused> {
    match paths.iter().find(|path| *path.root() == Root::Context) {
        None => Ok(()),
        Some(path) => Err(refused(
            RUNTIME,
            format!(
                "expected a path from `$` or from a variable, found `{}`: only an execution has a context object",
                path.text()
            ),
        )),
    }
}

fn evaluate(
    given: Given<'_>,
    value: impl FnOnce(View<'_>) -> Result<Value, Interrupted>,
) -> Result<Document, Refused> {
    let scope = Scope {
        input: given.input,
        context: &no_context(given.input),
        variables: given.variables,
        entropy: given.entropy,
        budget: &Budget::new(ALONE_UNITS),
        now_ms: 0,
        seen: None,
    };
    let value = value(View { scope: &scope, input: given.input })?;
    Document::from_value_within(value, ALONE_TEXT_BYTES_MAX).ok_or_else(|| {
        let message = format!("expected a value of at most {ALONE_TEXT_BYTES_MAX} bytes, found a larger one");
        refused(DATA_LIMIT_EXCEEDED, message)
    })
}

/// A scope has a context object; no expression that looks at it comes as far as this.
fn no_context(input: &Document) -> ContextObject<'_> {
    ContextObject {
        execution_id: "",
        execution_input: input,
        execution_name: "",
        role_arn: Some(""),
        start_time_ms: 0,
        redrive_count: Some(0),
        redrive_time_ms: None,
        state_machine_id: "",
        state_machine_name: "",
        state_name: "",
        state_entered_time_ms: 0,
        retry_count: None,
        task_token: None,
        map_item: None,
        given: None,
    }
}

fn refused(code: &'static str, message: String) -> Refused {
    Refused { code, message, position: None }
}

impl From<SyntaxError> for Refused {
    fn from(error: SyntaxError) -> Refused {
        Refused { code: "SCHEMA_VALIDATION_FAILED", message: error.reason, position: error.position }
    }
}

impl From<Interrupted> for Refused {
    fn from(interrupted: Interrupted) -> Refused {
        match interrupted {
            Interrupted::Failed(EvaluationError { error, cause, .. }) => refused(error, cause),
            // A state would go on with more on a thread of its own; here nothing could stop it.
            Interrupted::OverBudget => {
                refused(RUNTIME, format!("expected at most {ALONE_UNITS} units of work, found more"))
            }
        }
    }
}
