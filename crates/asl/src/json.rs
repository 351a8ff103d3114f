//! JSON as the engine carries it: texts that are shared and parsed only when an expression looks
//! inside, and values whose parts are shared.
//!
//! Here: [`Document`] (text, with its value on demand), [`Value`], [`Number`], the scanner that both
//! are read with, and the writer. Not here: positions of a definition's parts (`definition/source`).
//! INVARIANT: nothing here recurses over input that was not bounded first; the scanner keeps its own
//! stack, and a `Document` knows its depth so that callers can refuse what grew too deep.

mod document;
mod error;
mod lines;
mod number;
pub(crate) mod raw_string;
pub(crate) mod scan;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use document::Document;
pub use error::JsonError;
pub(crate) use lines::Lines;
pub use number::Number;
pub use value::{Object, Value};
