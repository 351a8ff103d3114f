//! Constraint violations, collected over a whole request and told in AWS's words.
//!
//! A request is checked member by member in the order of the model; the answer names every violation.

use std::fmt::Display;

use super::member::{Integer, Text};
use crate::error::ApiError;

/// Bounds of a string, in characters.
pub(crate) struct TextRule {
    min: usize,
    max: usize,
    /// A sensitive value is not repeated in the message.
    sensitive: bool,
    pattern: Option<Pattern>,
}

/// The regular expressions of the model that request members of these operations have.
#[derive(Clone, Copy)]
pub(crate) enum Pattern {
    Ascii,
    AliasName,
    /// Characters of ASCII that can be seen.
    Printable,
}

pub(crate) struct NumberRule {
    pub(crate) min: i64,
    pub(crate) max: i64,
}

impl TextRule {
    pub(crate) const fn of(min: usize, max: usize) -> TextRule {
        TextRule { min, max, sensitive: false, pattern: None }
    }

    pub(crate) const fn sensitive(self) -> TextRule {
        TextRule { sensitive: true, ..self }
    }

    pub(crate) const fn matching(self, pattern: Pattern) -> TextRule {
        TextRule { pattern: Some(pattern), ..self }
    }
}

impl Pattern {
    fn matches(self, value: &str) -> bool {
        match self {
            Pattern::Ascii => value.is_ascii(),
            Pattern::AliasName => asl::arn::is_alias(value),
            Pattern::Printable => value.bytes().all(|byte| byte.is_ascii_graphic()),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Pattern::Ascii => "\\p{ASCII}*",
            Pattern::Printable => "[!-~]+",
            Pattern::AliasName => "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$",
        }
    }
}

#[derive(Default)]
pub(crate) struct Constraints {
    violations: Vec<String>,
}

impl Constraints {
    /// A member that must be there. Its text, or nothing when it is absent: `finish` then refuses.
    pub(crate) fn required<'v>(
        &mut self,
        at: impl Display,
        value: &'v Option<Text<'_>>,
        rule: &TextRule,
    ) -> &'v str {
        match value {
            Some(text) => {
                self.text(at, text, rule);
                text
            }
            None => {
                self.missing(at);
                ""
            }
        }
    }

    pub(crate) fn optional<'v>(
        &mut self,
        at: impl Display,
        value: &'v Option<Text<'_>>,
        rule: &TextRule,
    ) -> Option<&'v str> {
        let text = value.as_ref()?;
        self.text(at, text, rule);
        Some(text)
    }

    pub(crate) fn missing(&mut self, at: impl Display) {
        self.violations
            .push(format!("Value null at '{at}' failed to satisfy constraint: Member must not be null"));
    }

    pub(crate) fn text(&mut self, at: impl Display, value: &str, rule: &TextRule) {
        self.length(&at, value, value.len(), || value.chars().count(), rule);
        if let Some(pattern) = rule.pattern.filter(|pattern| !pattern.matches(value)) {
            let must = format!("satisfy regular expression pattern: {}", pattern.as_str());
            self.violation(&at, shown(value, rule), &must);
        }
    }

    /// A text that is no longer at hand as one: only its measures are.
    pub(crate) fn measured(&mut self, at: impl Display, bytes: usize, characters: usize, rule: &TextRule) {
        self.length(&at, "", bytes, || characters, rule);
    }

    /// One of a closed set. The value as the set spells it.
    pub(crate) fn one_of(
        &mut self,
        at: impl Display,
        value: &Option<Text<'_>>,
        set: &[&'static str],
    ) -> Option<&'static str> {
        let text: &str = value.as_ref()?;
        let found = set.iter().copied().find(|member| *member == text);
        if found.is_none() {
            let must = format!("satisfy enum value set: [{}]", set.join(", "));
            self.violation(&at, Some(text), &must);
        }
        found
    }

    pub(crate) fn number(&mut self, at: impl Display, value: Option<Integer>, rule: &NumberRule) {
        let Some(Integer(number)) = value else { return };
        let must = if number < rule.min {
            format!("have value greater than or equal to {}", rule.min)
        } else if number > rule.max {
            format!("have value less than or equal to {}", rule.max)
        } else {
            return;
        };
        self.violation(&at, Some(&number.to_string()), &must);
    }

    /// A list with too few or too many members; `value` is the list as AWS writes one.
    pub(crate) fn items(
        &mut self,
        at: impl Display,
        count: usize,
        value: impl FnOnce() -> String,
        rule: &NumberRule,
    ) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let must = if count < rule.min {
            format!("have length greater than or equal to {}", rule.min)
        } else if count > rule.max {
            format!("have length less than or equal to {}", rule.max)
        } else {
            return;
        };
        self.violation(&at, Some(&value()), &must);
    }

    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.violations.is_empty() {
            return Ok(());
        }
        let count = self.violations.len();
        let noun = if count == 1 { "error" } else { "errors" };
        Err(ApiError::Validation(format!(
            "{count} validation {noun} detected: {}",
            self.violations.join("; ")
        )))
    }

    /// Characters are only counted where the bytes leave a doubt: a payload is a quarter of a megabyte.
    fn length(
        &mut self,
        at: &impl Display,
        value: &str,
        bytes: usize,
        characters: impl Fn() -> usize,
        rule: &TextRule,
    ) {
        if bytes > rule.max && characters() > rule.max {
            let must = format!("have length less than or equal to {}", rule.max);
            self.violation(at, shown(value, rule), &must);
        }
        if bytes < rule.min {
            let must = format!("have length greater than or equal to {}", rule.min);
            self.violation(at, shown(value, rule), &must);
        }
    }

    fn violation(&mut self, at: &impl Display, value: Option<&str>, must: &str) {
        let value = value.map(|value| format!(" '{value}'")).unwrap_or_default();
        self.violations
            .push(format!("Value{value} at '{at}' failed to satisfy constraint: Member must {must}"));
    }
}

fn shown<'v>(value: &'v str, rule: &TextRule) -> Option<&'v str> {
    (!rule.sensitive).then_some(value)
}

#[cfg(test)]
mod tests;
