//! The one reader of JSON text: walks it once, checks it, and tells a [`Sink`] what it meets.
//!
//! What the sink keeps decides what a reading costs: checking keeps nothing, `Document::value` builds
//! a `Value`, `definition/source` builds a tree with positions. The scanner holds its open containers
//! in a list of its own, so nesting never costs stack.

mod wording;

use super::error::JsonError;
use super::raw_string::RawString;

/// Takes what the scanner meets, in the order of the text. Offsets are bytes into the text.
pub(crate) trait Sink {
    fn null(&mut self, offset: usize);
    fn boolean(&mut self, offset: usize, value: bool);
    fn number(&mut self, offset: usize, text: &str);
    fn string(&mut self, offset: usize, text: RawString<'_>);
    fn begin_array(&mut self, offset: usize);
    fn end_array(&mut self);
    fn begin_object(&mut self, offset: usize);
    fn key(&mut self, offset: usize, text: RawString<'_>);
    fn end_object(&mut self);
}

/// Keeps nothing: the text is only checked.
pub(crate) struct Check;

impl Sink for Check {
    fn null(&mut self, _: usize) {}
    fn boolean(&mut self, _: usize, _: bool) {}
    fn number(&mut self, _: usize, _: &str) {}
    fn string(&mut self, _: usize, _: RawString<'_>) {}
    fn begin_array(&mut self, _: usize) {}
    fn end_array(&mut self) {}
    fn begin_object(&mut self, _: usize) {}
    fn key(&mut self, _: usize, _: RawString<'_>) {}
    fn end_object(&mut self) {}
}

/// Reads the whole text; returns how deep it is nested (0 for a scalar).
pub(crate) fn scan(text: &str, depth_max: usize, sink: &mut impl Sink) -> Result<usize, JsonError> {
    Scanner { text, bytes: text.as_bytes(), at: 0, open: Vec::new(), depth_max, depth_seen: 0 }
        .document(sink)
        .map_err(|failure| *failure)
}

/// Whether the text is exactly one JSON number.
pub(crate) fn is_number(text: &str) -> bool {
    let mut scanner =
        Scanner { text, bytes: text.as_bytes(), at: 0, open: Vec::new(), depth_max: 0, depth_seen: 0 };
    matches!(scanner.peek(), Some(b'-' | b'0'..=b'9')) && scanner.number().is_ok() && scanner.at == text.len()
}

/// Boxed: these results are returned for each token, and must fit in a register or two.
type Failure = Box<JsonError>;

#[derive(Clone, Copy)]
struct Open {
    is_object: bool,
    offset: usize,
}

impl Open {
    fn kind(self) -> &'static str {
        if self.is_object { "Object" } else { "Array" }
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    depth_max: usize,
    depth_seen: usize,
}

impl<'a> Scanner<'a> {
    fn document(mut self, sink: &mut impl Sink) -> Result<usize, Failure> {
        self.skip_space()?;
        if self.peek().is_none() {
            return Err(Box::new(JsonError::no_content(self.text)));
        }
        loop {
            let opened = self.value(sink)?;
            if opened && !self.closes_at_once(sink)? {
                self.begin_member(sink)?;
                continue;
            }
            if self.close_finished(sink)? {
                return Ok(self.depth_seen);
            }
            self.begin_member(sink)?;
        }
    }

    /// Reads a scalar, or the opening of a container (then true).
    fn value(&mut self, sink: &mut impl Sink) -> Result<bool, Failure> {
        let offset = self.at;
        match self.peek() {
            Some(b'"') => {
                let string =
                    self.string("string value", ": was expecting closing quote for a string value")?;
                sink.string(offset, string);
            }
            Some(b'{') => {
                self.open_container(true)?;
                sink.begin_object(offset);
                return Ok(true);
            }
            Some(b'[') => {
                self.open_container(false)?;
                sink.begin_array(offset);
                return Ok(true);
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?;
                sink.number(offset, number);
            }
            Some(b't') => self.literal("true").map(|()| sink.boolean(offset, true))?,
            Some(b'f') => self.literal("false").map(|()| sink.boolean(offset, false))?,
            Some(b'n') => self.literal("null").map(|()| sink.null(offset))?,
            Some(b'}') => return Err(self.unexpected_close_or_value('}')),
            Some(b']') => return Err(self.unexpected_close_or_value(']')),
            Some(_) => return Err(self.not_a_value()),
            None => return Err(self.end_of_input(&self.between_entries())),
        }
        if self.open.is_empty() {
            self.root_ends_here()?;
        }
        Ok(false)
    }

    fn open_container(&mut self, is_object: bool) -> Result<(), Failure> {
        self.open.push(Open { is_object, offset: self.at });
        self.at += 1;
        self.depth_seen = self.depth_seen.max(self.open.len());
        if self.open.len() > self.depth_max {
            return Err(Box::new(JsonError::too_deep(self.text, self.at, self.depth_max)));
        }
        Ok(())
    }

    /// After `{` or `[`: an empty container ends here.
    fn closes_at_once(&mut self, sink: &mut impl Sink) -> Result<bool, Failure> {
        self.skip_space()?;
        match (self.peek(), self.open.last()) {
            (Some(b'}'), Some(Open { is_object: true, .. })) => {
                sink.end_object();
                self.close();
                Ok(true)
            }
            (Some(b']'), Some(Open { is_object: false, .. })) => {
                sink.end_array();
                self.close();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// After a value: closes every container that ends here; true when the document is complete.
    /// Otherwise it stands behind the comma, before the next member.
    fn close_finished(&mut self, sink: &mut impl Sink) -> Result<bool, Failure> {
        loop {
            self.skip_space()?;
            let Some(innermost) = self.open.last().copied() else {
                return match self.peek() {
                    None => Ok(true),
                    Some(_) => Err(self.unexpected("was expecting end-of-input after the JSON value")),
                };
            };
            match (self.peek(), innermost.is_object) {
                (Some(b','), _) => {
                    self.at += 1;
                    self.skip_space()?;
                    return match self.peek() {
                        None => Err(self.end_of_input(&self.between_entries())),
                        Some(_) => Ok(false),
                    };
                }
                (Some(b'}'), true) => sink.end_object(),
                (Some(b']'), false) => sink.end_array(),
                (Some(b'}'), false) => return Err(self.wrong_close_marker('}')),
                (Some(b']'), true) => return Err(self.wrong_close_marker(']')),
                (Some(_), _) => {
                    let kind = innermost.kind();
                    return Err(self.unexpected(&format!("was expecting comma to separate {kind} entries")));
                }
                (None, _) => return Err(self.end_inside_container()),
            }
            self.close();
        }
    }

    fn close(&mut self) {
        self.at += 1;
        self.open.pop();
    }

    /// Before a member: in an object its key and colon are read, so that a value is next.
    fn begin_member(&mut self, sink: &mut impl Sink) -> Result<(), Failure> {
        if !self.open.last().is_some_and(|open| open.is_object) {
            return match self.peek() {
                None => Err(self.end_inside_container()),
                Some(_) => Ok(()),
            };
        }
        let offset = self.at;
        match self.peek() {
            Some(b'"') => {}
            Some(b']') => return Err(self.wrong_close_marker(']')),
            Some(_) => return Err(self.unexpected("was expecting double-quote to start field name")),
            None => return Err(self.end_inside_container()),
        }
        let key = self.string("name", " in field name")?;
        sink.key(offset, key);
        self.skip_space()?;
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) => return Err(self.unexpected("was expecting a colon to separate field name and value")),
            None => return Err(self.end_of_input(&self.between_entries())),
        }
        self.skip_space()
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) -> Result<(), Failure> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        match self.peek() {
            Some(0..0x20) => Err(self.illegal_space()),
            _ => Ok(()),
        }
    }

    /// A string or a key; stands on its opening quote.
    fn string(&mut self, what: &str, end_message: &str) -> Result<RawString<'a>, Failure> {
        let start = self.at + 1;
        self.at = start;
        let mut has_escapes = false;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(run) = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20) else {
                self.at = self.bytes.len();
                return Err(self.end_of_input(end_message));
            };
            self.at += run;
            match self.bytes[self.at] {
                b'"' => {
                    let raw = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(RawString { raw, has_escapes });
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ => return Err(self.illegal_in(what)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Failure> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    match self.peek() {
                        Some(byte) if byte.is_ascii_hexdigit() => self.at += 1,
                        Some(_) => {
                            return Err(self.unexpected("expected a hex-digit for character escape sequence"));
                        }
                        None => return Err(self.end_of_input(" in character escape sequence")),
                    }
                }
            }
            Some(_) => return Err(self.unknown_escape()),
            None => return Err(self.end_of_input(" in character escape sequence")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, Failure> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
            if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(
                    self.bad_digit("expected digit (0-9) to follow minus sign, for valid numeric value")
                );
            }
        }
        let first = self.peek();
        self.digits();
        if first == Some(b'0') && self.at - start > 1 + usize::from(self.bytes[start] == b'-') {
            self.at = start + 2 + usize::from(self.bytes[start] == b'-');
            return Err(self.error("Invalid numeric value: Leading zeroes not allowed".into()));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.bad_digit("Decimal point not followed by a digit"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.bad_digit("Exponent indicator not followed by a digit"));
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn literal(&mut self, word: &str) -> Result<(), Failure> {
        let rest = &self.text[self.at..];
        let ends = |rest: &str| !rest.chars().next().is_some_and(is_token_part);
        match rest.strip_prefix(word) {
            Some(rest) if ends(rest) => {
                self.at += word.len();
                Ok(())
            }
            _ => Err(self.unknown_token()),
        }
    }

    /// A scalar at the root must not touch what follows.
    fn root_ends_here(&mut self) -> Result<(), Failure> {
        match self.peek() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n') => Ok(()),
            Some(_) if self.bytes[self.at - 1].is_ascii_digit() => {
                Err(self.unexpected("Expected space separating root-level values"))
            }
            Some(_) => Ok(()),
        }
    }
}

/// Java's `isJavaIdentifierPart`, which ends an unknown token.
fn is_token_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}
