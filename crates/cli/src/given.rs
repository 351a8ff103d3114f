//! Data given on the command line: JSON text, or the name of a file that holds it.

use std::path::Path;

use asl::Document;
use asl::json::JsonError;

use crate::say::UsageError;

/// The JSON that `flag` was given, character for character.
pub(crate) fn json(flag: &str, given: &str) -> Result<Document, UsageError> {
    match Document::parse(given) {
        Ok(document) => Ok(document),
        Err(not_json) => match std::fs::read_to_string(given) {
            Ok(text) => Document::parse(&text).map_err(|error| {
                UsageError(format!("expected JSON in `{given}`, found {}", place_and_reason(&error)))
            }),
            Err(unreadable) => Err(neither(flag, given, &not_json, &unreadable)),
        },
    }
}

fn neither(flag: &str, given: &str, not_json: &JsonError, unreadable: &std::io::Error) -> UsageError {
    let looks_like_json = given.trim_start().starts_with(['{', '[', '"']);
    let why = match (looks_like_json, Path::new(given).exists()) {
        (true, _) => format!("JSON with an error: {}", place_and_reason(not_json)),
        (false, true) => format!("the file `{given}`, which cannot be read: {unreadable}"),
        (false, false) => format!("`{given}`, which is neither"),
    };
    UsageError(format!("expected {flag} to be JSON or the name of a file, found {why}"))
}

pub(crate) fn place_and_reason(error: &JsonError) -> String {
    format!("at line {}, column {}: {}", error.line, error.column, error.message)
}
