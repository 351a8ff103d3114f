use std::path::Path;

use asl::definition::MachineType;
use serde_json::json;

use super::file::CheckedFile;
use super::text::Colours;
use super::{json as as_json, sarif, text};

fn file(name: &str, definition: &str) -> CheckedFile {
    CheckedFile::check(name.to_owned(), Path::new(name), definition.to_owned(), MachineType::Standard)
}

#[track_caller]
fn check(name: &str, definition: &str, expected: &str) {
    let told = text::render(&[file(name, definition)], Colours::None);
    assert_eq!(told, expected.trim_start_matches('\n'), "found:\n{told}");
}

#[test]
fn findings_stand_in_the_order_of_the_text_under_their_lines() {
    check(
        "order.json",
        r#"{
  "StartAt": "Pay",
  "States": {
    "Pay": {
      "Type": "Task",
      "Resource": "arn:aws:states:us-east-1:123456789012:activity:pay",
      "Next": "gone"
    },
    "Lost": {"Type": "Pass", "Foo": [1, {"}": 2}]}
  }
}
"#,
        r#"
warning[NO_TIMEOUT]: The task waits for a worker without a limit; give it HeartbeatSeconds or TimeoutSeconds
 --> order.json:6:19
  |
6 |       "Resource": "arn:aws:states:us-east-1:123456789012:activity:pay",
  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = at /States/Pay/Resource

error[MISSING_TRANSITION_TARGET]: Missing 'Next' target: gone
 --> order.json:7:15
  |
7 |       "Next": "gone"
  |               ^^^^^^
  = at /States/Pay/Next

error[SCHEMA_VALIDATION_FAILED]: One of these fields is required: [Next, End]
 --> order.json:9:13
  |
9 |     "Lost": {"Type": "Pass", "Foo": [1, {"}": 2}]}
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = at /States/Lost

error[SCHEMA_VALIDATION_FAILED]: Field is not supported
 --> order.json:9:37
  |
9 |     "Lost": {"Type": "Pass", "Foo": [1, {"}": 2}]}
  |                                     ^^^^^^^^^^^^^
  = at /States/Lost/Foo

error[MISSING_END_STATE]: Workflow has no terminal state
 --> order.json

checked 1 file: 4 errors, 1 warning
"#,
    );
}

#[test]
fn mistakes_in_json_are_shown_where_they_begin() {
    check(
        "token.json",
        "{\n  \"StartAt\": not,\n  \"States\": {}\n}",
        r#"
error[INVALID_JSON_DESCRIPTION]: Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
 --> token.json:2:14
  |
2 |   "StartAt": not,
  |              ^^^

checked 1 file: 1 error, no warnings
"#,
    );
    check(
        "comma.json",
        "{\n\t\"StartAt\": \"A\",\n}\n",
        r#"
error[INVALID_JSON_DESCRIPTION]: Unexpected character ('}' (code 125)): was expecting double-quote to start field name
 --> comma.json:3:1
  |
3 | }
  | ^

checked 1 file: 1 error, no warnings
"#,
    );
    check(
        "end.json",
        "{\n  \"StartAt\": \"A\",\n  \"States\": {\n\n",
        r#"
error[INVALID_JSON_DESCRIPTION]: Unexpected end-of-input: expected close marker for Object (start marker at line 3, column 13)
 --> end.json:3:14
  |
3 |   "States": {
  |              ^

checked 1 file: 1 error, no warnings
"#,
    );
    check(
        "twice.json",
        r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, "StartAt": "B"}"#,
        r#"
error[INVALID_JSON_DESCRIPTION]: Duplicate field 'StartAt'
 --> twice.json:1:56
  |
1 | {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, "StartAt": "B"}
  |                                                        ^^^^^^^^^

checked 1 file: 1 error, no warnings
"#,
    );
    check(
        "empty.json",
        "",
        "
error[SCHEMA_VALIDATION_FAILED]: Definition must be a valid JSON object
 --> empty.json

checked 1 file: 1 error, no warnings
",
    );
}

