//! `Credentials` of a Task: the role that its call is made with.
//!
//! Here: the field in both languages, and the role's ARN that it gives. Not here: what becomes of the role
//! (`integrations`). That the ARN is one of a role is left to whoever is asked for it, as AWS does.

use std::sync::Arc;

use crate::definition::report::{Place, Report};
use crate::definition::section::Section;
use crate::json::Value;
use crate::limits::ROLE_ARN_CHARS_MAX;
use crate::query::jsonata::reader::{Given, Reader};
use crate::query::jsonata::{Expected, Expression, States};
use crate::query::jsonpath::Path;
use crate::query::template::Template;
use crate::query::{Interrupted, Scope, View};

const ROLE_ARN: &str = "RoleArn";

#[derive(Debug)]
pub(super) enum Credentials {
    Literal(Arc<str>),
    /// A payload template with the member `RoleArn`.
    Template(Template),
    Expression(Expression),
}

impl Credentials {
    pub(super) fn read(task: &Section<'_>, report: &mut Report<'_>) -> Option<Credentials> {
        let (node, place) = task.field("Credentials")?;
        let section = Section::read(node, place.clone(), report)?;
        if section.has(ROLE_ARN) {
            section.string(ROLE_ARN, report)?;
        } else if !section.has("RoleArn.$") {
            missing(&place, report);
            return None;
        }
        Template::read(node, &place, report).map(Credentials::Template)
    }

    pub(super) fn read_jsonata(task: &Section<'_>, reader: &mut Reader<'_, '_>) -> Option<Credentials> {
        let (node, place) = task.field("Credentials")?;
        let section = Section::read(node, place.clone(), reader.report)?;
        if !section.has(ROLE_ARN) {
            missing(&place, reader.report);
        }
        reader.string(&section, ROLE_ARN).map(|given| match given {
            Given::Literal(role) => Credentials::Literal(role),
            Given::Expression(expression) => Credentials::Expression(expression),
        })
    }

    pub(super) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        if let Credentials::Template(template) = self {
            template.paths(found);
        }
    }

    /// The role's ARN. Paths see what `view` does.
    pub(super) fn role_arn(&self, view: View<'_>, scope: &Scope<'_>) -> Result<Arc<str>, Interrupted> {
        let value = match self {
            Credentials::Literal(role) => Value::String(Arc::clone(role)),
            Credentials::Expression(expression) => {
                let value = expression.typed(States::before(scope), Expected::String)?;
                return checked(&value).ok_or_else(|| expression.refused(not_a_role(&value)));
            }
            Credentials::Template(template) => match template.evaluate(view)? {
                Value::Object(members) => members.get(ROLE_ARN).cloned().unwrap_or(Value::Null),
                other => other,
            },
        };
        checked(&value).ok_or_else(|| Interrupted::runtime(not_a_role(&value)))
    }
}

fn missing(place: &Place, report: &mut Report<'_>) {
    report.schema(format!("The field '{ROLE_ARN}' is required but was missing"), place);
}

fn checked(value: &Value) -> Option<Arc<str>> {
    let Value::String(text) = value else { return None };
    (1..=ROLE_ARN_CHARS_MAX).contains(&text.chars().count()).then(|| Arc::clone(text))
}

/// AWS's text for this is not known.
fn not_a_role(value: &Value) -> String {
    // LIMIT: what is no ARN may be anything, of any length.
    let shown: String = value.to_json().chars().take(200).collect();
    format!(
        "The {ROLE_ARN} field of Credentials must be a text of 1 to {ROLE_ARN_CHARS_MAX} characters but was: {shown}"
    )
}
