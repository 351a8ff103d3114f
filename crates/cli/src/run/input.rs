//! What `--input` of an execution means.

use asl::Document;
use asl::limits::PAYLOAD_BYTES_MAX;

use crate::given;
use crate::say::UsageError;

/// The input of the execution, character for character as it was given; `{}` when none was.
pub(crate) fn read(given: Option<&str>) -> Result<Document, UsageError> {
    let Some(given) = given else { return Ok(Document::empty_object()) };
    let input = given::json("--input", given)?;
    let bytes = input.text().len();
    match bytes > PAYLOAD_BYTES_MAX {
        true => {
            Err(UsageError(format!("expected at most {PAYLOAD_BYTES_MAX} bytes of input, found {bytes}")))
        }
        false => Ok(input),
    }
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
