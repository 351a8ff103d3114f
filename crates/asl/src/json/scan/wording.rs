//! What can be wrong with a text, in Jackson's words. A bad character counts as read: places are behind it.

use super::super::error::{JsonError, describe, location_at};
use super::{Failure, Scanner, is_token_part};

const VALUE_KINDS: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
/// LIMIT: characters of an unknown token that a message repeats (Jackson's `MAX_ERROR_TOKEN_LENGTH`).
const TOKEN_CHARS_MAX: usize = 256;

impl Scanner<'_> {
    #[cold]
    pub(super) fn error(&self, message: String) -> Failure {
        Box::new(JsonError::new(self.text, self.at, message))
    }

    /// An error about the next character, which counts as read.
    #[cold]
    fn bad_char(&mut self, message: impl FnOnce(&str) -> String) -> Failure {
        let begins = self.at;
        let character = self.text[begins..].chars().next().unwrap_or('\0');
        self.at += character.len_utf8();
        Box::new(JsonError::new(self.text, self.at, message(&describe(character))).from(begins))
    }

    pub(super) fn illegal_space(&mut self) -> Failure {
        self.bad_char(|found| {
            format!(
                "Illegal character ({found}): only regular white space (\\r, \\n, \\t) is allowed between tokens"
            )
        })
    }

    /// A control character inside a string or a name.
    pub(super) fn illegal_in(&mut self, what: &str) -> Failure {
        self.bad_char(|found| {
            format!(
                "Illegal unquoted character ({found}): has to be escaped using backslash to be included in {what}"
            )
        })
    }

    pub(super) fn unknown_escape(&mut self) -> Failure {
        self.bad_char(|found| format!("Unrecognized character escape {found}"))
    }

    pub(super) fn unexpected(&mut self, expectation: &str) -> Failure {
        self.bad_char(|found| format!("Unexpected character ({found}): {expectation}"))
    }

    pub(super) fn bad_digit(&mut self, expectation: &str) -> Failure {
        if self.peek().is_none() {
            return self.end_of_input(&format!(": {expectation}"));
        }
        self.bad_char(|found| format!("Unexpected character ({found}) in numeric value: {expectation}"))
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
        let expected = if open.is_object { '}' } else { ']' };
        let start = location_at(self.text, open.offset);
        self.bad_char(|_| {
            let kind = open.kind();
            format!(
                "Unexpected close marker '{found}': expected '{expected}' (for {kind} starting at {start})"
            )
        })
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
        let begins = self.at;
        self.at += token.len();
        let dots = if token.chars().count() == TOKEN_CHARS_MAX { "..." } else { "" };
        let message = format!("Unrecognized token '{token}{dots}': was expecting {VALUE_KINDS}");
        Box::new(JsonError::new(self.text, self.at, message).from(begins))
    }
}
