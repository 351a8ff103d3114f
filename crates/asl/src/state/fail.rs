//! Fail: ends its block with an error.

use std::sync::Arc;

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::error_name::Failure;
use crate::json::Value;
use crate::query::jsonpath::Path;
use crate::query::template::required;
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
}

impl Fail {
    pub(crate) fn read(section: &Section<'_>, report: &mut Report<'_>) -> Fail {
        let mut text = |name: &str, path_name: &str| {
            section.at_most_one(&[name, path_name], report);
            if let Some((node, place)) = section.field(path_name)
                && node.as_str().is_some_and(|text| text.starts_with("States."))
            {
                report.unsupported("intrinsic functions", &place);
                return None;
            }
            let literal = section.string(name, report).map(Text::Literal);
            literal.or_else(|| section.reference_path(path_name, report).map(Text::Path))
        };
        Fail { error: text("Error", "ErrorPath"), cause: text("Cause", "CausePath") }
    }

    pub fn failure(&self, scope: &Scope<'_>) -> Result<Failure, Interrupted> {
        let view = View { scope, input: scope.input };
        let evaluate = |text: &Option<Text>, field: &str| match text {
            None => Ok(None),
            Some(Text::Literal(text)) => Ok(Some(text.clone())),
            Some(Text::Path(path)) => match required(view, path, field)? {
                Value::String(text) => Ok(Some(text)),
                other => Err(Interrupted::runtime(format!(
                    "The {field} field refers to value \"{}\" which is not a valid string: {}",
                    other.to_json(),
                    path.text()
                ))),
            },
        };
        Ok(Failure { error: evaluate(&self.error, "ErrorPath")?, cause: evaluate(&self.cause, "CausePath")? })
    }
}
