//! What the command says to people, on stderr; stdout carries results only.
//!
//! Here: lines on stderr, the two kinds of failure and their exit codes, and the cleaning of text that
//! came from outside before it reaches a terminal.
//! INVARIANT: a broken pipe on stderr never ends a workflow: nobody listens, so nothing is said.

use std::borrow::Cow;
use std::io::Write;

/// A mistake in how the command was called or in what it was given: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Exit code of an execution that did not succeed, and of everything else that went wrong.
pub(crate) const EXIT_FAILED: u8 = 1;
/// Exit code of a mistake in use.
pub(crate) const EXIT_USAGE: u8 = 2;
/// Exit code when the disk failed (`EX_IOERR` of sysexits.h): a supervisor may start the server again.
pub(crate) const EXIT_STORE: u8 = 74;
/// Exit code when a newer program has written the data (`EX_CONFIG`): starting again does not help.
pub(crate) const EXIT_NEWER_DATA: u8 = 78;
/// Exit code after Ctrl-C, as shells report it (128 + SIGINT).
pub(crate) const EXIT_INTERRUPTED: u8 = 130;

/// One line to stderr.
pub(crate) fn line(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // The whole line in one write, so that lines of a worker's children cannot cut it in two.
    let _ = stderr.write_all(format!("{text}\n").as_bytes());
}

/// An error with its sources, as one line. Some errors repeat their source in their own words.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for part in error.chain().map(ToString::to_string) {
        if !line.ends_with(&part) {
            let separator = if line.is_empty() { "" } else { ": " };
            line = line + separator + &part;
        }
    }
    clean(&line).into_owned()
}

/// Text from definitions, workers and servers as one line that cannot command a terminal: line breaks
/// and tabs become spaces, other control characters a visible mark.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// At most `columns` columns of `text`, the last an ellipsis when something is left out.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let kept: String = text
        .chars()
        .take_while(|&c| {
            used += char_width(c);
            used <= columns
        })
        .collect();
    Cow::Owned(kept + "…")
}

/// Columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// East Asian and emoji blocks take two columns; near enough for cutting lines.
fn char_width(c: char) -> usize {
    match c as u32 {
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(clean("a\nb\u{1b}[31mc"), "a b\u{fffd}[31mc");
        assert!(matches!(clean("plain — text"), Cow::Borrowed(_)));
    }

    #[test]
    fn an_error_and_its_sources_are_one_line_without_repetition() {
        let source =
            anyhow::anyhow!("disk\nfull").context("cannot write: disk\nfull").context("cannot start");
        assert_eq!(one_line(&source), "cannot start: cannot write: disk full");
    }

    #[test]
    fn a_long_text_is_cut_to_its_columns() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abcde…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
    }
}
