//! The bytes an evaluation works on: what the engine's own count of steps does not see, since one step may
//! copy a large array or compare two.
//!
//! Here: a tracer that adds up the size of what every node gives, and of what it makes, and ends the
//! evaluation beyond either budget.
//! INVARIANT: sizes come from values alone, so the count is the same on every machine.

use jlens_core::CancelToken;
use jlens_core::ast::{Node, NodeKind};
use jlens_core::audit::{CaptureLimits, Outcome, Tracer, ValueRef};
use serde_json::Value;

use crate::limits::Limits;

/// Bytes worked on and made so far, and the way to stop.
pub(crate) struct Work {
    worked_left: u64,
    made_left: u64,
    stop: CancelToken,
    /// What was used up first, once the evaluation has been stopped.
    pub(crate) exhausted: Option<Exhausted>,
    /// Whether the result is a function, which as JSON is nothing.
    pub(crate) result_is_function: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exhausted {
    Worked,
    Made,
}

impl Work {
    pub(crate) fn new(limits: &Limits) -> Work {
        let (worked_left, made_left) = (limits.worked_bytes, limits.made_bytes);
        let stop = CancelToken::new();
        Work { worked_left, made_left, stop, exhausted: None, result_is_function: false }
    }

    /// Cancelled once the work is more than the budget; the engine looks at every step.
    pub(crate) fn stop(&self) -> CancelToken {
        self.stop.clone()
    }

    fn end(&mut self, exhausted: Exhausted) {
        self.exhausted.get_or_insert(exhausted);
        self.stop.cancel();
    }
}

impl Tracer for Work {
    fn exit(&mut self, node: &Node, outcome: Outcome<'_>) {
        let Outcome::Value(value) = outcome else { return };
        let size = Size::of(value);
        match self.worked_left.checked_sub(size.worked) {
            Some(left) => self.worked_left = left,
            None => self.end(Exhausted::Worked),
        }
        if makes(node) {
            match self.made_left.checked_sub(size.made) {
                Some(left) => self.made_left = left,
                None => self.end(Exhausted::Made),
            }
        }
    }

    fn end(&mut self, outcome: Outcome<'_>) {
        if let Outcome::Value(value) = outcome {
            self.result_is_function = value.type_name() == "function";
        }
    }
}

/// Whether a node's value is new, or one that was there before.
fn makes(node: &Node) -> bool {
    !matches!(
        node.kind,
        NodeKind::Variable { .. }
            | NodeKind::Block { .. }
            | NodeKind::Condition { .. }
            | NodeKind::Bind { .. }
            | NodeKind::Parent { .. }
    )
}

/// What an item of an array takes in the engine, and a field of an object with its place in the index.
const BYTES_OF_ITEM: u64 = 24;
const BYTES_OF_FIELD: u64 = 64;
/// What a value takes beside its members, measured.
const BYTES_OF_ARRAY: u64 = 96;
const BYTES_OF_OBJECT: u64 = 192;
const BYTES_OF_STRING: u64 = 24;

/// The size of a value without what its members hold.
#[derive(Clone, Copy, Default)]
struct Size {
    worked: u64,
    made: u64,
}

impl Size {
    fn of(value: ValueRef<'_>) -> Size {
        let with = |inside, around| Size { worked: inside, made: inside + around };
        match value.type_name() {
            "string" => {
                let text = value.to_json();
                let bytes = text.as_ref().and_then(Value::as_str).map_or(0, |text| text.len() as u64);
                with(bytes, BYTES_OF_STRING)
            }
            "array" => with(BYTES_OF_ITEM * members_of(value), BYTES_OF_ARRAY),
            "object" => with(BYTES_OF_FIELD * members_of(value), BYTES_OF_OBJECT),
            _ => Size::default(),
        }
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
