//! Where findings are collected while a definition is read.

use super::source::{Member, Node};
use crate::diagnostic::{Diagnostic, Position, Severity};
use crate::json::JsonError;

pub(crate) const SCHEMA_VALIDATION_FAILED: &str = "SCHEMA_VALIDATION_FAILED";
pub(crate) const INVALID_JSON_DESCRIPTION: &str = "INVALID_JSON_DESCRIPTION";
pub(crate) const MISSING_TRANSITION_TARGET: &str = "MISSING_TRANSITION_TARGET";
pub(crate) const MISSING_END_STATE: &str = "MISSING_END_STATE";
pub(crate) const DUPLICATE_STATE_NAME: &str = "DUPLICATE_STATE_NAME";
pub(crate) const INVALID_STATE_NAME: &str = "INVALID_STATE_NAME";
pub(crate) const INVALID_JSONATA_EXPRESSION: &str = "INVALID_JSONATA_EXPRESSION";
pub(crate) const UNSUPPORTED_JSONATA_EXPRESSION: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
pub(crate) const TOO_DEEPLY_NESTED: &str = "TOO_DEEPLY_NESTED";

/// A part of the definition: where AWS says it is, and where it stands in the text.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    location: String,
    offset: usize,
}

impl Place {
    pub(crate) fn root(node: &Node) -> Place {
        Place { location: String::new(), offset: node.offset }
    }

    pub(crate) fn member(&self, member: &Member) -> Place {
        self.named(&member.key, &member.node)
    }

    pub(crate) fn named(&self, name: &str, node: &Node) -> Place {
        Place { location: format!("{}/{name}", self.location), offset: node.offset }
    }

    /// An item of a list, as AWS writes it: `Branches[0]`.
    pub(crate) fn item(&self, index: usize, node: &Node) -> Place {
        Place { location: format!("{}[{index}]", self.location), offset: node.offset }
    }

    /// The way from a part of the definition to this part of it: `Output/result`.
    pub(crate) fn below(&self, outer: &Place) -> &str {
        let way = self.location.strip_prefix(&*outer.location).unwrap_or(&self.location);
        way.trim_start_matches('/')
    }

    fn location(&self) -> String {
        if self.location.is_empty() { "/".into() } else { self.location.clone() }
    }
}

#[derive(Debug)]
pub(crate) struct Report<'t> {
    text: &'t str,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'t> Report<'t> {
    pub(crate) fn new(text: &'t str) -> Report<'t> {
        Report { text, diagnostics: Vec::new() }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    pub(crate) fn error(&mut self, code: &'static str, message: String, place: &Place) {
        self.add(Severity::Error, code, message, Some(place));
    }

    pub(crate) fn warning(&mut self, code: &'static str, message: String, place: &Place) {
        self.add(Severity::Warning, code, message, Some(place));
    }

    /// A finding about the definition as a whole.
    pub(crate) fn error_without_place(&mut self, code: &'static str, message: String) {
        self.add(Severity::Error, code, message, None);
    }

    pub(crate) fn schema(&mut self, message: String, place: &Place) {
        self.error(SCHEMA_VALIDATION_FAILED, message, place);
    }

    /// AWS knows this and Stairway does not yet.
    pub(crate) fn unsupported(&mut self, feature: &str, place: &Place) {
        self.schema(format!("Stairway does not support {feature} yet"), place);
    }

    pub(crate) fn syntax(&mut self, error: JsonError) {
        let position = Some(self.position(error.begins));
        let diagnostic = if error.is_too_deep {
            Diagnostic {
                severity: Severity::Error,
                code: TOO_DEEPLY_NESTED,
                message: error.message,
                location: None,
                position,
            }
        } else {
            Diagnostic {
                severity: Severity::Error,
                code: INVALID_JSON_DESCRIPTION,
                message: error.message,
                location: Some(error.location),
                position,
            }
        };
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn duplicate_key(&mut self, member: &Member) {
        self.syntax(JsonError::new(
            self.text,
            member.key_offset,
            format!("Duplicate field '{}'", member.key),
        ));
    }

    fn add(&mut self, severity: Severity, code: &'static str, message: String, place: Option<&Place>) {
        let position = place.map(|place| self.position(place.offset));
        let location = place.map(Place::location);
        self.diagnostics.push(Diagnostic { severity, code, message, location, position });
    }

    fn position(&self, offset: usize) -> Position {
        let (line, column) = crate::json::line_and_column(self.text, offset);
        Position { line, column }
    }
}
