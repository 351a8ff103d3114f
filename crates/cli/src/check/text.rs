//! `--format text`: each finding with the line that it is about, and what is meant underlined.
//!
//! ```text
//! error[MISSING_TRANSITION_TARGET]: Missing 'Next' target: gone
//!  --> order.asl.json:4:37
//!   |
//! 4 |     "Pay": {"Type": "Pass", "Next": "gone"}
//!   |                                     ^^^^^^
//!   = at /States/Pay/Next
//! ```
//!
//! INVARIANT: of a line of any length a window is shown that fits on a screen.

use asl::Severity;

use super::file::{CheckedFile, Finding};
use crate::say;

/// Columns shown before what is underlined, of it, and after it: a definition may be one long line.
const COLUMNS_BEFORE: usize = 60;
const COLUMNS_MARKED: usize = 60;
const COLUMNS_AFTER: usize = 40;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Colours {
    None,
    Ansi,
}

const BOLD: &str = "1";
const BLUE: &str = "1;34";

pub(crate) fn render(files: &[CheckedFile], colours: Colours) -> String {
    let mut out = String::new();
    for file in files {
        for finding in &file.findings {
            out += &render_finding(file, finding, colours);
            out.push('\n');
        }
    }
    out + &summary(files)
}

pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn render_finding(file: &CheckedFile, finding: &Finding, colours: Colours) -> String {
    let colour = match finding.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
    };
    let head = colours.paint(colour, &format!("{}[{}]", word(finding.severity), finding.code));
    let message = colours.paint(BOLD, &format!(": {}", say::clean(&finding.message)));
    let mut out = format!("{head}{message}\n");

    let name = say::clean(&file.name);
    let Some(offset) = finding.offset else {
        out += &format!(" {} {name}\n", colours.paint(BLUE, "-->"));
        return out;
    };
    let place = file.place(offset);
    let gutter = " ".repeat(place.line.to_string().len());
    let bar = colours.paint(BLUE, "|");
    let arrow = colours.paint(BLUE, "-->");
    out += &format!("{gutter}{arrow} {name}:{}:{}\n{gutter} {bar}\n", place.line, place.column);

    let excerpt = Excerpt::of(file, offset);
    let number = colours.paint(BLUE, &place.line.to_string());
    let carets = colours.paint(colour, &"^".repeat(excerpt.marked_columns));
    out += &format!("{number} {bar} {}\n", excerpt.line);
    out += &format!("{gutter} {bar} {}{carets}\n", " ".repeat(excerpt.columns_before));
    if let Some(location) = &finding.location {
        out += &format!("{gutter} {} at {}\n", colours.paint(BLUE, "="), say::clean(location));
    }
    out
}

fn summary(files: &[CheckedFile]) -> String {
    let count = |severity, word: &str| match files.iter().map(|file| file.count(severity)).sum::<usize>() {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        many => format!("{many} {word}s"),
    };
    let left_out = match files.iter().map(|file| file.left_out).sum::<usize>() {
        0 => String::new(),
        some => format!("; {some} more findings are not told"),
    };
    let files = match files.len() {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    };
    let (errors, warnings) = (count(Severity::Error, "error"), count(Severity::Warning, "warning"));
    format!("checked {files}: {errors}, {warnings}{left_out}\n")
}

impl Colours {
    fn paint(self, colour: &str, text: &str) -> String {
        match self {
            Colours::None => text.to_owned(),
            Colours::Ansi => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
        }
    }
}

/// What is shown of a line, as columns of a terminal.
struct Excerpt {
    line: String,
    columns_before: usize,
    marked_columns: usize,
}

impl Excerpt {
    fn of(file: &CheckedFile, offset: usize) -> Excerpt {
        let (line, at) = file.line_at(offset);
        let looked_at = line.floor_char_boundary(at + 4 * COLUMNS_MARKED);
        let end = at + token_bytes(&line[at..looked_at]);
        let before = last_columns(&line[..at], COLUMNS_BEFORE);
        let marked = first_columns(&line[at..end], COLUMNS_MARKED);
        let after = match marked.ends_with('…') {
            true => String::new(),
            false => first_columns(&line[end..], COLUMNS_AFTER),
        };
        Excerpt {
            columns_before: say::width(&before),
            marked_columns: say::width(&marked).max(1),
            line: format!("{before}{marked}{after}").trim_end().to_owned(),
        }
    }
}

/// How much of the beginning of `text` belongs together: a string, a short list or object on this line
/// (of others the bracket), or a word as JSON and YAML have them.
fn token_bytes(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) => string_bytes(text, *quote).unwrap_or(text.len()),
        Some(b'{' | b'[') => container_bytes(text).filter(|bytes| *bytes <= COLUMNS_MARKED).unwrap_or(1),
        _ => word_bytes(text),
    }
}

fn string_bytes(text: &str, quote: u8) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == quote && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map(|inner| inner + 2)
}

fn container_bytes(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => at += string_bytes(&text[at..], b'"')? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn word_bytes(text: &str) -> usize {
    let ends = |(at, character): (usize, char)| match character {
        ',' | ']' | '}' => true,
        // A colon within a word, as in an ARN, does not end it.
        ':' => text[at + 1..].chars().next().is_none_or(char::is_whitespace),
        '#' => text[..at].ends_with(' '),
        _ => false,
    };
    let end = text.char_indices().find(|&found| ends(found)).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end().len()
}

fn first_columns(text: &str, columns: usize) -> String {
    let end = text.char_indices().nth(columns + 1).map_or(text.len(), |(at, _)| at);
    say::fit(&say::clean(&text[..end]), columns).into_owned()
}

fn last_columns(text: &str, columns: usize) -> String {
    let start = text.char_indices().rev().nth(columns).map_or(0, |(at, _)| at);
    let shown = say::clean(&text[start..]).into_owned();
    if start == 0 && say::width(&shown) <= columns {
        return shown;
    }
    let mut kept: Vec<char> = Vec::new();
    let mut used = 1;
    for character in shown.chars().rev() {
        used += say::width(character.encode_utf8(&mut [0; 4]));
        if used > columns {
            break;
        }
        kept.push(character);
    }
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}
