//! The bytes an evaluation works on: what the engine's own count of steps does not see, since one step may
//! copy a large array or compare two.
//!
//! Here: a tracer that adds up the size of what every node gives, and ends the evaluation beyond the budget.
//! INVARIANT: sizes come from values alone, so the count is the same on every machine.

use jlens_core::CancelToken;
use jlens_core::ast::Node;
use jlens_core::audit::{CaptureLimits, Outcome, Tracer, ValueRef};
use serde_json::Value;

/// Bytes worked on so far, and the way to stop.
pub(crate) struct Work {
    left: u64,
    stop: CancelToken,
    /// Whether the result is a function, which as JSON is nothing.
    pub(crate) result_is_function: bool,
}

impl Work {
    pub(crate) fn new(bytes: u64) -> Work {
        Work { left: bytes, stop: CancelToken::new(), result_is_function: false }
    }

    /// Cancelled once the work is more than the budget; the engine looks at every step.
    pub(crate) fn stop(&self) -> CancelToken {
        self.stop.clone()
    }
}

impl Tracer for Work {
    fn exit(&mut self, _: &Node, outcome: Outcome<'_>) {
        let Outcome::Value(value) = outcome else { return };
        match self.left.checked_sub(bytes_of(value)) {
            Some(left) => self.left = left,
            None => self.stop.cancel(),
        }
    }

    fn end(&mut self, outcome: Outcome<'_>) {
        if let Outcome::Value(value) = outcome {
            self.result_is_function = value.type_name() == "function";
        }
    }
}

/// What an item of an array takes in the engine, and a field of an object with its place in the index.
const BYTES_OF_ITEM: u64 = 24;
const BYTES_OF_FIELD: u64 = 64;

/// The size of a value without what its members hold.
fn bytes_of(value: ValueRef<'_>) -> u64 {
    match value.type_name() {
        "string" => value.to_json().as_ref().and_then(Value::as_str).map_or(0, |text| text.len() as u64),
        "array" => BYTES_OF_ITEM * members_of(value),
        "object" => BYTES_OF_FIELD * members_of(value),
        _ => 0,
    }
}

/// The engine tells how many members a value has only in the note that it leaves where it cut them off.
fn members_of(value: ValueRef<'_>) -> u64 {
    let none = CaptureLimits { max_items: 0, max_depth: 1, ..CaptureLimits::default() };
    let cut = value.capture(&none);
    let note = match &cut {
        Some(Value::Array(items)) => items.first(),
        Some(Value::Object(fields)) => fields.values().next(),
        _ => None,
    };
    let digits = note.and_then(Value::as_str).unwrap_or_default().bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}
