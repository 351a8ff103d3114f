//! JSON with expressions at any depth: `Arguments`, `Output`, `Assign`, `Items`, `ItemSelector`.
//!
//! Its value is written, not built: what an expression gives goes into the text as it is.

use std::sync::Arc;

use super::{Expression, States, document};
use crate::json::{Document, Value};
use crate::limits::TEXT_BYTES_MAX;
use crate::query::Interrupted;
use crate::query::view::too_large;

#[derive(Debug)]
pub(crate) enum Template {
    /// No expression anywhere inside.
    Literal(Document),
    /// Each name as JSON text.
    Object(Vec<(Arc<str>, Template)>),
    Array(Vec<Template>),
    Expression(Expression),
}

impl Template {
    pub(crate) fn literal(value: Value) -> Template {
        Template::Literal(Document::from_value(value))
    }

    pub(crate) fn evaluate(&self, states: States<'_>) -> Result<Document, Interrupted> {
        if let Template::Literal(document) = self {
            states.scope.budget.spend(1)?;
            return Ok(document.clone());
        }
        let mut text = String::new();
        self.write(states, &mut text)?;
        document(&text, states)
    }

    fn write(&self, states: States<'_>, text: &mut String) -> Result<(), Interrupted> {
        match self {
            Template::Literal(document) => {
                states.scope.budget.spend(1)?;
                text.push_str(document.text());
            }
            Template::Expression(expression) => text.push_str(&expression.text(states)?),
            Template::Array(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at == 0 { "" } else { "," });
                    item.write(states, text)?;
                }
                text.push(']');
            }
            Template::Object(members) => {
                text.push('{');
                for (at, (name, member)) in members.iter().enumerate() {
                    text.push_str(if at == 0 { "" } else { "," });
                    text.push_str(name);
                    text.push(':');
                    member.write(states, text)?;
                }
                text.push('}');
            }
        }
        if text.len() > TEXT_BYTES_MAX { Err(too_large(states.scope)) } else { Ok(()) }
    }
}
