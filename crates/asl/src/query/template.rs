//! Payload templates: JSON in which members whose names end in `.$` are expressions.

use std::collections::HashSet;
use std::sync::Arc;

use super::jsonpath::Path;
use super::jsonpath::intrinsic::Call;
use super::{Interrupted, View};
use crate::definition::report::{Place, Report};
use crate::definition::source::{Node, NodeKind};
use crate::json::{Object, Value};

#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// No expression anywhere inside.
    Literal(Value),
    Object(Vec<(Arc<str>, Template)>),
    Array(Vec<Template>),
    /// `"name.$": "$.path"`; the name as it is written is part of the error text.
    Path {
        field: Arc<str>,
        path: Path,
    },
    /// `"name.$": "States.Format('{}', $.path)"`
    Call(Call),
}

impl Template {
    /// Reads a template; findings go to `report`, and then there is none.
    pub(crate) fn read(node: &Node, place: &Place, report: &mut Report<'_>) -> Option<Template> {
        match &node.kind {
            NodeKind::Array(items) => {
                let read = |(at, item)| Template::read(item, &place.item(at, item), report);
                // Every item is read, so that every finding is reported.
                let items: Vec<Option<Template>> = items.iter().enumerate().map(read).collect();
                Some(Template::array(items.into_iter().collect::<Option<_>>()?))
            }
            NodeKind::Object(members) => {
                let mut parts: Vec<(Arc<str>, Template)> = Vec::with_capacity(members.len());
                let mut names = HashSet::with_capacity(members.len());
                let mut is_complete = true;
                for member in members {
                    let part = match member.key.strip_suffix(".$") {
                        Some(name) => Template::read_expression(&member.key, &member.node, place, report)
                            .map(|template| (Arc::from(name), template)),
                        None => Template::read(&member.node, &place.member(member), report)
                            .map(|template| (member.key.clone(), template)),
                    };
                    match part {
                        Some((name, _)) if !names.insert(name.clone()) => {
                            report.schema(format!("The field '{name}' is given twice"), place);
                            is_complete = false;
                        }
                        Some(part) => parts.push(part),
                        None => is_complete = false,
                    }
                }
                is_complete.then(|| Template::object(parts))
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                Some(Template::Literal(node.to_value()))
            }
        }
    }

    fn read_expression(
        field: &Arc<str>,
        node: &Node,
        place: &Place,
        report: &mut Report<'_>,
    ) -> Option<Template> {
        let NodeKind::String(text) = &node.kind else {
            report.schema(not_an_expression(field), place);
            return None;
        };
        let template = if Call::is_meant(text) {
            Call::parse(text).ok().map(Template::Call)
        } else {
            Path::parse(text).ok().map(|path| Template::Path { field: field.clone(), path })
        };
        if template.is_none() {
            report.schema(not_an_expression(field), place);
        }
        template
    }

    fn array(items: Vec<Template>) -> Template {
        let literals: Option<Vec<Value>> = items.iter().map(Template::as_literal).collect();
        literals.map_or(Template::Array(items), |values| Template::Literal(Value::Array(Arc::new(values))))
    }

    fn object(parts: Vec<(Arc<str>, Template)>) -> Template {
        let literal = |(name, part): &(Arc<str>, Template)| Some((name.clone(), part.as_literal()?));
        let literals: Option<Object> = parts.iter().map(literal).collect();
        literals
            .map_or(Template::Object(parts), |members| Template::Literal(Value::Object(Arc::new(members))))
    }

    fn as_literal(&self) -> Option<Value> {
        match self {
            Template::Literal(value) => Some(value.clone()),
            Template::Object(_) | Template::Array(_) | Template::Path { .. } | Template::Call(_) => None,
        }
    }

    /// Every path inside.
    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Template::Literal(_) => {}
            Template::Object(parts) => parts.iter().for_each(|(_, part)| part.paths(found)),
            Template::Array(items) => items.iter().for_each(|item| item.paths(found)),
            Template::Path { path, .. } => found.push(path),
            Template::Call(call) => call.paths(found),
        }
    }

    pub(crate) fn evaluate(&self, view: View<'_>) -> Result<Value, Interrupted> {
        view.scope.budget.spend(1)?;
        match self {
            Template::Literal(value) => Ok(value.clone()),
            Template::Array(items) => {
                let values: Result<Vec<Value>, Interrupted> =
                    items.iter().map(|item| item.evaluate(view)).collect();
                Ok(Value::Array(Arc::new(values?)))
            }
            Template::Object(parts) => {
                let mut members = Object::with_capacity_and_hasher(parts.len(), Default::default());
                for (name, part) in parts {
                    members.insert(name.clone(), part.evaluate(view)?);
                }
                Ok(Value::Object(Arc::new(members)))
            }
            Template::Path { field, path } => required(view, path, field),
            Template::Call(call) => call.evaluate(view),
        }
    }
}

/// The value that a path names; AWS's text for templates and for Fail if there is none.
pub(crate) fn required(view: View<'_>, path: &Path, field: &str) -> Result<Value, Interrupted> {
    match view.select(path)?.into_value() {
        Ok(value) => Ok(value),
        Err(_) => Err(Interrupted::runtime(format!(
            "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
            path.text(),
            view.read(view.input)?.to_json()
        ))),
    }
}

pub(crate) fn not_an_expression(field: &str) -> String {
    format!("The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call")
}
