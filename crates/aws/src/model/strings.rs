//! The names of one service: one text with all of them, and small numbers that stand for them.
//!
//! INVARIANT: a `Text` is only ever resolved by the table of the service that it came from.

/// A string of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Text(pub(super) u32);

#[derive(Debug)]
pub(super) struct Strings {
    pub(super) text: String,
    /// Where each string ends.
    pub(super) ends: Vec<u32>,
}

impl Strings {
    pub(super) fn get(&self, text: Text) -> &str {
        let index = text.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start as usize..self.ends[index] as usize]
    }
}
