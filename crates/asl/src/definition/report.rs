//! Where findings are collected while a definition is read.

pub(crate) use super::place::{Place, Way};
use super::source::Member;
use crate::diagnostic::{Diagnostic, Severity};
use crate::json::{JsonError, Lines};
use crate::limits::{FINDINGS_BYTES_MAX, FINDINGS_MAX, HINTS_MAX};

pub(crate) const SCHEMA_VALIDATION_FAILED: &str = "SCHEMA_VALIDATION_FAILED";
pub(crate) const INVALID_JSON_DESCRIPTION: &str = "INVALID_JSON_DESCRIPTION";
pub(crate) const MISSING_TRANSITION_TARGET: &str = "MISSING_TRANSITION_TARGET";
pub(crate) const MISSING_END_STATE: &str = "MISSING_END_STATE";
pub(crate) const DUPLICATE_STATE_NAME: &str = "DUPLICATE_STATE_NAME";
pub(crate) const INVALID_STATE_NAME: &str = "INVALID_STATE_NAME";
pub(crate) const INVALID_JSONATA_EXPRESSION: &str = "INVALID_JSONATA_EXPRESSION";
pub(crate) const UNSUPPORTED_JSONATA_EXPRESSION: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
/// Ours: the definition is right, and refused all the same.
pub(crate) const NOT_SUPPORTED_YET: &str = "NOT_SUPPORTED_YET";
pub(crate) const TOO_DEEPLY_NESTED: &str = "TOO_DEEPLY_NESTED";

/// INVARIANT: what is said of a definition stays within bounds, however much is wrong with it, and the first error
/// and the first refusal go before warnings.
#[derive(Debug)]
pub(crate) struct Report<'t> {
    text: &'t str,
    lines: Lines<'t>,
    diagnostics: Vec<Diagnostic>,
    /// Of all texts of the findings.
    bytes: usize,
    hints: usize,
    has_errors: bool,
    is_refused: bool,
    left_out: usize,
    /// Where the JSONata of the state that is being read mentions variables.
    mentions: Vec<(String, Place)>,
    /// The names below `$states.input` that it reads, in the same way.
    data_reads: Vec<(Vec<String>, Place)>,
}

impl<'t> Report<'t> {
    pub(crate) fn new(text: &'t str) -> Report<'t> {
        let lines = Lines::of(text);
        Report {
            text,
            lines,
            diagnostics: Vec::new(),
            bytes: 0,
            hints: 0,
            has_errors: false,
            is_refused: false,
            left_out: 0,
            mentions: Vec::new(),
            data_reads: Vec::new(),
        }
    }

    /// Not a finding: a JSONata expression reads a variable.
    pub(crate) fn mention(&mut self, variable: &str, place: &Place) {
        self.mentions.push((variable.to_owned(), place.clone()));
    }

    pub(super) fn take_mentions(&mut self) -> Vec<(String, Place)> {
        std::mem::take(&mut self.mentions)
    }

    /// Not a finding: a JSONata expression reads what these names lead to in the state's input.
    pub(crate) fn data_read(&mut self, names: &[String], place: &Place) {
        self.data_reads.push((names.to_vec(), place.clone()));
    }

    pub(super) fn take_data_reads(&mut self) -> Vec<(Vec<String>, Place)> {
        std::mem::take(&mut self.data_reads)
    }

    /// The findings, and how many more there are than can be told.
    pub(crate) fn finish(self) -> (Vec<Diagnostic>, usize) {
        (self.diagnostics, self.left_out)
    }

    pub(crate) fn error(&mut self, code: &'static str, message: String, place: &Place) {
        self.add(Severity::Error, code, message, Some(place), None);
    }

    pub(crate) fn warning(&mut self, code: &'static str, message: String, place: &Place) {
        self.add(Severity::Warning, code, message, Some(place), None);
    }

    /// A finding about the definition as a whole.
    pub(crate) fn error_without_place(&mut self, code: &'static str, message: String) {
        self.add(Severity::Error, code, message, None, None);
    }

    pub(crate) fn schema(&mut self, message: String, place: &Place) {
        self.error(SCHEMA_VALIDATION_FAILED, message, place);
    }

    /// What AWS says, and what it does not: which name may have been meant.
    pub(crate) fn schema_with_hint(&mut self, message: String, hint: Option<String>, place: &Place) {
        self.add(Severity::Error, SCHEMA_VALIDATION_FAILED, message, Some(place), hint);
    }

    /// How many more findings may have a hint.
    pub(crate) fn hints_left(&self) -> usize {
        HINTS_MAX.saturating_sub(self.hints)
    }

    /// AWS knows this and Stairway does not run it yet: no fault of the definition, but there is no machine.
    pub(crate) fn unsupported(&mut self, feature: &str, place: &Place) {
        self.warning(NOT_SUPPORTED_YET, format!("Stairway does not support {feature} yet"), place);
        self.is_refused = true;
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Whether Stairway can run the definition as far as it was read.
    pub(crate) fn allows_a_machine(&self) -> bool {
        !self.has_errors && !self.is_refused
    }

    pub(crate) fn syntax(&mut self, error: JsonError) {
        let position = Some(self.lines.position(error.begins));
        let (code, location) = match error.is_too_deep {
            true => (TOO_DEEPLY_NESTED, None),
            false => (INVALID_JSON_DESCRIPTION, Some(error.location)),
        };
        let (severity, message) = (Severity::Error, error.message);
        self.push(Diagnostic { severity, code, message, location, position, hint: None });
    }

    pub(crate) fn duplicate_key(&mut self, member: &Member) {
        if self.is_full() {
            return self.leave_out(Severity::Error);
        }
        let message = format!("Duplicate field '{}'", member.key);
        self.syntax(JsonError::new(self.text, member.key_offset, message));
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        message: String,
        place: Option<&Place>,
        hint: Option<String>,
    ) {
        if self.is_full() && !self.makes_room_for(severity, code) {
            return self.leave_out(severity);
        }
        let position = place.map(|place| self.lines.position(place.offset));
        let location = place.map(Place::location);
        self.push(Diagnostic { severity, code, message, location, position, hint });
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.has_errors |= diagnostic.severity == Severity::Error;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.hints += usize::from(diagnostic.hint.is_some());
        self.bytes += diagnostic.message.len() + length(&diagnostic.location) + length(&diagnostic.hint);
        self.diagnostics.push(diagnostic);
    }

    fn is_full(&self) -> bool {
        self.diagnostics.len() >= FINDINGS_MAX || self.bytes >= FINDINGS_BYTES_MAX
    }

    /// Why there is no machine is told rather than other warnings: the first error, the first refusal.
    fn makes_room_for(&mut self, severity: Severity, code: &str) -> bool {
        let is_first = match severity {
            Severity::Error => !self.has_errors,
            Severity::Warning => code == NOT_SUPPORTED_YET && !self.is_refused,
        };
        let is_only_a_warning =
            |told: &Diagnostic| told.severity == Severity::Warning && told.code != NOT_SUPPORTED_YET;
        // There is one first of each, so this is looked for twice at most.
        let place = if is_first { self.diagnostics.iter().rposition(is_only_a_warning) } else { None };
        place.is_some_and(|at| {
            self.diagnostics.remove(at);
            self.left_out += 1;
            true
        })
    }

    fn leave_out(&mut self, severity: Severity) {
        self.has_errors |= severity == Severity::Error;
        self.left_out += 1;
    }
}
