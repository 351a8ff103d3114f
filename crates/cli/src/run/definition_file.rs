//! Reads a definition from a file: JSON as it stands, YAML turned into JSON text.
//!
//! Not here: what the definition means (`asl::parse`).
//! INVARIANT: the order of states survives YAML, because stored histories number states by it.

use std::path::Path;

use asl::limits::DEFINITION_BYTES_MAX;

use crate::say::UsageError;

/// The JSON text of the definition in a file.
pub(crate) fn read(file: &Path) -> Result<String, UsageError> {
    let refused = |why: String| UsageError(format!("cannot read the definition `{}`: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        refused(format!("expected UTF-8, found other bytes at byte {}", error.utf8_error().valid_up_to()))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let json = match is_yaml(file, text) {
        true => yaml_to_json(text).map_err(refused)?,
        false => text.to_owned(),
    };
    match json.len() > DEFINITION_BYTES_MAX {
        true => Err(refused(format!(
            "expected at most {DEFINITION_BYTES_MAX} bytes of JSON, found {}",
            json.len()
        ))),
        false => Ok(json),
    }
}

/// The extension decides; without a telling one, a definition in JSON begins with a brace.
fn is_yaml(file: &Path, text: &str) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("yaml" | "yml") => true,
        Some("json") => false,
        _ => !text.trim_start().starts_with('{'),
    }
}

fn yaml_to_json(text: &str) -> Result<String, String> {
    let options = serde_saphyr::options! {
        // YAML 1.2: only `true` and `false` are booleans; `on` and `no` are words.
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::Reject,
        with_snippet: false,
    };
    let definition: serde_json::Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| format!("expected YAML: {}", one_line(&error.to_string())))?;
    match definition.is_object() {
        true => Ok(definition.to_string()),
        false => Err("expected a mapping with `StartAt` and `States` at the top".to_owned()),
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(name: &str, text: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        read(&file).map_err(|error| error.to_string().replace(&file.display().to_string(), name))
    }

    #[test]
    fn json_is_taken_as_it_stands() {
        let text = "{ \"StartAt\" : \"A\",\n \"States\": {} }";
        assert_eq!(json_of("a.asl.json", text).unwrap(), text);
        assert_eq!(json_of("a.asl", text).unwrap(), text);
    }

    #[test]
    fn yaml_keeps_its_order_and_its_types() {
        let yaml = "StartAt: Zebra\nStates:\n  Zebra: {Type: Pass, Result: [1, 1.5, yes, 'no', null, 2024-01-01], Next: Ape}\n  \
                    Ape:\n    Type: Succeed\n    Comment: |\n      two\n      lines\n";
        let json = r#"{"StartAt":"Zebra","States":{"Zebra":{"Type":"Pass","Result":[1,1.5,"yes","no",null,"2024-01-01"],"Next":"Ape"},"Ape":{"Type":"Succeed","Comment":"two\nlines\n"}}}"#;
        assert_eq!(json_of("a.yaml", yaml).unwrap(), json);
        assert_eq!(json_of("a.asl", yaml).unwrap(), json);
    }

    #[test]
    fn yaml_anchors_are_resolved() {
        let yaml = "a: &retry\n  - {ErrorEquals: [States.ALL]}\nb: *retry\n";
        assert_eq!(
            json_of("a.yml", yaml).unwrap(),
            r#"{"a":[{"ErrorEquals":["States.ALL"]}],"b":[{"ErrorEquals":["States.ALL"]}]}"#
        );
    }

    #[test]
    fn what_cannot_be_read_says_what_was_expected() {
        assert!(
            json_of("a.yaml", "a: [1")
                .unwrap_err()
                .starts_with("cannot read the definition `a.yaml`: expected YAML: ")
        );
        assert_eq!(
            json_of("a.yaml", "just words").unwrap_err(),
            "cannot read the definition `a.yaml`: expected a mapping with `StartAt` and `States` at the top"
        );
        assert!(read(Path::new("no-such-file.json")).unwrap_err().to_string().contains("No such file"));
    }
}
