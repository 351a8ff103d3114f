//! Lines and columns of many places in one text, each without reading the text from its beginning.

use std::cell::OnceCell;

use super::error::{is_newline, utf16_units};
use crate::diagnostic::Position;

/// Bytes between two marks.
const BETWEEN: usize = 1 << 12;

#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    /// Every `BETWEEN` bytes: where one is. Made when the first place is asked for.
    marks: OnceCell<Vec<Mark>>,
}

/// Line breaks before a byte, and UTF-16 units between the last of them and the byte.
#[derive(Clone, Copy, Default, Debug)]
struct Mark {
    newlines: usize,
    units: usize,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Lines<'t> {
        Lines { text: text.as_bytes(), marks: OnceCell::new() }
    }

    pub(crate) fn position(&self, at: usize) -> Position {
        let at = at.min(self.text.len());
        let marks = self.marks.get_or_init(|| {
            let mut mark = Mark::default();
            let after = self.text.chunks(BETWEEN).map(|chunk| {
                mark = mark.after(chunk);
                mark
            });
            [Mark::default()].into_iter().chain(after).collect()
        });
        let nearest = at / BETWEEN;
        let mark = marks[nearest].after(&self.text[nearest * BETWEEN..at]);
        Position { line: mark.newlines + 1, column: mark.units + 1 }
    }
}

impl Mark {
    fn after(self, read: &[u8]) -> Mark {
        match read.iter().rposition(is_newline) {
            None => Mark { units: self.units + utf16_units(read), ..self },
            Some(last) => {
                let newlines = self.newlines + read.iter().filter(|byte| is_newline(byte)).count();
                Mark { newlines, units: utf16_units(&read[last + 1..]) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::error::line_and_column;

    #[test]
    fn places_are_those_that_counting_from_the_beginning_gives() {
        let text = "a\u{1F600}\n\u{e9}".repeat(3_000) + &"\u{1F600}x".repeat(4_000) + "\n\nend";
        let lines = Lines::of(&text);
        for at in (0..=text.len() + 3).filter(|at| at % 97 == 0 || at % BETWEEN < 2 || *at > text.len() - 9) {
            let Position { line, column } = lines.position(at);
            assert_eq!((line, column), line_and_column(&text, at), "byte {at}");
        }
    }
}
