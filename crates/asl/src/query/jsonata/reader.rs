//! Finds the expressions of a state and compiles them; whatever is wrong with one is a finding.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jsonata::Dialect;

use super::template::Template;
use super::{Expression, Reads};
use crate::definition::report::{INVALID_JSONATA_EXPRESSION, Place, Report, UNSUPPORTED_JSONATA_EXPRESSION};
use crate::definition::section::Section;
use crate::definition::source::{Node, NodeKind};
use crate::json::{Object, Value};

/// Which members `$states` has where an expression stands, beside `input` and `context`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sees {
    Input,
    /// `result` too.
    Result,
    /// `errorOutput` too.
    ErrorOutput,
}

/// What a field of one value says: the value itself, or the expression that gives it.
#[derive(Debug)]
pub(crate) enum Given<T> {
    Literal(T),
    Expression(Expression),
}

pub(crate) struct Reader<'r, 't> {
    pub(crate) report: &'r mut Report<'t>,
    state: Place,
    /// Every variable that an expression of the state mentions.
    pub(crate) mentioned: BTreeSet<Arc<str>>,
}

impl<'r, 't> Reader<'r, 't> {
    pub(crate) fn new(state: Place, report: &'r mut Report<'t>) -> Reader<'r, 't> {
        Reader { report, state, mentioned: BTreeSet::new() }
    }

    pub(crate) fn template(&mut self, section: &Section<'_>, name: &str, sees: Sees) -> Option<Template> {
        let (node, place) = section.field(name)?;
        self.read(node, &place, sees)
    }

    /// The members of a field that must be an object.
    pub(crate) fn named_templates(
        &mut self,
        section: &Section<'_>,
        name: &str,
        sees: Sees,
    ) -> Vec<(Arc<str>, Template)> {
        let Some((node, place)) = section.field(name) else { return Vec::new() };
        let Some(section) = Section::read(node, place, self.report) else { return Vec::new() };
        let mut templates = Vec::new();
        for member in section.members() {
            let template = self.read(&member.node, &section.place.member(member), sees);
            templates.extend(template.map(|template| (member.key.clone(), template)));
        }
        templates
    }

    pub(crate) fn integer(
        &mut self,
        section: &Section<'_>,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Option<Given<u64>> {
        match self.expression(section, name, Sees::Input) {
            Some(expression) => expression.map(Given::Expression),
            None => section.integer(name, range, self.report).map(Given::Literal),
        }
    }

    pub(crate) fn string(&mut self, section: &Section<'_>, name: &str) -> Option<Given<Arc<str>>> {
        match self.expression(section, name, Sees::Input) {
            Some(expression) => expression.map(Given::Expression),
            None => section.string(name, self.report).map(Given::Literal),
        }
    }

    pub(crate) fn boolean(&mut self, section: &Section<'_>, name: &str) -> Option<Given<bool>> {
        match self.expression(section, name, Sees::Input) {
            Some(expression) => expression.map(Given::Expression),
            None => section.boolean(name, self.report).map(Given::Literal),
        }
    }

    /// None if the field has no expression, `Some(None)` if it has a wrong one.
    fn expression(&mut self, section: &Section<'_>, name: &str, sees: Sees) -> Option<Option<Expression>> {
        let (node, place) = section.field(name)?;
        let text = node.as_str().filter(|text| is_meant(text))?;
        Some(self.compile(text, &place, sees))
    }

    fn read(&mut self, node: &Node, place: &Place, sees: Sees) -> Option<Template> {
        match &node.kind {
            NodeKind::String(text) if is_meant(text) => {
                self.compile(text, place, sees).map(Template::Expression)
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                Some(Template::literal(node.to_value()))
            }
            NodeKind::Array(items) => {
                let read = |(at, item)| self.read(item, &place.item(at, item), sees);
                // Every item is read, so that every finding is reported.
                let items: Vec<Option<Template>> = items.iter().enumerate().map(read).collect();
                Some(array(items.into_iter().collect::<Option<_>>()?))
            }
            NodeKind::Object(members) => {
                let mut parts = Vec::with_capacity(members.len());
                for member in members {
                    let part = self.read(&member.node, &place.member(member), sees);
                    parts.push(part.map(|part| (member.key.clone(), part)));
                }
                Some(object(parts.into_iter().collect::<Option<_>>()?))
            }
        }
    }

