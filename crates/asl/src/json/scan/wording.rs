//! What can be wrong with a text, in Jackson's words. A bad character counts as read: places are behind it.

use super::super::error::{JsonError, describe, location_at};
use super::{Failure, Scanner, is_token_part};

const VALUE_KINDS: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
/// LIMIT: characters of an unknown token that a message repeats (Jackson's `MAX_ERROR_TOKEN_LENGTH`).
const TOKEN_CHARS_MAX: usize = 256;

impl Scanner<'_> {
    pub(super) fn take_char(&mut self) -> char {
        let character = self.text[self.at..].chars().next().unwrap_or('\0');
        self.at += character.len_utf8();
        character
    }

    #[cold]
    pub(super) fn error(&self, message: String) -> Failure {
        Box::new(JsonError::new(self.text, self.at, message))
    }

    pub(super) fn illegal_space(&mut self) -> Failure {
        let character = self.take_char();
        self.error(format!(
            "Illegal character ({}): only regular white space (\\r, \\n, \\t) is allowed between tokens",
            describe(character)
        ))
    }

    /// A control character inside a string or a name.
    pub(super) fn illegal_in(&mut self, what: &str) -> Failure {
        let character = self.take_char();
        self.error(format!(
            "Illegal unquoted character ({}): has to be escaped using backslash to be included in {what}",
            describe(character)
        ))
    }

    pub(super) fn unknown_escape(&mut self) -> Failure {
        let character = self.take_char();
        self.error(format!("Unrecognized character escape {}", describe(character)))
    }

    pub(super) fn unexpected(&mut self, expectation: &str) -> Failure {
        let character = self.take_char();
        self.error(format!("Unexpected character ({}): {expectation}", describe(character)))
    }

    pub(super) fn bad_digit(&mut self, expectation: &str) -> Failure {
        if self.peek().is_none() {
            return self.end_of_input(&format!(": {expectation}"));
        }
        let character = self.take_char();
        self.error(format!("Unexpected character ({}) in numeric value: {expectation}", describe(character)))
    }

    pub(super) fn end_of_input(&self, tail: &str) -> Failure {
        self.error(format!("Unexpected end-of-input{tail}"))
    }

    pub(super) fn between_entries(&self) -> String {
        let kind = self.open.last().map_or("root", |open| open.kind());
        format!(" within/between {kind} entries")
    }

    pub(super) fn end_inside_container(&self) -> Failure {
        let Some(open) = self.open.last() else { return self.end_of_input("") };
        let start = location_at(self.text, open.offset);
        self.end_of_input(&format!(": expected close marker for {} (start marker at {start})", open.kind()))
    }

    pub(super) fn wrong_close_marker(&mut self, found: char) -> Failure {
        let Some(open) = self.open.last().copied() else { return self.not_a_value() };
        self.at += 1;
        let expected = if open.is_object { '}' } else { ']' };
        let start = location_at(self.text, open.offset);
        self.error(format!(
            "Unexpected close marker '{found}': expected '{expected}' (for {} starting at {start})",
            open.kind()
        ))
    }

    pub(super) fn unexpected_close_or_value(&mut self, found: char) -> Failure {
        match self.open.last() {
            Some(open) if open.is_object == (found == ']') => self.wrong_close_marker(found),
            _ => self.not_a_value(),
        }
    }

    pub(super) fn not_a_value(&mut self) -> Failure {
        match self.text[self.at..].chars().next() {
            Some(character) if is_token_part(character) && !character.is_ascii_digit() => {
                self.unknown_token()
            }
            _ => self.unexpected(&format!("expected a valid value {VALUE_KINDS}")),
        }
    }

    pub(super) fn unknown_token(&mut self) -> Failure {
        let token: String = self.text[self.at..]
            .chars()
            .take_while(|&character| is_token_part(character))
            .take(TOKEN_CHARS_MAX)
            .collect();
        self.at += token.len();
        let dots = if token.chars().count() == TOKEN_CHARS_MAX { "..." } else { "" };
        self.error(format!("Unrecognized token '{token}{dots}': was expecting {VALUE_KINDS}"))
    }
}
