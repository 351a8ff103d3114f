//! Reading of a call: `States.Name(argument, ...)`.
//!
//! An argument is a string in single quotes, a number, `true`, `false`, `null`, a path or a call.

use std::sync::Arc;

use super::generic::Pattern;
use super::{Argument, Call, FUNCTIONS, Function, Invocation, SyntaxError};
use crate::json::{Number, Value};
use crate::limits::INTRINSIC_NESTING_MAX;
use crate::query::jsonpath::Path;

pub(super) fn parse(text: &str) -> Result<Call, SyntaxError> {
    let mut parser = Parser { text, at: 0, nesting: 0 };
    let invocation = parser.invocation()?;
    // YAML's `|` leaves a line end behind the call.
    parser.blanks();
    match parser.peek() {
        None => Ok(Call { text: text.into(), invocation }),
        Some(_) => Err(parser.error("expected nothing after the call")),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    nesting: usize,
}

type Parsed<T> = Result<T, SyntaxError>;

impl<'t> Parser<'t> {
    fn invocation(&mut self) -> Parsed<Invocation> {
        self.nesting += 1;
        if self.nesting > INTRINSIC_NESTING_MAX {
            return Err(self.error(&format!("expected at most {INTRINSIC_NESTING_MAX} nested calls")));
        }
        if !self.take("States.") {
            return Err(self.error("expected `States.` and the name of a function"));
        }
        let name = self.take_while(|character| character.is_ascii_alphanumeric());
        let Some((_, function, counts)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            return Err(self.error(&format!("expected an intrinsic function, found `States.{name}`")));
        };
        let (pattern, arguments) = self.arguments(*function)?;
        let found = arguments.len() + usize::from(pattern.is_some());
        if !counts.contains(&found) {
            let expected = match (*counts.start(), *counts.end()) {
                (least, most) if least == most => format!("{least}"),
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) => format!("{least} to {most}"),
            };
            let reason = format!("expected {expected} arguments for `States.{name}`, found {found}");
            return Err(self.error(&reason));
        }
        self.nesting -= 1;
        Ok(Invocation { function: *function, pattern, arguments })
    }

    fn arguments(&mut self, function: Function) -> Parsed<(Option<Pattern>, Vec<Argument>)> {
        let (mut pattern, mut arguments) = (None, Vec::new());
        self.expect("(")?;
        self.blanks();
        if self.take(")") {
            return Ok((pattern, arguments));
        }
        loop {
            let is_first = pattern.is_none() && arguments.is_empty();
            if is_first && function == Function::Format && self.peek() == Some('\'') {
                pattern = Some(Pattern::of_literal(self.quoted()?));
            } else {
                arguments.push(self.argument()?);
            }
            self.blanks();
            if self.take(")") {
                return Ok((pattern, arguments));
            }
            self.expect(",")?;
            self.blanks();
        }
    }

    fn argument(&mut self) -> Parsed<Argument> {
        match self.peek() {
            Some('\'') => Ok(Argument::Literal(Value::String(unescape(self.quoted()?)))),
            Some('$') => {
                let start = self.at;
                let path = &self.text[start..self.path_end()];
                match Path::parse(path) {
                    Ok(parsed) => {
                        self.at += path.len();
                        Ok(Argument::Path(parsed))
                    }
                    Err(error) => Err(self.error(&format!("expected a path ({error})"))),
                }
            }
            Some('S') => self.invocation().map(Argument::Call),
            _ => self.scalar().map(Argument::Literal),
        }
    }

    fn scalar(&mut self) -> Parsed<Value> {
        let start = self.at;
        let word = self.take_while(|character| character.is_alphanumeric() || "+-.".contains(character));
        match word {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            _ => Number::from_text(word).map(Value::Number).ok_or_else(|| {
                self.at = start;
                self.error("expected a string in single quotes, a number, a path or a call")
            }),
        }
    }

    /// The text between single quotes as it is written. A backslash must stand before a quote, a brace
    /// or a backslash.
    fn quoted(&mut self) -> Parsed<&'t str> {
        self.expect("'")?;
        let start = self.at;
        loop {
            match self.next_char() {
                None => return Err(self.error("expected a closing `'`")),
                Some('\'') => return Ok(&self.text[start..self.at - 1]),
                Some('\\') if !matches!(self.next_char(), Some('\'' | '{' | '}' | '\\')) => {
                    return Err(self.error("expected `'`, `{`, `}` or `\\` after `\\`"));
                }
                Some(_) => {}
            }
        }
    }

    /// Where the path that starts here ends: at a blank, a comma or a parenthesis outside brackets.
    fn path_end(&self) -> usize {
        let mut brackets = 0_usize;
        let mut quote = None;
        let mut before = ' ';
        let mut characters = self.text[self.at..].char_indices();
        while let Some((offset, character)) = characters.next() {
            match (quote, character) {
                (_, '\\') => {
                    characters.next();
                }
                (Some(open), _) => quote = quote.filter(|_| open != character),
                (None, '\'' | '"') if brackets > 0 => quote = Some(character),
                // `=~ /pattern/` in a filter: a pattern may contain anything.
                (None, '/') if brackets > 0 && before == '~' => quote = Some('/'),
                (None, '[') => brackets += 1,
                (None, ']') => brackets = brackets.saturating_sub(1),
                (None, ',' | ')' | ' ' | '\t' | '\n' | '\r') if brackets == 0 => return self.at + offset,
                (None, _) => {}
            }
            if character != ' ' {
                before = character;
            }
        }
        self.text.len()
    }

    fn blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t' | '\n' | '\r'));
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next_char(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.text[self.at..].starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest.find(|character| !accepts(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol) { Ok(()) } else { Err(self.error(&format!("expected `{symbol}`"))) }
    }

    fn error(&self, reason: &str) -> SyntaxError {
        SyntaxError::at(self.text, self.at, reason)
    }
}

/// Takes the backslashes away that give other characters back their plain meaning.
fn unescape(written: &str) -> Arc<str> {
    let mut characters = written.chars();
    let mut text = String::with_capacity(written.len());
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    text.into()
}
