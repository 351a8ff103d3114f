//! A string as it stands between its quotes, and the resolving of its escapes.

use std::sync::Arc;

/// A string of a checked text.
#[derive(Clone, Copy)]
pub(crate) struct RawString<'a> {
    pub(super) raw: &'a str,
    pub(super) has_escapes: bool,
}

impl RawString<'_> {
    pub(crate) fn to_shared(self) -> Arc<str> {
        if self.has_escapes { unescape(self.raw).into() } else { self.raw.into() }
    }
}

/// Resolves the escapes of a checked string. Half of a surrogate pair becomes U+FFFD.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(backslash) = rest.find('\\') {
        out.push_str(&rest[..backslash]);
        let escaped = rest.as_bytes()[backslash + 1];
        rest = &rest[backslash + 2..];
        match escaped {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let (character, after) = unicode_escape(rest);
                out.push(character);
                rest = after;
            }
            itself => out.push(char::from(itself)),
        }
    }
    out.push_str(rest);
    out
}

fn unicode_escape(text: &str) -> (char, &str) {
    let unit = |hex: &str| u16::from_str_radix(hex, 16).unwrap_or(0xfffd);
    let (first, after) = (unit(&text[..4]), &text[4..]);
    let second =
        after.strip_prefix("\\u").filter(|_| (0xd800..0xdc00).contains(&first)).map(|low| unit(&low[..4]));
    match char::decode_utf16([first].into_iter().chain(second)).next() {
        Some(Ok(character)) => (character, if second.is_some() { &after[6..] } else { after }),
        _ => (char::REPLACEMENT_CHARACTER, after),
    }
}
