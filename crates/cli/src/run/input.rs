//! What `--input` means: JSON text, or the name of a file that holds it.

use std::path::Path;

use asl::Document;
use asl::limits::PAYLOAD_BYTES_MAX;

use crate::say::UsageError;

/// The input of the execution, character for character as it was given; `{}` when none was.
pub(crate) fn read(given: Option<&str>) -> Result<Document, UsageError> {
    let Some(given) = given else { return Ok(Document::empty_object()) };
    let input = match Document::parse(given) {
        Ok(input) => input,
        Err(not_json) => match std::fs::read_to_string(given) {
            Ok(text) => Document::parse(&text).map_err(|error| {
                UsageError(format!("expected JSON in `{given}`, found {}", place_and_reason(&error)))
            })?,
            Err(unreadable) => return Err(neither(given, &not_json, &unreadable)),
        },
    };
    let bytes = input.text().len();
    match bytes > PAYLOAD_BYTES_MAX {
        true => {
            Err(UsageError(format!("expected at most {PAYLOAD_BYTES_MAX} bytes of input, found {bytes}")))
        }
        false => Ok(input),
    }
}

fn neither(given: &str, not_json: &asl::json::JsonError, unreadable: &std::io::Error) -> UsageError {
    let looks_like_json = given.trim_start().starts_with(['{', '[', '"']);
    let why = match (looks_like_json, Path::new(given).exists()) {
        (true, _) => format!("JSON with an error: {}", place_and_reason(not_json)),
        (false, true) => format!("the file `{given}`, which cannot be read: {unreadable}"),
        (false, false) => format!("`{given}`, which is neither"),
    };
    UsageError(format!("expected --input to be JSON or the name of a file, found {why}"))
}

fn place_and_reason(error: &asl::json::JsonError) -> String {
    format!("at line {}, column {}: {}", error.line, error.column, error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_files_and_nothing_are_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("order.json");
        std::fs::write(&file, "{ \"orderId\": 7 }\n").unwrap();
        assert_eq!(read(Some("{ \"a\" : 1 }")).unwrap().text(), "{ \"a\" : 1 }");
        assert_eq!(read(Some("7")).unwrap().text(), "7");
        assert_eq!(read(file.to_str()).unwrap().text().trim_end(), "{ \"orderId\": 7 }");
        assert_eq!(read(None).unwrap().text(), "{}");
    }

    #[test]
    fn what_is_neither_json_nor_a_file_is_told_so() {
        assert_eq!(
            read(Some("ordre.json")).unwrap_err().to_string(),
            "expected --input to be JSON or the name of a file, found `ordre.json`, which is neither"
        );
        let error = read(Some("{\"a\": }")).unwrap_err().to_string();
        assert!(error.starts_with(
            "expected --input to be JSON or the name of a file, found JSON with an error: at line 1"
        ));
    }

    #[test]
    fn a_file_with_broken_json_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("order.json");
        std::fs::write(&file, "{\n  oops\n}").unwrap();
        let error = read(file.to_str()).unwrap_err().to_string();
        assert!(error.contains("order.json`, found at line 2"), "{error}");
    }

    #[test]
    fn an_oversized_input_is_refused() {
        let text = format!("\"{}\"", "x".repeat(PAYLOAD_BYTES_MAX));
        assert_eq!(
            read(Some(&text)).unwrap_err().to_string(),
            "expected at most 262144 bytes of input, found 262146"
        );
    }
}
