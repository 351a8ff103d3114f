//! `stairway check` as a user meets it: the real binary, its streams, its exit codes.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const GOOD: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#;
const BROKEN: &str = r#"{"StartAt": "Gone", "States": {"A": {"Type": "Succeed"}}}"#;
/// Allowed, and waits for ever for a lost worker.
const DOUBTFUL: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
    "Resource": "arn:aws:states:us-east-1:123456789012:activity:pay"}}}"#;

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn check(folder: &TempDir, arguments: &[&str], stdin: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stairway"));
    command.arg("check").args(arguments).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads no stdin may have ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn good_definitions_give_0_and_warnings_change_nothing() {
    let folder = folder(&[("good.json", GOOD), ("doubtful.json", DOUBTFUL)]);
    let ended = check(&folder, &["good.json"], "");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "checked 1 file: no errors, no warnings\n"));
    let ended = check(&folder, &["good.json", "doubtful.json"], "");
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.starts_with("warning[NO_TIMEOUT]: "), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("\nchecked 2 files: no errors, 1 warning\n"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
}

#[test]
fn what_services_do_not_have_is_shown_with_what_may_be_meant() {
    let misspelt = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "TimeoutSeconds": 9, "End": true,
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "t", "Key": {}, "ConsistentRaed": true}}}}"#;
    let folder = folder(&[("misspelt.json", misspelt), ("gone.json", &misspelt.replace("getItem", "query"))]);
    let ended = check(&folder, &["misspelt.json"], "");
    let expected = r#"error[SCHEMA_VALIDATION_FAILED]: The field "ConsistentRaed" is not supported by Step Functions (did you mean `ConsistentRead`?)
 --> misspelt.json:3:67
  |
3 | …rameters": {"TableName": "t", "Key": {}, "ConsistentRaed": true}}}}
  |                                                             ^^^^
  = at /States/A/Parameters

checked 1 file: 1 error, no warnings
"#;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), expected));
    let ended = check(&folder, &["gone.json"], "");
    let hint = "(did you mean `arn:aws:states:::aws-sdk:dynamodb:query`?)";
    assert!(ended.stdout.contains(hint), "{}", ended.stdout);
}

#[test]
fn an_error_in_any_file_gives_1() {
    let folder = folder(&[("good.json", GOOD), ("broken.json", BROKEN)]);
    let ended = check(&folder, &["broken.json", "good.json"], "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains(" --> broken.json:1:13\n"), "{}", ended.stdout);
    assert!(!ended.stdout.contains('\u{1b}'), "a pipe is no terminal");
}

#[test]
fn an_unreadable_file_gives_2_and_the_others_are_checked() {
    let folder = folder(&[("broken.json", BROKEN)]);
    std::fs::write(folder.path().join("bytes.json"), b"{\"a\": \xff}").unwrap();
    let ended = check(&folder, &["none.json", "bytes.json", "broken.json"], "");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stdout.contains("checked 1 file: "), "{}", ended.stdout);
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert!(told[0].starts_with("stairway: cannot read the definition `none.json`: "), "{told:?}");
    assert_eq!(
        told[1..],
        ["stairway: cannot read the definition `bytes.json`: expected UTF-8, found other bytes at byte 6"]
    );
    for misuse in [&[][..], &["--type", "FAST", "broken.json"], &["--format", "xml", "broken.json"]] {
        assert_eq!(check(&folder, misuse, "").code, Some(2), "{misuse:?}");
    }
}

#[test]
fn stdin_is_a_file_as_others() {
    let folder = folder(&[]);
    let ended = check(&folder, &["-"], BROKEN);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains(" --> <stdin>:1:13\n"), "{}", ended.stdout);
    let ended = check(&folder, &["-"], "StartAt: A\nStates:\n  A: {Type: Succeed}\n");
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
}

#[test]
fn an_express_state_machine_has_no_activities() {
    let folder = folder(&[("doubtful.json", DOUBTFUL)]);
    let ended = check(&folder, &["--type", "EXPRESS", "doubtful.json"], "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("Express state machine does not support Activity ARN"), "{}", ended.stdout);
}

#[test]
fn documents_for_programs_stand_alone_on_stdout() {
    let folder = folder(&[("broken.json", BROKEN)]);
    for (format, pointer) in [("json", "/files/0/findings/0/code"), ("sarif", "/runs/0/results/0/ruleId")] {
        let ended = check(&folder, &["--format", format, "broken.json"], "");
        assert_eq!((ended.code, &*ended.stderr), (Some(1), ""));
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(document.pointer(pointer).unwrap(), "MISSING_TRANSITION_TARGET", "{document}");
    }
}

#[test]
fn a_run_is_silent_about_warnings() {
    let definition =
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"a.$": "$.b"}, "End": true}}}"#;
    let folder = folder(&[("static.json", definition)]);
    let run = Command::new(env!("CARGO_BIN_EXE_stairway"))
        .args(["run", "static.json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success() && !told.contains("warning"), "{told}");
    assert!(check(&folder, &["static.json"], "").stdout.contains("warning[PASS_RESULT_IS_STATIC]"));
}