    fn compile(&mut self, text: &str, place: &Place, sees: Sees) -> Option<Expression> {
        let inside = text.strip_prefix(OPENS).and_then(|rest| rest.strip_suffix(CLOSES));
        let Some(inside) = inside else {
            let message = format!("A JSONata expression must begin with '{OPENS}' and end with '{CLOSES}'");
            self.report.schema(message, place);
            return None;
        };
        #[cfg(test)]
        COMPILED.set(COMPILED.get() + 1);
        let compiled = match jsonata::Expression::parse(inside.trim(), Dialect::StepFunctions) {
            Ok(compiled) => compiled,
            Err(error) => {
                // AWS leaves JSONata's code out.
                self.report.error(INVALID_JSONATA_EXPRESSION, error.message, place);
                return None;
            }
        };
        let references = compiled.references();
        let mut unsupported: BTreeSet<String> =
            references.top_level.into_iter().map(|reference| reference.name).collect();
        let mut reads = Reads::Nothing;
        let mut inputs: Vec<Vec<String>> = Vec::new();
        for path in references.states {
            let member = path.names.first().map_or("", |name| name);
            reads = match member {
                // The whole, or a member whose name is only known when it is evaluated.
                "" | "context" => Reads::Everything,
                _ if reads == Reads::Nothing => Reads::Data,
                _ => reads,
            };
            let is_there = match member {
                "result" => sees == Sees::Result,
                "errorOutput" => sees == Sees::ErrorOutput,
                _ => true,
            };
            if let [root, names @ ..] = &*path.names
                && root == "input"
                && !names.is_empty()
            {
                inputs.push(names.to_vec());
            }
            if !is_there {
                let message = format!("Reference to '$states.{member}' is not supported here.");
                self.report.error(UNSUPPORTED_JSONATA_EXPRESSION, message, place);
                return None;
            }
        }
        if let Some(name) = unsupported.pop_first() {
            let message = format!("Reference to '{name}' at the top level is not supported.");
            self.report.error(UNSUPPORTED_JSONATA_EXPRESSION, message, place);
            return None;
        }
        if knows_that_data_is_there(inside) {
            inputs.iter().for_each(|names| self.report.data_read(names, place));
        }
        for variable in references.variables {
            self.report.mention(&variable.name, place);
            self.mentioned.insert(variable.name.into());
        }
        Some(Expression { compiled, field: place.below(&self.state), reads })
    }
}

#[cfg(test)]
thread_local! {
    /// Expressions that this thread has compiled: a test asks whether evaluations compile any.
    pub(crate) static COMPILED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

const OPENS: &str = "{%";
const CLOSES: &str = "%}";

/// One of the delimiters is enough to see that an expression was meant.
fn is_meant(text: &str) -> bool {
    text.starts_with(OPENS) || text.ends_with(CLOSES)
}

/// What asks whether something is there, or says what else to take, may read what is missing.
fn knows_that_data_is_there(expression: &str) -> bool {
    !expression.contains("$exists") && !expression.contains('?')
}

fn array(items: Vec<Template>) -> Template {
    let literals: Option<Vec<Value>> = items.iter().map(as_literal).collect();
    literals.map_or(Template::Array(items), |values| Template::literal(Value::Array(Arc::new(values))))
}

fn object(parts: Vec<(Arc<str>, Template)>) -> Template {
    let literal = |(name, part): &(Arc<str>, Template)| Some((name.clone(), as_literal(part)?));
    if let Some(members) = parts.iter().map(literal).collect::<Option<Object>>() {
        return Template::literal(Value::Object(Arc::new(members)));
    }
    let written = |(name, part): (Arc<str>, Template)| (Value::String(name).to_json().into(), part);
    Template::Object(parts.into_iter().map(written).collect())
}

fn as_literal(template: &Template) -> Option<Value> {
    match template {
        Template::Literal(document) => Some(document.value().clone()),
        Template::Object(_) | Template::Array(_) | Template::Expression(_) => None,
    }
}
