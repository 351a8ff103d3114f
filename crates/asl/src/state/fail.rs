//! Fail: ends its block with an error.

use std::sync::Arc;

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::error_name::Failure;
use crate::json::Value;
use crate::query::jsonata::reader::{Given, Reader};
use crate::query::jsonata::{Expected, Expression, States};
use crate::query::jsonpath::Path;
use crate::query::jsonpath::intrinsic::Call;
use crate::query::template::{not_an_expression, required};
use crate::query::{Interrupted, Scope, View};

#[derive(Debug)]
pub struct Fail {
    error: Option<Text>,
    cause: Option<Text>,
}

/// `Error` or `ErrorPath`, `Cause` or `CausePath`.
#[derive(Debug)]
enum Text {
    Literal(Arc<str>),
    Path(Path),
    Call(Call),
    Expression(Expression),
}

impl Fail {
    pub(crate) fn read_jsonata(section: &Section<'_>, reader: &mut Reader<'_, '_>) -> Fail {
        let mut text = |name: &str| {
            reader.string(section, name).map(|given| match given {
                Given::Literal(text) => Text::Literal(text),
                Given::Expression(expression) => Text::Expression(expression),
            })
        };
        Fail { error: text("Error"), cause: text("Cause") }
    }

    pub(crate) fn read(section: &Section<'_>, report: &mut Report<'_>) -> Fail {
        let mut text = |name: &str, path_name: &str| {
            section.at_most_one(&[name, path_name], report);
            let expression = section.get(path_name).and_then(|node| node.as_str());
            if let Some(expression) = expression.filter(|text| Call::is_meant(text)) {
                let call = Call::parse(expression).ok().filter(Call::can_give_string);
                if call.is_none() {
                    report.schema(not_an_expression(path_name), &section.place);
                }
                return call.map(Text::Call);
            }
            let literal = section.string(name, report).map(Text::Literal);
            literal.or_else(|| section.reference_path(path_name, report).map(Text::Path))
        };
        Fail { error: text("Error", "ErrorPath"), cause: text("Cause", "CausePath") }
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        for text in self.error.iter().chain(&self.cause) {
            match text {
                Text::Literal(_) | Text::Expression(_) => {}
                Text::Path(path) => found.push(path),
                Text::Call(call) => call.paths(found),
            }
        }
    }

    pub fn failure(&self, scope: &Scope<'_>) -> Result<Failure, Interrupted> {
        let view = View { scope, input: scope.input };
        let evaluate = |text: &Option<Text>, field: &str| {
            let (value, source) = match text {
                None => return Ok(None),
                Some(Text::Literal(text)) => return Ok(Some(text.clone())),
                Some(Text::Path(path)) => (required(view, path, field)?, path.text()),
                Some(Text::Call(call)) => (call.evaluate(view)?, call.text()),
                Some(Text::Expression(expression)) => {
                    let value = expression.typed(States::before(scope), Expected::String)?;
                    return Ok(value.as_str().map(Arc::from));
                }
            };
            match value {
                Value::String(text) => Ok(Some(text)),
                other => Err(Interrupted::runtime(format!(
                    "The {field} field refers to value \"{}\" which is not a valid string: {source}",
                    other.to_json(),
                ))),
            }
        };
        Ok(Failure { error: evaluate(&self.error, "ErrorPath")?, cause: evaluate(&self.cause, "CausePath")? })
    }
}
