//! Answers written directly: compact, members in the order in which they are named.

use std::fmt::Display;
use std::io::Write;

use super::escape::push_string;

/// A JSON object being written.
pub(crate) struct Json {
    out: Vec<u8>,
}

impl Json {
    pub(crate) fn object() -> Json {
        Json::with_room(256)
    }

    /// For an answer whose size is known to be large, or known to be small.
    pub(crate) fn with_room(bytes: usize) -> Json {
        let mut out = Vec::with_capacity(bytes);
        out.push(b'{');
        Json { out }
    }

    pub(crate) fn string(&mut self, key: &str, value: &str) -> &mut Json {
        self.key(key);
        push_string(&mut self.out, value);
        self
    }

    pub(crate) fn optional(&mut self, key: &str, value: Option<&str>) -> &mut Json {
        match value {
            Some(value) => self.string(key, value),
            None => self,
        }
    }

    pub(crate) fn null(&mut self, key: &str) -> &mut Json {
        self.raw(key, "null")
    }

    pub(crate) fn number(&mut self, key: &str, value: i64) -> &mut Json {
        self.key(key);
        push_number(&mut self.out, value);
        self
    }

    /// Epoch seconds with up to three decimals.
    pub(crate) fn timestamp(&mut self, key: &str, epoch_ms: i64) -> &mut Json {
        self.key(key);
        push_timestamp(&mut self.out, epoch_ms);
        self
    }

    /// The rules of names leave nothing in an ARN that JSON would have to escape.
    pub(crate) fn arn(&mut self, key: &str, arn: &impl Display) -> &mut Json {
        self.key(key);
        write!(self.out, "\"{arn}\"").expect("a buffer in memory takes what it is given");
        self
    }

    /// JSON that is known to be well-formed.
    pub(crate) fn raw(&mut self, key: &str, json: &str) -> &mut Json {
        self.key(key);
        self.out.extend_from_slice(json.as_bytes());
        self
    }

    /// Whether a payload is shown.
    pub(crate) fn included(&mut self, key: &str, included: bool) -> &mut Json {
        self.raw(key, if included { r#"{"included":true}"# } else { r#"{"included":false}"# })
    }

    /// A list whose items are JSON already, commas included.
    pub(crate) fn raw_list(&mut self, key: &str, items: &str) -> &mut Json {
        self.key(key);
        self.out.push(b'[');
        self.out.extend_from_slice(items.as_bytes());
        self.out.push(b']');
        self
    }

    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Json, T),
    ) -> &mut Json {
        self.key(key);
        self.out.push(b'[');
        for item in items {
            self.separate(b'[');
            self.out.push(b'{');
            write(self, item);
            self.out.push(b'}');
        }
        self.out.push(b']');
        self
    }

    /// A list of texts, under a key that may need escapes.
    pub(crate) fn strings<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) -> &mut Json {
        self.separate(b'{');
        push_string(&mut self.out, key);
        self.out.extend_from_slice(b":[");
        for text in texts {
            self.separate(b'[');
            push_string(&mut self.out, text);
        }
        self.out.push(b']');
        self
    }

    /// An object inside this one.
    pub(crate) fn nested(&mut self, key: &str, write: impl FnOnce(&mut Json)) -> &mut Json {
        self.key(key);
        self.out.push(b'{');
        write(self);
        self.out.push(b'}');
        self
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'}');
        self.out
    }

    fn key(&mut self, key: &str) {
        self.separate(b'{');
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn separate(&mut self, opening: u8) {
        if self.out.last() != Some(&opening) {
            self.out.push(b',');
        }
    }
}

fn push_timestamp(out: &mut Vec<u8>, epoch_ms: i64) {
    push_number(out, epoch_ms.div_euclid(1_000));
    let fraction = epoch_ms.rem_euclid(1_000);
    if fraction == 0 {
        return;
    }
    out.push(b'.');
    let digits = [fraction / 100, fraction / 10 % 10, fraction % 10];
    let length = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    out.extend(digits[..length].iter().map(|digit| b'0' + *digit as u8));
}

fn push_number(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0u8; 20];
    let mut place = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        place -= 1;
        digits[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[place..]);
}

#[cfg(test)]
mod tests;