#[test]
fn yaml_is_shown_as_it_was_written() {
    check(
        "flow.yaml",
        "# pays\nStartAt: Ärger\nStates:\n  Ärger:\n    Type: Wait\n    Timestamp: later # or so\n    \
         Assign: {states: 1}\n",
        r#"
error[SCHEMA_VALIDATION_FAILED]: One of these fields is required: [Next, End]
 --> flow.yaml:4:3
  |
4 |   Ärger:
  |   ^^^^^
  = at /States/Ärger

error[SCHEMA_VALIDATION_FAILED]: String does not match RFC3339 timestamp
 --> flow.yaml:6:16
  |
6 |     Timestamp: later # or so
  |                ^^^^^
  = at /States/Ärger/Timestamp

error[SCHEMA_VALIDATION_FAILED]: The variable name 'states' is reserved
 --> flow.yaml:7:22
  |
7 |     Assign: {states: 1}
  |                      ^
  = at /States/Ärger/Assign/states

error[MISSING_END_STATE]: Workflow has no terminal state
 --> flow.yaml

checked 1 file: 4 errors, no warnings
"#,
    );
    let broken = text::render(&[file("bad.yml", "StartAt: [A\nStates: {}\n")], Colours::None);
    assert!(broken.starts_with("error[INVALID_YAML]: expected YAML: "), "{broken}");
    assert!(broken.contains("\n --> bad.yml:2:"), "{broken}");
}

#[test]
fn of_a_long_line_a_window_is_shown() {
    let text = "x".repeat(300);
    check(
        "long.json",
        &format!(
            r#"{{"StartAt":"A","States":{{"A":{{"Comment":"{text}","Type":"Pass","Next":"漢字","Result":"{text}"}},"B":{{"Type":"Succeed","Comment":"{text}"}}}}}}"#
        ),
        r#"
error[MISSING_TRANSITION_TARGET]: Missing 'Next' target: 漢字
 --> long.json:1:365
  |
1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","Type":"Pass","Next":"漢字","Result":"xxxxxxxxxxxxxxxxxxxxxxxxxxxx…
  |                                                             ^^^^^^
  = at /States/A/Next

error[MISSING_TRANSITION_TARGET]: State "B" is not reachable.
 --> long.json:1:687
  |
1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},"B":{"Type":"Succeed","Comment":"xxxxxxxxxxx…
  |                                                             ^
  = at /States/B

checked 1 file: 2 errors, no warnings
"#,
    );
}

#[test]
fn colours_are_for_terminals_and_control_characters_for_nobody() {
    let file = file("a.json", "{\"StartAt\": \"A\u{1b}[31m\"}");
    let plain = text::render(std::slice::from_ref(&file), Colours::None);
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(plain.contains("1 | {\"StartAt\": \"A\u{fffd}[31m\"}"), "{plain:?}");
    let coloured = text::render(&[file], Colours::Ansi);
    assert!(coloured.starts_with("\u{1b}[1;31merror[INVALID_JSON_DESCRIPTION]\u{1b}[0m\u{1b}[1m: "));
    assert_eq!(coloured.replace("\u{1b}[0m", "").split('\u{1b}').count(), 9, "{coloured:?}");
}

const SMALL: &str =
    "{\"StartAt\": \"A\", \"States\": {\n \"A\": {\"Type\": \"Pass\", \"Result\": {\"😀.$\": \"$.a\"}}}}";

