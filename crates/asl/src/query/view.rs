//! What one expression looks at: a document as `$`, and the scope for everything else.

use super::context::Part;
use super::jsonpath::{Match, Path, Root};
use super::{Interrupted, Scope};
use crate::error_name::DATA_LIMIT_EXCEEDED;
use crate::json::{Document, Value};
use crate::limits::{JSON_DEPTH_MAX, TEXT_BYTES_MAX};

/// Bytes that are read or written for one unit of the budget.
pub(crate) const BYTES_PER_UNIT: usize = 64;

#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) scope: &'a Scope<'a>,
    /// What `$` stands for.
    pub(crate) input: &'a Document,
}

impl<'a> View<'a> {
    /// The same scope with another `$`.
    pub(crate) fn of(self, input: &'a Document) -> View<'a> {
        View { input, ..self }
    }

    pub(crate) fn select(self, path: &Path) -> Result<Match, Interrupted> {
        let budget = self.scope.budget;
        match path.root() {
            Root::Input => path.select(self.read(self.input)?, budget),
            Root::Context => {
                let part = path.first_member().map_or(Part::Whole, Part::Member);
                if !matches!(part, Part::Member(name) if name != "Execution") {
                    self.read(self.scope.context.execution_input)?;
                }
                path.select(&self.scope.context.to_value(part), budget)
            }
            Root::Variable(name) => match self.scope.variables.get(name) {
                Some(value) => path.select(self.read(value)?, budget),
                None => Ok(Match::Missing(format!("No value has been assigned to the variable ${name}"))),
            },
        }
    }

    /// The value that a path names; AWS's text if there is none.
    pub(crate) fn value_at(self, path: &Path) -> Result<Value, Interrupted> {
        let found = self.select(path)?.into_value();
        found.map_err(|missing| Interrupted::runtime(format!("Invalid path '{}' : {missing}", path.text())))
    }

    /// A document's value; the first look inside costs what reading its text costs.
    pub(crate) fn read(self, document: &'a Document) -> Result<&'a Value, Interrupted> {
        if !document.is_parsed() {
            self.scope.budget.spend(1 + (document.text().len() / BYTES_PER_UNIT) as u64)?;
        }
        Ok(document.value())
    }

    /// A new document of a value that was put together here.
    pub(crate) fn write(self, value: Value) -> Result<Document, Interrupted> {
        self.write_within(value, TEXT_BYTES_MAX)
    }

    fn write_within(self, value: Value, bytes_max: usize) -> Result<Document, Interrupted> {
        let document = Document::from_value_within(value, bytes_max).ok_or_else(|| too_large(self.scope))?;
        self.scope.budget.spend(1 + (document.text().len() / BYTES_PER_UNIT) as u64)?;
        bounded(document)
    }
}

/// A value whose text would be beyond every limit of a payload.
pub(crate) fn too_large(scope: &Scope<'_>) -> Interrupted {
    Interrupted::failed(
        DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit.",
            scope.context.state_name
        ),
    )
}

/// Refuses data that has grown too deep to be read again.
pub(crate) fn bounded(document: Document) -> Result<Document, Interrupted> {
    if document.depth() <= JSON_DEPTH_MAX {
        return Ok(document);
    }
    Err(Interrupted::runtime(format!(
        "Document nesting depth ({}) exceeds the maximum allowed ({JSON_DEPTH_MAX})",
        document.depth()
    )))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::testing::{failure_text, with_scope};

    /// A value that has 2^`levels` leaves and takes the memory of `levels`.
    fn shared(levels: usize) -> Value {
        (0..levels).fold(Value::from("leaf"), |part, _| Value::Array(Arc::new(vec![part.clone(), part])))
    }

    #[test]
    fn a_text_may_fill_its_bound_and_no_more() {
        with_scope("{}", |scope| {
            let view = View { scope, input: scope.input };
            let text = view.write_within(shared(1), 15).unwrap();
            assert_eq!((text.text(), text.text().len()), (r#"["leaf","leaf"]"#, 15));
            assert_eq!(
                failure_text(view.write_within(shared(1), 14)),
                "States.DataLimitExceeded: The state/task 'S' returned a result with a size exceeding the \
                 maximum number of bytes service limit."
            );
        });
    }

    #[test]
    fn a_value_whose_text_no_memory_could_hold_is_refused() {
        with_scope("{}", |scope| {
            let view = View { scope, input: scope.input };
            let failure = failure_text(view.write_within(shared(200), 10_000));
            assert!(failure.starts_with("States.DataLimitExceeded: "), "{failure}");
        });
    }
}
