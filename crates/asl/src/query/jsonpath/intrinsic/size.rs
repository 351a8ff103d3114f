//! How long a value's text would be, found out without writing it.

use std::fmt::Write;

use super::call::{Outcome, Refusal};
use crate::json::Value;
use crate::limits::PAYLOAD_BYTES_MAX;

/// Bytes of the value's compact JSON; a refusal as soon as they are more than a payload may have.
pub(super) fn within_payload(value: &Value) -> Outcome<usize> {
    let mut room = Room(PAYLOAD_BYTES_MAX);
    room.take_value(value)?;
    Ok(PAYLOAD_BYTES_MAX - room.0)
}

/// A refusal if a result would have more bytes than a payload may have.
pub(super) fn must_fit(bytes: usize) -> Outcome<()> {
    if bytes <= PAYLOAD_BYTES_MAX { Ok(()) } else { Err(too_large()) }
}

fn too_large() -> Refusal {
    Refusal::because(format!("expected a result of at most {PAYLOAD_BYTES_MAX} bytes"))
}

/// Text that does not grow beyond a payload.
#[derive(Default)]
pub(super) struct BoundedText(String);

impl BoundedText {
    pub(super) fn push(&mut self, text: &str) -> Outcome<()> {
        if text.len() > PAYLOAD_BYTES_MAX - self.0.len() {
            return Err(too_large());
        }
        self.0.push_str(text);
        Ok(())
    }

    pub(super) fn into_value(self) -> Value {
        Value::String(self.0.into())
    }
}

/// Bytes that are left.
struct Room(usize);

impl Room {
    fn take(&mut self, bytes: usize) -> Outcome<()> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }

    fn take_value(&mut self, value: &Value) -> Outcome<()> {
        match value {
            Value::Null | Value::Bool(true) => self.take(4),
            Value::Bool(false) => self.take(5),
            Value::Number(number) => write!(self, "{number}").map_err(|_| too_large()),
            Value::String(text) => self.take_string(text),
            Value::Array(items) => {
                self.take(2 + items.len().saturating_sub(1))?;
                items.iter().try_for_each(|item| self.take_value(item))
            }
            Value::Object(members) => {
                // A colon for each member, a comma between them.
                self.take(2 + (2 * members.len()).saturating_sub(1))?;
                members.iter().try_for_each(|(name, member)| {
                    self.take_string(name)?;
                    self.take_value(member)
                })
            }
        }
    }

    fn take_string(&mut self, text: &str) -> Outcome<()> {
        self.take(2 + text.len())?;
        let escapes = text.bytes().map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
            0..0x20 => 5,
            _ => 0,
        });
        self.take(escapes.sum())
    }
}

impl Write for Room {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.take(text.len()).map_err(|_| std::fmt::Error)
    }
}
