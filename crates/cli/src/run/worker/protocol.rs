//! The lines between Stairway and a worker command: one JSON text per task, one per answer.
//!
//! - to the worker: `{"id":"1","activity":"pay","input":{...}}`
//! - from the worker: `{"id":"1","output":{...}}` or `{"id":"1","error":"NoFunds","cause":"..."}`
//!
//! INVARIANT: one task is one line, whatever white space its input was written with.

use asl::Document;
use asl::limits::PAYLOAD_BYTES_MAX;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// LIMIT: characters of `error` in SendTaskFailure (API model, `SensitiveError`).
const ERROR_CHARS_MAX: usize = 256;
/// LIMIT: characters of `cause` in SendTaskFailure (API model, `SensitiveCause`).
const CAUSE_CHARS_MAX: usize = 32_768;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) id: String,
    pub(super) result: Result<Document, Failure>,
}

#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerLine<'a> {
    id: String,
    #[serde(borrow, default, deserialize_with = "even_null")]
    output: Option<&'a RawValue>,
    error: Option<String>,
    cause: Option<String>,
}

/// `"output": null` is an output; only a missing one is none.
fn even_null<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// The line that hands a task over, line break included.
pub(super) fn task_line(id: &str, activity: &str, input: &Document) -> String {
    let activity = serde_json::Value::from(activity);
    // Line breaks can only stand between the tokens of a JSON text, never inside one.
    let input = input.text().replace(['\n', '\r'], " ");
    format!("{{\"id\":\"{id}\",\"activity\":{activity},\"input\":{input}}}\n")
}

/// An answer, or why the line is none.
pub(super) fn answer(line: &str) -> Result<Answer, String> {
    let parts: AnswerLine<'_> = serde_json::from_str(line).map_err(|error| {
        format!("expected a JSON object with `id` and `output` or `error`, found {error}")
    })?;
    let result = match (parts.output, parts.error, parts.cause) {
        (Some(output), None, None) => Ok(output_of(output)?),
        (None, Some(error), cause) => Err(Failure {
            error: at_most(error, ERROR_CHARS_MAX),
            cause: cause.map(|cause| at_most(cause, CAUSE_CHARS_MAX)),
        }),
        (None, None, _) => return Err("expected `output` or `error`, found neither".to_owned()),
        (Some(_), _, _) => return Err("expected `output` or `error`, found both".to_owned()),
    };
    Ok(Answer { id: parts.id, result })
}

fn output_of(output: &RawValue) -> Result<Document, String> {
    let text = output.get();
    match text.len() > PAYLOAD_BYTES_MAX {
        true => Err(format!("expected at most {PAYLOAD_BYTES_MAX} bytes of `output`, found {}", text.len())),
        false => {
            Document::parse(text).map_err(|error| format!("expected JSON as `output`: {}", error.message))
        }
    }
}

fn at_most(text: String, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_one_line() {
        let input = Document::parse("{\n  \"a\": \"x\\ny\"\r\n}").unwrap();
        assert_eq!(
            task_line("7", "pack \"it\"", &input),
            "{\"id\":\"7\",\"activity\":\"pack \\\"it\\\"\",\"input\":{   \"a\": \"x\\ny\"  }}\n"
        );
    }

    #[test]
    fn answers_are_outputs_or_errors() {
        let output = answer(r#"{"id":"1","output":null}"#).unwrap();
        assert_eq!((output.id.as_str(), output.result.unwrap().text()), ("1", "null"));
        let failed = answer(r#"{"cause":"empty","id":"2","error":"Jam"}"#).unwrap();
        let failure = Failure { error: "Jam".to_owned(), cause: Some("empty".to_owned()) };
        assert_eq!(failed.result.unwrap_err(), failure);
    }

    #[test]
    fn other_lines_say_what_was_expected() {
        let refused = |line| answer(line).unwrap_err();
        assert!(
            refused("working...")
                .starts_with("expected a JSON object with `id` and `output` or `error`, found ")
        );
        assert!(refused(r#"{"id":1,"output":2}"#).contains("invalid type: integer"));
        assert!(refused(r#"{"id":"1","result":2}"#).contains("unknown field `result`"));
        assert_eq!(refused(r#"{"id":"1"}"#), "expected `output` or `error`, found neither");
        assert_eq!(refused(r#"{"id":"1","cause":"x"}"#), "expected `output` or `error`, found neither");
        assert_eq!(
            refused(r#"{"id":"1","output":1,"error":"x"}"#),
            "expected `output` or `error`, found both"
        );
    }

    #[test]
    fn long_errors_are_cut_to_what_aws_takes() {
        let line = serde_json::json!({"id": "1", "error": "é".repeat(300)}).to_string();
        assert_eq!(answer(&line).unwrap().result.unwrap_err().error.chars().count(), 256);
    }
}
