//! A definition that was judged: its text, and every finding with its place in that text.
//!
//! Not here: what is wrong with a definition (`asl::parse_for`), and how findings look.

use std::path::Path;

use asl::definition::MachineType;
use asl::{Diagnostic, Severity};
use integrations::KnownServices;

use crate::definition_file::{DefinitionFile, Refused};

#[derive(Debug)]
pub(crate) struct CheckedFile {
    /// As it was given on the command line.
    pub(crate) name: String,
    pub(crate) text: String,
    /// The byte at which each line of the text begins.
    line_starts: Vec<usize>,
    pub(crate) findings: Vec<Finding>,
    /// How many more findings there are than are told.
    pub(crate) left_out: usize,
}

#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Which part of the definition it is about, for example `/States/Pay/Next`.
    pub(crate) location: Option<String>,
    /// The byte of the text at which that begins.
    pub(crate) offset: Option<usize>,
}

/// A place in a text for people and editors: both count from 1, columns in UTF-16 units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LineColumn {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl CheckedFile {
    /// `path` tells JSON from YAML.
    pub(crate) fn check(name: String, path: &Path, text: String, machine_type: MachineType) -> CheckedFile {
        let (text, findings, left_out) = match DefinitionFile::of(path, text) {
            Ok(definition) => {
                let parsed = asl::parse_for(definition.json(), machine_type, &KnownServices);
                let findings: Vec<Finding> =
                    parsed.diagnostics.into_iter().map(|told| Finding::of(told, &definition)).collect();
                (definition.text, findings, parsed.left_out)
            }
            Err((text, refused)) => (text, vec![Finding::refused(refused)], 0),
        };
        let line_starts = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut file = CheckedFile { name, text, line_starts, findings, left_out };
        // What is wrong with the end of a text is shown where its last line with something on it ends.
        let end = file.text.trim_end().len();
        for finding in &mut file.findings {
            finding.offset = finding.offset.map(|offset| offset.min(end));
        }
        // In the order of the text; what is about the whole comes last.
        file.findings.sort_by_key(|finding| finding.offset.unwrap_or(usize::MAX));
        file
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    pub(crate) fn place(&self, offset: usize) -> LineColumn {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let before = &self.text[self.line_starts[line - 1]..offset];
        LineColumn { line, column: 1 + before.encode_utf16().count() }
    }

    /// The line around a byte, without its end, and the byte within it.
    pub(crate) fn line_at(&self, offset: usize) -> (&str, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        (self.text[start..end].trim_end_matches(['\r', '\n']), offset - start)
    }
}

impl Finding {
    fn of(told: Diagnostic, definition: &DefinitionFile) -> Finding {
        // What is no JSON has Jackson's place instead of a part of the definition.
        let location = told.location.filter(|location| location.starts_with('/'));
        let offset = told.position.map(|position| definition.offset(position));
        let message = match location {
            Some(_) => told.message,
            None => without_sources(&told.message),
        };
        let message = match told.hint {
            Some(hint) => format!("{message} ({hint})"),
            None => message,
        };
        Finding { severity: told.severity, code: told.code, message, location, offset }
    }

    fn refused(refused: Refused) -> Finding {
        Finding {
            severity: Severity::Error,
            code: refused.code,
            message: refused.message,
            location: None,
            offset: refused.offset,
        }
    }
}

/// Jackson repeats the text in its messages: `[Source: (String)"..."; line: 1, column: 2]`. Of the place of
/// the mistake nothing stays, since it is shown; of another one its line and column.
fn without_sources(message: &str) -> String {
    let message = message.split("\n at [Source: ").next().unwrap_or(message);
    match (message.find("[Source: "), message.rfind("; line: ")) {
        (Some(source), Some(place)) if source < place => {
            let place = message[place..].trim_start_matches("; ").replacen("line: ", "line ", 1);
            let place = place.replacen("column: ", "column ", 1).replacen(']', "", 1);
            format!("{}{place}", &message[..source])
        }
        _ => message.to_owned(),
    }
}