#[test]
fn json_has_a_list_of_findings_for_each_file() {
    let files =
        [file("a b.json", SMALL), file("good.json", r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#)];
    assert_eq!(
        as_json::render(&files),
        json!({
            "files": [
                {"file": "a b.json", "findings": [
                    {
                        "severity": "error", "code": "SCHEMA_VALIDATION_FAILED",
                        "message": "One of these fields is required: [Next, End]",
                        "location": "/States/A", "line": 2, "column": 7,
                    },
                    {
                        "severity": "warning", "code": "PASS_RESULT_IS_STATIC",
                        "message": "'Result' is not evaluated; '😀.$' stays as it is",
                        "location": "/States/A/Result/😀.$", "line": 2, "column": 43,
                    },
                    {
                        "severity": "error", "code": "MISSING_END_STATE",
                        "message": "Workflow has no terminal state",
                    },
                ]},
                {"file": "good.json", "findings": []},
            ],
            "errors": 2,
            "warnings": 1,
        })
    );
}

#[test]
fn sarif_names_tool_rules_and_places() {
    let log = sarif::render(&[file("a b.json", SMALL)]);
    assert_eq!((&log["version"], &log["runs"][0]["columnKind"]), (&json!("2.1.0"), &json!("utf16CodeUnits")));
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["name"], "stairway");
    assert_eq!(
        driver["rules"],
        json!([{"id": "SCHEMA_VALIDATION_FAILED"}, {"id": "PASS_RESULT_IS_STATIC"}, {"id": "MISSING_END_STATE"}])
    );
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(
        results[1],
        json!({
            "ruleId": "PASS_RESULT_IS_STATIC",
            "level": "warning",
            "message": {"text": "'Result' is not evaluated; '😀.$' stays as it is"},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%20b.json"},
                    "region": {"startLine": 2, "startColumn": 43},
                },
                "logicalLocations": [{"fullyQualifiedName": "/States/A/Result/😀.$"}],
            }],
        })
    );
    assert_eq!(
        results[2]["locations"],
        json!([{"physicalLocation": {"artifactLocation": {"uri": "a%20b.json"}}}])
    );
}

#[test]
fn findings_beyond_the_bound_are_counted_in_every_format() {
    let wrong = r#""Wrong":0,"#.repeat(600);
    let definition = format!(r#"{{{wrong}"StartAt":"P","States":{{"P":{{"Type":"Pass","End":true}}}}}}"#);
    let file = || file("long.json", &definition);
    let told = text::render(&[file()], Colours::None);
    let last = told.lines().last().unwrap();
    assert_eq!(last, "checked 1 file: 1000 errors, no warnings; 199 more findings are not told");
    assert_eq!(as_json::render(&[file()])["files"][0]["leftOut"], json!(199));
    let notes = &sarif::render(&[file()])["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["message"]["text"], json!("199 more findings are not told"));
}

#[test]
fn data_that_nothing_writes_is_told_in_every_format() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a":1},"Next":"B"},
 "B":{"Type":"Wait","SecondsPath":"$.b","End":true}}}"#;
    let message = "'$.b' is read, but nothing that runs before can have written it";
    check(
        "flow.json",
        definition,
        r#"
warning[UNWRITTEN_DATA]: '$.b' is read, but nothing that runs before can have written it
 --> flow.json:2:35
  |
2 |  "B":{"Type":"Wait","SecondsPath":"$.b","End":true}}}
  |                                   ^^^^^
  = at /States/B/SecondsPath

checked 1 file: no errors, 1 warning
"#,
    );
    let file = || file("flow.json", definition);
    assert_eq!(
        as_json::render(&[file()])["files"][0]["findings"],
        json!([{
            "severity": "warning", "code": "UNWRITTEN_DATA", "message": message,
            "location": "/States/B/SecondsPath", "line": 2, "column": 35,
        }])
    );
    let run = &sarif::render(&[file()])["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"], json!([{"id": "UNWRITTEN_DATA"}]));
    let result = &run["results"][0];
    assert_eq!((&result["level"], &result["message"]["text"]), (&json!("warning"), &json!(message)));
    let place = &result["locations"][0];
    assert_eq!(place["physicalLocation"]["region"], json!({"startLine": 2, "startColumn": 35}));
    assert_eq!(place["logicalLocations"], json!([{"fullyQualifiedName": "/States/B/SecondsPath"}]));
}
