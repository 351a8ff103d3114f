//! An object of the definition, read field by field: a missing, misspelt or mistyped field is a finding.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::report::{Place, Report};
use super::source::{Member, Node, NodeKind};
use crate::query::Language;
use crate::query::jsonpath::Path;
use crate::query::jsonpath::reference_path::ReferencePath;
use crate::query::template::Template;

#[derive(Clone, Debug)]
pub(crate) struct Section<'n> {
    members: &'n [Member],
    pub(crate) place: Place,
}

impl<'n> Section<'n> {
    pub(crate) fn read(node: &'n Node, place: Place, report: &mut Report<'_>) -> Option<Section<'n>> {
        match node.members() {
            Some(members) => Some(Section { members, place }),
            None => {
                report.schema("Expected value of type Object".into(), &place);
                None
            }
        }
    }

    pub(crate) fn members(&self) -> &'n [Member] {
        self.members
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.members.iter().find(|member| &*member.key == name).map(|member| &member.node)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A field and its place.
    pub(crate) fn field(&self, name: &str) -> Option<(&'n Node, Place)> {
        let node = self.get(name)?;
        Some((node, self.place.named(name, node)))
    }

    /// Reports those of `names` that are missing, in one finding as AWS does.
    pub(crate) fn require(&self, names: &[&str], report: &mut Report<'_>) -> bool {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if !missing.is_empty() {
            report.schema(format!("These fields are required: [{}]", missing.join(", ")), &self.place);
        }
        missing.is_empty()
    }

    /// Of `names` at most one may be given.
    pub(crate) fn at_most_one(&self, names: &[&str], report: &mut Report<'_>) {
        if names.iter().filter(|name| self.has(name)).count() > 1 {
            report.schema(
                format!("Only one of these fields can be given: [{}]", names.join(", ")),
                &self.place,
            );
        }
    }

    /// Of `names` exactly one must be given.
    pub(crate) fn exactly_one(&self, names: &[&str], report: &mut Report<'_>) {
        if names.iter().any(|name| self.has(name)) {
            self.at_most_one(names, report);
        } else {
            report.schema(format!("One of these fields is required: [{}]", names.join(", ")), &self.place);
        }
    }

    /// Reports those of `names`, fields of the other language, that this section has.
    pub(crate) fn only_in(&self, language: Language, names: &[&str], report: &mut Report<'_>) {
        let (own, other) = match language {
            Language::JsonPath => ("JSONPath", "JSONata"),
            Language::Jsonata => ("JSONata", "JSONPath"),
        };
        for name in names.iter().filter(|name| self.has(name)) {
            let message = format!(
                "The QueryLanguage is set to '{own}', but field '{name}' is only supported for the '{other}' QueryLanguage"
            );
            report.schema(message, &self.place);
        }
    }

    pub(crate) fn string(&self, name: &str, report: &mut Report<'_>) -> Option<Arc<str>> {
        let (node, place) = self.field(name)?;
        if node.as_str().is_none() {
            report.schema("Expected value of type String".into(), &place);
        }
        node.as_str().cloned()
    }

    pub(crate) fn boolean(&self, name: &str, report: &mut Report<'_>) -> Option<bool> {
        let (node, place) = self.field(name)?;
        match node.kind {
            NodeKind::Bool(value) => Some(value),
            _ => {
                report.schema("Expected value of type Boolean".into(), &place);
                None
            }
        }
    }

    pub(crate) fn integer(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
        report: &mut Report<'_>,
    ) -> Option<u64> {
        let (node, place) = self.field(name)?;
        let number = match &node.kind {
            NodeKind::Number(number) => number.as_i64(),
            _ => None,
        };
        let Some(number) = number else {
            report.schema("Expected value of type Integer".into(), &place);
            return None;
        };
        match u64::try_from(number).ok().filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                report.schema(format!("Value must be between {} and {}", range.start(), range.end()), &place);
                None
            }
        }
    }

    pub(crate) fn float(&self, name: &str, least: f64, report: &mut Report<'_>) -> Option<f64> {
        let (node, place) = self.field(name)?;
        let NodeKind::Number(number) = &node.kind else {
            report.schema("Expected value of type Number".into(), &place);
            return None;
        };
        let number = number.as_f64();
        if number < least {
            report.schema(format!("Value must be at least {least:.1}"), &place);
            return None;
        }
        Some(number)
    }

    /// A non-empty list, each item with its place. AWS refuses an empty one wherever a list is required.
    pub(crate) fn list(&self, name: &str, report: &mut Report<'_>) -> Vec<(&'n Node, Place)> {
        let items = self.optional_list(name, report);
        if let (true, Some((Node { kind: NodeKind::Array(_), .. }, place))) =
            (items.is_empty(), self.field(name))
        {
            report.schema("Value cannot be empty".into(), &place);
        }
        items
    }

    /// A list that may be empty or absent.
    pub(crate) fn optional_list(&self, name: &str, report: &mut Report<'_>) -> Vec<(&'n Node, Place)> {
        let Some((node, place)) = self.field(name) else { return Vec::new() };
        match &node.kind {
            NodeKind::Array(items) => {
                items.iter().enumerate().map(|(at, item)| (item, place.item(at, item))).collect()
            }
            _ => {
                report.schema("Expected value of type Array".into(), &place);
                Vec::new()
            }
        }
    }

    pub(crate) fn path(&self, name: &str, report: &mut Report<'_>) -> Option<Path> {
        let text = self.string(name, report)?;
        let (_, place) = self.field(name)?;
        match Path::parse(&text) {
            Ok(path) => Some(path),
            Err(error) => {
                report.schema(format!("Value is not a valid JSONPath: {error}"), &place);
                None
            }
        }
    }

    /// A path that must name one place.
    pub(crate) fn reference_path(&self, name: &str, report: &mut Report<'_>) -> Option<Path> {
        let path = self.path(name, report)?;
        if path.is_reference() {
            return Some(path);
        }
        let (_, place) = self.field(name)?;
        report.schema("Value is not a Reference Path: expected only names and single indexes".into(), &place);
        None
    }

    /// A path that a result is written to.
    pub(crate) fn result_path(&self, name: &str, report: &mut Report<'_>) -> Option<ReferencePath> {
        let text = self.string(name, report)?;
        let (_, place) = self.field(name)?;
        match ReferencePath::parse(&text) {
            Ok(path) => Some(path),
            Err(error) => {
                report.schema(format!("Value is not a Reference Path: {error}"), &place);
                None
            }
        }
    }

    pub(crate) fn template(&self, name: &str, report: &mut Report<'_>) -> Option<Template> {
        let (node, place) = self.field(name)?;
        Template::read(node, &place, report)
    }
}
