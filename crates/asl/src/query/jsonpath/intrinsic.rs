//! Intrinsic functions: calls such as `States.Format('{}', $.name)` in payload templates and Fail.
//!
//! Here: the list of the eighteen functions. `parse` reads a call, `call` evaluates it, and each family
//! has its file. Functions see values only: paths and nested calls are resolved by `call`.
//! INVARIANT: no result is larger than a payload may be, and one that would be is not built first.

mod array;
mod call;
mod encoding;
mod equality;
mod generic;
mod hash;
mod java_random;
mod json;
mod math;
mod parse;
mod size;
mod string;
#[cfg(test)]
mod tests;
mod unique_id;

use std::ops::RangeInclusive;
use std::sync::Arc;

use generic::Pattern;

use super::{Path, SyntaxError};
use crate::json::Value;

/// A call as the definition has it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The whole expression: failures name it.
    text: Arc<str>,
    invocation: Invocation,
}

/// One function with its arguments; calls nest in arguments.
#[derive(Clone, Debug)]
struct Invocation {
    function: Function,
    /// The first argument of `States.Format` when it is written out: only there do its escapes matter.
    pattern: Option<Pattern>,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
enum Argument {
    Literal(Value),
    Path(Path),
    Call(Invocation),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

/// Each function with its name after `States.` and how many arguments it takes.
const FUNCTIONS: [(&str, Function, RangeInclusive<usize>); 18] = [
    ("Format", Function::Format, 1..=usize::MAX),
    ("StringToJson", Function::StringToJson, 1..=1),
    ("JsonToString", Function::JsonToString, 1..=1),
    ("Array", Function::Array, 0..=usize::MAX),
    ("ArrayPartition", Function::ArrayPartition, 2..=2),
    ("ArrayContains", Function::ArrayContains, 2..=2),
    ("ArrayRange", Function::ArrayRange, 3..=3),
    ("ArrayGetItem", Function::ArrayGetItem, 2..=2),
    ("ArrayLength", Function::ArrayLength, 1..=1),
    ("ArrayUnique", Function::ArrayUnique, 1..=1),
    ("Base64Encode", Function::Base64Encode, 1..=1),
    ("Base64Decode", Function::Base64Decode, 1..=1),
    ("Hash", Function::Hash, 2..=2),
    ("JsonMerge", Function::JsonMerge, 3..=3),
    ("MathRandom", Function::MathRandom, 2..=3),
    ("MathAdd", Function::MathAdd, 2..=2),
    ("StringSplit", Function::StringSplit, 2..=2),
    ("UUID", Function::Uuid, 0..=0),
];

impl Call {
    /// Whether a text is meant as a call rather than as a path.
    pub(crate) fn is_meant(text: &str) -> bool {
        text.starts_with("States.")
    }

    pub(crate) fn parse(text: &str) -> Result<Call, SyntaxError> {
        parse::parse(text)
    }

    /// Whether Fail takes the call in `ErrorPath` and `CausePath`: those that can give a string
    /// (`spec/features.md` 2.2).
    pub(crate) fn can_give_string(&self) -> bool {
        matches!(
            self.invocation.function,
            Function::Format
                | Function::JsonToString
                | Function::ArrayGetItem
                | Function::Base64Encode
                | Function::Base64Decode
                | Function::Hash
                | Function::Uuid
        )
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Every path inside.
    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        self.invocation.paths(found);
    }
}

impl Invocation {
    fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        for argument in &self.arguments {
            match argument {
                Argument::Literal(_) => {}
                Argument::Path(path) => found.push(path),
                Argument::Call(invocation) => invocation.paths(found),
            }
        }
    }
}
