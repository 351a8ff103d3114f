//! Reading of a path.

use std::sync::Arc;

use unicode_ident::{is_xid_continue, is_xid_start};

use super::filter::{Filter, Operand, Operator};
use super::{Path, Root, Step, SyntaxError};
use crate::json::{Number, Value};
use crate::limits::{FILTER_NESTING_MAX, PATH_STEPS_MAX};

pub(super) fn parse(text: &str) -> Result<Path, SyntaxError> {
    let mut parser = Parser { text, at: 0, nesting: 0 };
    let root = parser.root()?;
    let steps = parser.steps()?;
    match parser.peek() {
        None => Ok(Path { text: text.into(), root, steps: steps.into() }),
        Some(_) => Err(parser.error("expected `.`, `[` or the end of the path")),
    }
}

/// A number of JSON or, as in Java, one without the zero before its point: `.5`.
fn number(word: &str) -> Option<Value> {
    let (sign, digits) = word.strip_prefix('-').map_or(("", word), |digits| ("-", digits));
    let zero = if digits.starts_with('.') { "0" } else { "" };
    Number::from_text(&format!("{sign}{zero}{digits}")).map(Value::Number)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    nesting: usize,
}

type Parsed<T> = Result<T, SyntaxError>;

impl Parser<'_> {
    fn root(&mut self) -> Parsed<Root> {
        if !self.take("$") {
            return Err(self.error("expected a path to start with `$`"));
        }
        if self.take("$") {
            return Ok(Root::Context);
        }
        let name: Arc<str> = self.take_while(is_xid_continue).into();
        match name.chars().next() {
            None => Ok(Root::Input),
            Some(first) if is_xid_start(first) => Ok(Root::Variable(name)),
            Some(_) => Err(self.error("expected the name of a variable to start with a letter")),
        }
    }

    /// Steps as long as there are any: `.name`, `..name`, `[...]`.
    fn steps(&mut self) -> Parsed<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if self.take("..") {
                steps.push(Step::Descendants);
                if self.peek() != Some('[') {
                    steps.push(self.dot_name()?);
                }
            } else if self.take(".") {
                // `$.[0]` is odd, but Jayway takes it and people write it.
                if self.peek() != Some('[') {
                    steps.push(self.dot_name()?);
                }
            } else if self.take("[") {
                steps.push(self.bracket()?);
            } else {
                return Ok(steps);
            }
            if steps.len() > PATH_STEPS_MAX {
                return Err(self.error(&format!("expected at most {PATH_STEPS_MAX} steps")));
            }
        }
    }

    fn dot_name(&mut self) -> Parsed<Step> {
        if self.take("*") {
            return Ok(Step::Wildcard);
        }
        let mut name = String::new();
        while let Some(character) = self.peek() {
            match character {
                '\\' => {
                    self.next_char();
                    name.push(self.next_char().ok_or_else(|| self.error("expected a character after `\\`"))?);
                }
                '(' => return Err(self.error("functions are not supported in paths")),
                // Inside a filter an operator ends the name.
                _ if self.nesting > 0 && "=<>!&|),~ ]\t\n\r".contains(character) => break,
                '.' | '[' => break,
                ' ' | '\t' | '\n' | '\r' => {
                    return Err(self.error("expected brackets around a name that contains blanks"));
                }
                _ => {
                    self.next_char();
                    name.push(character);
                }
            }
        }
        if name.is_empty() {
            return Err(self.error("expected a name after `.`"));
        }
        Ok(Step::Member(name.into()))
    }

    /// After `[`, up to and with `]`.
    fn bracket(&mut self) -> Parsed<Step> {
        self.blanks();
        let step = match self.peek() {
            Some('*') => {
                self.next_char();
                Step::Wildcard
            }
            Some('?') => {
                self.next_char();
                Step::Filter(self.filter()?)
            }
            Some('\'' | '"') => self.bracket_names()?,
            Some('-' | ':' | '0'..='9') => self.bracket_indexes()?,
            _ => return Err(self.error("expected `'`, an index, `*` or `?` after `[`")),
        };
        self.blanks();
        self.expect("]")?;
        Ok(step)
    }

    fn bracket_names(&mut self) -> Parsed<Step> {
        let mut names: Vec<Arc<str>> = vec![self.quoted()?.into()];
        while self.separator() {
            names.push(self.quoted()?.into());
        }
        Ok(match names.len() {
            1 => Step::Member(names.remove(0)),
            _ => Step::Members(names),
        })
    }

    fn bracket_indexes(&mut self) -> Parsed<Step> {
        let first = self.index()?;
        self.blanks();
        if self.take(":") {
            self.blanks();
            let end = self.index()?;
            self.blanks();
            let step = if self.take(":") {
                self.blanks();
                self.index()?.unwrap_or(1)
            } else {
                1
            };
            return Ok(Step::Slice { start: first, end, step });
        }
        let mut indexes = vec![first.ok_or_else(|| self.error("expected an index"))?];
        while self.separator() {
            indexes.push(self.index()?.ok_or_else(|| self.error("expected an index after `,`"))?);
        }
        Ok(match indexes.len() {
            1 => Step::Index(indexes[0]),
            _ => Step::Indexes(indexes),
        })
    }

    fn separator(&mut self) -> bool {
        self.blanks();
        let found = self.take(",");
        self.blanks();
        found
    }

    fn index(&mut self) -> Parsed<Option<i64>> {
        let start = self.at;
        self.take("-");
        self.take_while(|character| character.is_ascii_digit());
        let digits = &self.text[start..self.at];
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().map(Some).map_err(|_| self.error("expected an index of at most 64 bits"))
    }

    /// A name or text in single or double quotes. A backslash takes away the meaning of a backslash or
    /// of the quote in use; before anything else it stands for itself.
    fn quoted(&mut self) -> Parsed<String> {
        let Some(quote @ ('\'' | '"')) = self.next_char() else {
            return Err(self.error("expected a quoted name"));
        };
        let mut text = String::new();
        loop {
            match self.next_char() {
                None => return Err(self.error(&format!("expected a closing `{quote}`"))),
                Some(character) if character == quote => return Ok(text),
                Some('\\') => match self.peek() {
                    Some(escaped) if escaped == quote || escaped == '\\' => {
                        self.next_char();
                        text.push(escaped);
                    }
                    _ => text.push('\\'),
                },
                Some(character) => text.push(character),
            }
        }
    }

    fn filter(&mut self) -> Parsed<Filter> {
        self.nested(Self::either)
    }

    /// Runs `inner` one level deeper, within the bound on nesting.
    fn nested<T>(&mut self, inner: fn(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.nesting += 1;
        if self.nesting > FILTER_NESTING_MAX {
            return Err(self.error(&format!("expected at most {FILTER_NESTING_MAX} levels in a filter")));
        }
        let result = inner(self);
        self.nesting -= 1;
        result
    }

    fn either(&mut self) -> Parsed<Filter> {
        let mut parts = vec![self.both()?];
        while self.take_operator("||") {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    fn both(&mut self) -> Parsed<Filter> {
        let mut parts = vec![self.nested(Self::test)?];
        while self.take_operator("&&") {
            parts.push(self.nested(Self::test)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn test(&mut self) -> Parsed<Filter> {
        self.blanks();
        if self.take("!") {
            return Ok(Filter::Not(Box::new(self.nested(Self::test)?)));
        }
        if self.take("(") {
            let inner = self.nested(Self::either)?;
            self.blanks();
            self.expect(")")?;
            return Ok(inner);
        }
        let left = self.operand()?;
        self.blanks();
        if self.take("=~") {
            self.blanks();
            return Ok(Filter::Matches { left, pattern: self.pattern()? });
        }
        let Some(operator) = self.operator() else {
            return match left {
                Operand::Literal(_) => Err(self.error("expected a comparison after a literal")),
                path => Ok(Filter::Exists(path)),
            };
        };
        self.blanks();
        let right = self.operand()?;
        Ok(Filter::Compare { left, operator, right })
    }

    fn operator(&mut self) -> Option<Operator> {
        const OPERATORS: [(&str, Operator); 6] = [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        const WORDS: [(&str, Operator); 4] =
            [("in", Operator::In), ("IN", Operator::In), ("nin", Operator::NotIn), ("NIN", Operator::NotIn)];
        for (symbol, operator) in OPERATORS {
            if self.take(symbol) {
                return Some(operator);
            }
        }
        for (word, operator) in WORDS {
            let rest = &self.text[self.at..];
            let is_word =
                rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
            if is_word {
                self.take(word);
                return Some(operator);
            }
        }
        None
    }

    fn operand(&mut self) -> Parsed<Operand> {
        if self.take("@") {
            return Ok(Operand::Item(self.nested(Self::steps)?));
        }
        if self.peek() == Some('$') {
            self.next_char();
            return Ok(Operand::Document(self.nested(Self::steps)?));
        }
        self.nested(Self::literal).map(Operand::Literal)
    }

    fn literal(&mut self) -> Parsed<Value> {
        self.blanks();
        match self.peek() {
            Some('\'' | '"') => Ok(Value::String(self.quoted()?.into())),
            Some('[') => {
                self.next_char();
                self.blanks();
                let mut items = Vec::new();
                if !self.take("]") {
                    items.push(self.nested(Self::literal)?);
                    while self.separator() {
                        items.push(self.nested(Self::literal)?);
                    }
                    self.blanks();
                    self.expect("]")?;
                }
                Ok(Value::Array(Arc::new(items)))
            }
            _ => {
                let is_part = |character: char| character.is_alphanumeric() || "+-.".contains(character);
                let word = self.take_while(is_part);
                match word {
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    "null" => Ok(Value::Null),
                    _ => number(word).ok_or_else(|| self.error("expected a path or a literal")),
                }
            }
        }
    }

    /// `/.../` with the flags of Java's patterns that we know: `i`, `m`, `s`, `x`.
    fn pattern(&mut self) -> Parsed<regex_lite::Regex> {
        self.expect("/")?;
        let mut source = String::new();
        loop {
            match self.next_char() {
                None => return Err(self.error("expected `/` at the end of a pattern")),
                Some('/') => break,
                Some('\\') if self.take("/") => source.push('/'),
                Some('\\') => {
                    source.push('\\');
                    source.extend(self.next_char());
                }
                Some(character) => source.push(character),
            }
        }
        let flags = self.take_while(|character| "imsx".contains(character));
        let anchored = match flags {
            "" => format!("^(?:{source})$"),
            flags => format!("^(?{flags}:{source})$"),
        };
        regex_lite::Regex::new(&anchored)
            .map_err(|error| self.error(&format!("expected a regular expression, {error}")))
    }

    fn take_operator(&mut self, symbol: &str) -> bool {
        self.blanks();
        self.take(symbol)
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

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &str {
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
