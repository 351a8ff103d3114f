//! Compact JSON text of a value, escaped as Jackson escapes: quotes, backslashes and control
//! characters only; everything else as it is.
//!
//! Parts of a value are shared, so a small value can have a gigantic text: whoever writes what an
//! expression has put together gives a bound.

use super::value::Value;

/// The text would be longer than the bound.
#[derive(Debug)]
pub(super) struct TooLong;

/// Writes `value` and returns how deep it is nested.
pub(super) fn write_value(value: &Value, out: &mut String) -> usize {
    write_within(value, out, usize::MAX).expect("no text is longer than memory")
}

/// The same, given up once `out` has more than `bytes_max` bytes: beyond them it holds one scalar at most.
pub(super) fn write_within(value: &Value, out: &mut String, bytes_max: usize) -> Result<usize, TooLong> {
    let mut depth = 0;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            use std::fmt::Write;
            // Writing into a String cannot fail.
            let _ = write!(out, "{number}");
        }
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            let mut opener = '[';
            for item in items.iter() {
                out.push(opener);
                opener = ',';
                depth = depth.max(write_within(item, out, bytes_max)?);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
            depth += 1;
        }
        Value::Object(members) => {
            let mut opener = '{';
            for (key, member) in members.iter() {
                out.push(opener);
                opener = ',';
                write_string(key, out);
                out.push(':');
                depth = depth.max(write_within(member, out, bytes_max)?);
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
            depth += 1;
        }
    }
    if out.len() > bytes_max { Err(TooLong) } else { Ok(depth) }
}

/// Writes `text` in quotes. Runs that need no escape are copied whole.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            control => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(control >> 4)]));
                out.push(char::from(HEX[usize::from(control & 15)]));
            }
        }
    }
    out.push_str(&text[copied..]);
    out.push('"');
}
