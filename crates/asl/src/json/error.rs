//! Why a text is not JSON, in Jackson's words: AWS shows Jackson's messages, and users search for them.

/// LIMIT: characters of the text that a message repeats (Jackson's `JsonLocation.MAX_CONTENT_SNIPPET`).
const SNIPPET_CHARS_MAX: usize = 500;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// The whole message, with its place in a second line.
    pub message: String,
    pub line: usize,
    pub column: usize,
    /// `[Source: (String)"..."; line: 1, column: 4]`
    pub location: String,
    /// The byte at which the mistake begins: there it is shown. Jackson's place is behind it.
    pub(crate) begins: usize,
    /// Refused for its nesting, not for its syntax.
    pub is_too_deep: bool,
}

impl JsonError {
    /// `at` is the byte offset behind what was read, as Jackson counts.
    pub(crate) fn new(text: &str, at: usize, message: String) -> Self {
        let (line, column) = line_and_column(text, at);
        let location = location_text(text, line, column);
        JsonError {
            message: format!("{message}\n at {location}"),
            line,
            column,
            location,
            begins: at,
            is_too_deep: false,
        }
    }

    /// The same with the place where the mistake begins.
    pub(super) fn from(self, begins: usize) -> Self {
        JsonError { begins, ..self }
    }

    pub(super) fn too_deep(text: &str, at: usize, depth_max: usize) -> Self {
        let message = format!(
            "Document nesting depth ({}) exceeds the maximum allowed ({depth_max})",
            depth_max.saturating_add(1)
        );
        JsonError { is_too_deep: true, begins: at - 1, ..JsonError::new(text, at, message) }
    }

    /// An empty text has no position to speak of: Jackson says column 0.
    pub(super) fn no_content(text: &str) -> Self {
        let (line, column) = (1, 0);
        let location = location_text(text, line, column);
        let message = format!("No content to map due to end-of-input\n at {location}");
        JsonError { message, line, column, location, begins: 0, is_too_deep: false }
    }
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for JsonError {}

/// Line and column, both from 1; columns count UTF-16 units, since Jackson counts Java characters.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line_start = before.iter().rposition(is_newline).map_or(0, |newline| newline + 1);
    let line = 1 + before.iter().filter(|byte| is_newline(byte)).count();
    (line, utf16_units(&before[line_start..]) + 1)
}

pub(super) fn is_newline(byte: &u8) -> bool {
    *byte == b'\n'
}

/// Every character gives one unit for its first byte, and a second one if it takes four bytes.
pub(super) fn utf16_units(text: &[u8]) -> usize {
    text.iter().map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)).sum()
}

pub(super) fn location_at(text: &str, at: usize) -> String {
    let (line, column) = line_and_column(text, at);
    location_text(text, line, column)
}

fn location_text(text: &str, line: usize, column: usize) -> String {
    match text.char_indices().nth(SNIPPET_CHARS_MAX) {
        None => format!("[Source: (String)\"{text}\"; line: {line}, column: {column}]"),
        Some((end, _)) => {
            let left_out = text[end..].chars().count();
            let snippet = &text[..end];
            format!(
                "[Source: (String)\"{snippet}\"[truncated {left_out} chars]; line: {line}, column: {column}]"
            )
        }
    }
}

/// A character as Jackson names it in a message.
pub(super) fn describe(character: char) -> String {
    let code = character as u32;
    if character.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else if code > 255 {
        format!("'{character}' (code {code} / 0x{code:x})")
    } else {
        format!("'{character}' (code {code})")
    }
}
