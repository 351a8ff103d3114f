//! Pass: hands its input on, changed or replaced.

use crate::definition::section::Section;
use crate::json::Document;

#[derive(Debug)]
pub struct Pass {
    /// `Result`: a literal, not evaluated.
    pub result: Option<Document>,
}

impl Pass {
    pub(crate) fn read(section: &Section<'_>) -> Pass {
        Pass { result: section.get("Result").map(|node| Document::from_value(node.to_value())) }
    }
}
