//! Reads a definition from a file: JSON as it stands, YAML turned into JSON text.
//!
//! Here: files, their encoding, and which of the two it is. `definition_file/yaml` is the translation.
//! Not here: what the definition means (`asl::parse_for`).

mod yaml;

use std::path::Path;

use asl::Position;
use asl::limits::DEFINITION_BYTES_MAX;

use crate::say::UsageError;
use yaml::FromYaml;

/// A definition in the form that `asl::parse_for` takes, and the way back to what was written.
#[derive(Debug)]
pub(crate) struct DefinitionFile {
    /// As it was written.
    pub(crate) text: String,
    /// Of a text in YAML.
    from_yaml: Option<FromYaml>,
}

/// Why a text is no definition, before anybody looks at what it says.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The byte where it is wrong.
    pub(crate) offset: Option<usize>,
}

/// The JSON text of the definition in a file.
pub(crate) fn read(file: &Path) -> Result<String, UsageError> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error.to_string()))?;
    match DefinitionFile::of(file, decoded(file, bytes)?) {
        Ok(definition) => Ok(definition.from_yaml.map_or(definition.text, |from_yaml| from_yaml.json)),
        Err((_, refused)) => Err(unreadable(file, &refused.message)),
    }
}

/// The text of a file, without a byte order mark.
pub(crate) fn decoded(file: &Path, bytes: Vec<u8>) -> Result<String, UsageError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unreadable(file, &format!("expected UTF-8, found other bytes at byte {at}"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

pub(crate) fn unreadable(file: &Path, why: &str) -> UsageError {
    UsageError(format!("cannot read the definition `{}`: {why}", file.display()))
}

impl DefinitionFile {
    /// Of a text that is refused, the text comes back.
    pub(crate) fn of(file: &Path, text: String) -> Result<DefinitionFile, (String, Refused)> {
        let from_yaml = match is_yaml(file, &text) {
            true => match yaml::to_json(&text) {
                Ok(from_yaml) => Some(from_yaml),
                Err(refused) => return Err((text, refused)),
            },
            false => None,
        };
        let definition = DefinitionFile { text, from_yaml };
        let bytes = definition.json().len();
        if bytes > DEFINITION_BYTES_MAX {
            let message = format!("expected at most {DEFINITION_BYTES_MAX} bytes of JSON, found {bytes}");
            return Err((definition.text, Refused { code: "DEFINITION_TOO_LARGE", message, offset: None }));
        }
        Ok(definition)
    }

    pub(crate) fn json(&self) -> &str {
        self.from_yaml.as_ref().map_or(&self.text, |from_yaml| &from_yaml.json)
    }

    /// The byte of the text as it was written that stands for a place in the JSON text.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let at = offset_in(self.json(), position);
        self.from_yaml.as_ref().map_or(at, |from_yaml| from_yaml.offset(at))
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

fn offset_in(text: &str, position: Position) -> usize {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.take(position.line.saturating_sub(1)).map(str::len).sum();
    let mut units = position.column.saturating_sub(1);
    let in_line = text[before..].chars().take_while(|character| {
        let is_before = units > 0;
        units = units.saturating_sub(character.len_utf16());
        is_before
    });
    before + in_line.map(char::len_utf8).sum::<usize>()
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
    fn places_in_json_are_where_they_were_written() {
        let place = |name: &str, text: &str, line, column| {
            let definition = DefinitionFile::of(Path::new(name), text.to_owned()).unwrap();
            let offset = definition.offset(Position { line, column });
            definition.text[offset..].to_owned()
        };
        assert_eq!(place("a.json", "{\n \"😀\": 1}", 2, 8), "1}");
        assert_eq!(place("a.json", "{\n}", 9, 9), "");
        // {"a":"ü","b":{"c":[1,{"d":2}]}}
        let yaml = "a: ü\nb:\n  c:\n  - 1\n  - d: 2\n";
        assert_eq!(place("a.yaml", yaml, 1, 6), "ü\nb:\n  c:\n  - 1\n  - d: 2\n");
        assert_eq!(place("a.yaml", yaml, 1, 14), "b:\n  c:\n  - 1\n  - d: 2\n");
        assert_eq!(place("a.yaml", yaml, 1, 20), "1\n  - d: 2\n");
        assert_eq!(place("a.yaml", yaml, 1, 22), "d: 2\n");
        assert_eq!(place("a.yaml", yaml, 1, 27), "2\n");
        assert_eq!(place("a.yaml", "a: {b: [1]}\n", 1, 6), "{b: [1]}\n");
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
