//! JSONata in fields: `{% ... %}`, what `$states` stands for, and how an evaluation fails.
//!
//! Here: an expression of a field, its evaluation and its failures in AWS's words. `reader` finds the
//! expressions of a definition, `template` puts values into JSON, `fields` says what a state keeps.
//! Not here: the language itself (crate `jsonata`).
//! INVARIANT: an expression is compiled once, when its definition is read.

pub(crate) mod fields;
pub(crate) mod reader;
pub(crate) mod template;
#[cfg(test)]
mod tests;

use jsonata::{Binding, ErrorKind, Evaluation, Limits, Surroundings};

use super::context::Part;
use super::{EvaluationError, Interrupted, Scope};
use crate::definition::report::Way;
use crate::error_name::QUERY_EVALUATION_ERROR;
use crate::json::{Document, Value};
use crate::limits::{BOUND_BYTES_PER_UNIT, EXPRESSION_UNITS, SHORT_EVALUATION_BYTES, SHORT_EVALUATION_STEPS};
use crate::query::view::BYTES_PER_UNIT;

/// The expression of one field.
pub(crate) struct Expression {
    compiled: jsonata::Expression,
    /// Where it stands in its state: `Output/result`.
    field: Way,
    reads: Reads,
}

/// What of `$states` an expression reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    Nothing,
    /// All but the context, which is costly to put together.
    Data,
    Everything,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {{% {} %}}", self.field, self.compiled.text())
    }
}

/// What `$states` stands for while something of a state is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct States<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) outcome: Work<'a>,
}

/// What has become of the state's work.
#[derive(Clone, Copy)]
pub(crate) enum Work<'a> {
    /// Not begun, or the state has no result.
    Nothing,
    Result(&'a Document),
    ErrorOutput(&'a Document),
}

/// The type of value that a field needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Expected {
    Array,
    Boolean,
    Number,
    String,
}

impl<'a> States<'a> {
    /// Before the work: only the input and the context.
    pub(crate) fn before(scope: &'a Scope<'a>) -> States<'a> {
        States { scope, outcome: Work::Nothing }
    }

    fn binding(&self, reads: Reads) -> Result<Binding, Interrupted> {
        let work = match self.outcome {
            Work::Nothing => None,
            Work::Result(result) => Some(("result", self.bind(result)?)),
            Work::ErrorOutput(error) => Some(("errorOutput", self.bind(error)?)),
        };
        let context = (reads == Reads::Everything).then(|| {
            let context = self.scope.context.to_value(Part::Whole).to_json();
            ("context", Binding::prepare(context))
        });
        let members = [Some(("input", self.bind(self.scope.input)?)), work, context];
        Ok(Binding::object(members.into_iter().flatten()))
    }

    /// A document for an expression, at the price of what the expression may read of it.
    fn bind(&self, document: &Document) -> Result<Binding, Interrupted> {
        self.scope.budget.spend((document.text().len() / BOUND_BYTES_PER_UNIT) as u64)?;
        Ok(document.binding())
    }
}

impl Expression {
    /// The value as JSON text.
    pub(crate) fn text(&self, states: States<'_>) -> Result<String, Interrupted> {
        match self.evaluate(states)? {
            Evaluation::Json(text) => {
                states.scope.budget.spend((text.len() / BYTES_PER_UNIT) as u64)?;
                Ok(text)
            }
            Evaluation::Undefined => Err(self.failed("returned nothing (undefined).")),
            Evaluation::Function => Err(self.failed("returned an unsupported result type.")),
        }
    }

    /// The value of a field that takes only values of one type.
    pub(crate) fn typed(&self, states: States<'_>, expected: Expected) -> Result<Value, Interrupted> {
        let text = self.text(states)?;
        let value = document(&text, states)?.value().clone();
        if expected.fits(&value) {
            return Ok(value);
        }
        Err(self.failed(&format!(
            "returned an unexpected result type. Expected '{}', but was '{}' for value: {text}",
            expected.name(),
            type_name(&value)
        )))
    }

    /// A failure that AWS tells without the expression.
    pub(crate) fn refused(&self, cause: String) -> Interrupted {
        failure(cause, Some(self.field.to_string()))
    }

    /// The texts of a state's expressions are in AWS's causes as they were written, white space aside.
    fn failed(&self, what: &str) -> Interrupted {
        let (text, field) = (self.compiled.text(), &self.field);
        self.refused(format!("The JSONata expression '{text}' specified for the field '{field}' {what}"))
    }

    /// With a budget that holds a whole evaluation the limits are AWS's; below it an evaluation is short,
    /// or it is over the budget and done again where there is more.
    fn evaluate(&self, states: States<'_>) -> Result<Evaluation, Interrupted> {
        let scope = states.scope;
        scope.budget.spend(EXPRESSION_UNITS)?;
        let whole = Limits::step_functions();
        let is_whole = scope.budget.left() >= whole.steps;
        let limits = match is_whole {
            true => whole,
            false => Limits { steps: SHORT_EVALUATION_STEPS, worked_bytes: SHORT_EVALUATION_BYTES, ..whole },
        };
        let text = self.compiled.text();
        let mut bindings: Vec<(&str, Binding)> = Vec::new();
        // The last one of a name counts: inner blocks come after outer ones.
        for (name, value) in scope.variables.outer_first().filter(|(name, _)| text.contains(*name)) {
            bindings.push((name, states.bind(value)?));
        }
        if self.reads != Reads::Nothing {
            bindings.push(("states", states.binding(self.reads)?));
        }
        let mut draw = || scope.entropy.next_u64();
        let mut surroundings = Surroundings { now_millis: scope.now_ms, chance: &mut draw };
        match self.compiled.evaluate(None, &bindings, &limits, &mut surroundings) {
            Ok(evaluation) => Ok(evaluation),
            Err(error) if error.kind == ErrorKind::OverBudget && !is_whole => Err(Interrupted::OverBudget),
            Err(error) if error.kind == ErrorKind::OverBudget => Err(self.threw(&jsonata::Error::timeout())),
            Err(error) => Err(self.threw(&error)),
        }
    }

    fn threw(&self, error: &jsonata::Error) -> Interrupted {
        let dot = if error.code.is_some() { ". " } else { ": " };
        self.failed(&format!("threw an error during evaluation{dot}{error}"))
    }
}

impl Expected {
    fn name(self) -> &'static str {
        match self {
            Expected::Array => "array",
            Expected::Boolean => "boolean",
            Expected::Number => "number",
            Expected::String => "string",
        }
    }

    fn fits(self, value: &Value) -> bool {
        type_name(value) == self.name()
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `States.QueryEvaluationError`; the location is absent where AWS gives none.
pub(crate) fn failure(cause: String, location: Option<String>) -> Interrupted {
    Interrupted::Failed(EvaluationError { error: QUERY_EVALUATION_ERROR, cause, location })
}

/// A document of a text that was put together from values.
fn document(text: &str, states: States<'_>) -> Result<Document, Interrupted> {
    states.scope.budget.spend(1 + (text.len() / BYTES_PER_UNIT) as u64)?;
    Document::parse(text).map_err(|error| Interrupted::runtime(error.message))
}
