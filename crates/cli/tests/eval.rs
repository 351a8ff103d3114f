//! `stairway eval` as a user meets it: the real binary, its streams, its exit codes.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::io::Write as _;
use std::process::{Command, Stdio};

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn eval(arguments: &[&str], stdin: &str) -> Ended {
    eval_in("jsonata", arguments, stdin)
}

fn eval_in(language: &str, arguments: &[&str], stdin: &str) -> Ended {
    let mut process = Command::new(env!("CARGO_BIN_EXE_stairway"))
        .args(["eval", language])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read has closed the pipe.
    let _ = process.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = process.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[track_caller]
fn check(arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    check_in("jsonata", arguments, code, stdout, stderr);
}

#[track_caller]
fn check_in(language: &str, arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let ended = eval_in(language, arguments, "");
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(code), stdout, stderr));
}

#[test]
fn a_value_is_printed_as_json() {
    check(&["$sum(items.price)", "--input", r#"{"items": [{"price": 2.5}, {"price": 4}]}"#], 0, "6.5\n", "");
    check(
        &["$greeting & ' ' & name", "--input", r#"{"name": "Ada"}"#, "--bindings", r#"{"greeting": "Hi"}"#],
        0,
        "\"Hi Ada\"\n",
        "",
    );
    check(&["1e20"], 0, "100000000000000000000\n", "");
}

#[test]
fn input_can_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("order.json");
    std::fs::write(&file, "{\"id\": 7}\n").unwrap();
    check(&["id", "--input", file.to_str().unwrap()], 0, "7\n", "");
}

#[test]
fn nothing_prints_nothing_and_is_no_failure() {
    check(&["absent", "--input", "{}"], 0, "", "stairway: the expression gives nothing (undefined)\n");
    check(&["$sum"], 0, "", "stairway: the expression gives a function, which JSON cannot hold\n");
}

#[test]
fn an_error_has_code_message_and_position() {
    let told =
        "stairway: T2001: The left side of the \"+\" operator must evaluate to a number (at position 5)\n";
    check(&["'a' + 1"], 1, "", told);
    check(&["1 +"], 1, "", "stairway: S0207: Unexpected end of expression (at position 3)\n");
}

#[test]
fn mistakes_in_use_are_told_apart() {
    check(
        &["a", "--bindings", "[]"],
        2,
        "",
        "stairway: expected --bindings to be an object, found invalid type: sequence, expected a map at line 1 column 0\n",
    );
    assert_eq!(eval(&["a", "--input", "nowhere"], "").code, Some(2));
    assert_eq!(eval(&[], "").code, Some(2));
}

#[test]
fn the_dialect_of_step_functions_has_its_own_rules() {
    check(
        &["--aws", "$hash($states.input, 'MD5')", "--input", "\"x\""],
        0,
        "\"9dd4e461268c8034f5c8564e155c67a6\"\n",
        "",
    );
    check(
        &["--aws", "phone.number"],
        1,
        "",
        "stairway: UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. (at position 5)\n",
    );
    check(
        &["--aws", "$eval('1')"],
        1,
        "",
        "stairway: T1006: Attempted to invoke a non-function (at position 6)\n",
    );
    check(
        &["--aws", "($f := function() { $f() }; $f())"],
        1,
        "",
        "stairway: Expression evaluation timeout: Check for infinite loop\n",
    );
}

#[test]
fn every_line_has_its_answer() {
    let lines = concat!(
        r#"{"expr": "a + $b", "input": {"a": 1}, "bindings": {"b": 2}}"#,
        "\n",
        r#"{"expr": "a", "input": null}"#,
        "\n",
        r#"{"expr": "$", "input": null}"#,
        "\n",
        r#"{"expr": "1 +"}"#,
        "\n",
        "oops\n",
        r#"{"input": {"d": [1.0]}}"#,
        "\n",
    );
    let ended = eval(&["--jsonl", "d"], lines);
    let expected = concat!(
        r#"{"result":3}"#,
        "\n",
        r#"{"undefined":true}"#,
        "\n",
        r#"{"result":null}"#,
        "\n",
        r#"{"error":{"code":"S0207","message":"Unexpected end of expression","position":3}}"#,
        "\n",
        r#"{"error":{"code":null,"message":"expected a line with a JSON object: expected value at line 1 column 1","position":null}}"#,
        "\n",
        r#"{"result":[1]}"#,
        "\n",
    );
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), expected, ""));
}

#[test]
fn a_path_is_tried_on_input_and_variables() {
    let input = r#"{"orders": [{"id": 1.0}, {"id": 2}]}"#;
    check_in("jsonpath", &["$.orders[*].id", "--input", input], 0, "[1.0,2]\n", "");
    check_in("jsonpath", &["$limit.of", "--bindings", r#"{"limit": {"of": 3}}"#], 0, "3\n", "");
    check_in("jsonpath", &["$"], 0, "{}\n", "");
    check_in(
        "jsonpath",
        &["$.id", "--input", input],
        1,
        "",
        "stairway: States.Runtime: Invalid path '$.id' : No results for path: $['id']\n",
    );
    check_in(
        "jsonpath",
        &["$.orders[x]"],
        1,
        "",
        "stairway: SCHEMA_VALIDATION_FAILED: expected `'`, an index, `*` or `?` after `[` (at position 10)\n",
    );
    assert_eq!(eval_in("jsonpath", &["$", "--aws"], "").code, Some(2));
}

#[test]
fn a_call_is_tried_on_input_and_variables() {
    check_in(
        "intrinsic",
        &[
            "States.Format('{} {}', $greeting, $.name)",
            "--input",
            r#"{"name": "Ada"}"#,
            "--bindings",
            r#"{"greeting": "Hi"}"#,
        ],
        0,
        "\"Hi Ada\"\n",
        "",
    );
    check_in(
        "intrinsic",
        &["States.ArrayLength($)"],
        1,
        "",
        "stairway: States.IntrinsicFailure: The function 'States.ArrayLength($)' had the following error: \
         expected an array as argument 1, found an object\n",
    );
    let ids = [(); 2].map(|()| eval_in("intrinsic", &["States.UUID()"], "").stdout);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn every_line_of_paths_or_calls_has_its_answer() {
    let ended = eval_in(
        "jsonpath",
        &["--jsonl"],
        concat!(
            r#"{"expr": "$.a", "input": {"a": {"b": 1.50}}}"#,
            "\n",
            r#"{"expr": "$v[0]", "bindings": {"v": [null]}}"#,
            "\n",
            r#"{"expr": "a"}"#,
            "\n",
        ),
    );
    let expected = concat!(
        r#"{"result":{"b":1.50}}"#,
        "\n",
        r#"{"result":null}"#,
        "\n",
        r#"{"error":{"code":"SCHEMA_VALIDATION_FAILED","message":"expected a path to start with `$`","position":1}}"#,
        "\n",
    );
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), expected, ""));

    let ended = eval_in("intrinsic", &["--jsonl", "States.MathAdd($.n, 1)"], "{\"input\": {\"n\": 1}}\n{}\n");
    let expected = concat!(
        r#"{"result":2}"#,
        "\n",
        r#"{"error":{"code":"States.Runtime","message":"The function 'States.MathAdd($.n, 1)' had the following error: The JsonPath argument for the field '$.n' could not be found in the input '{}'","position":null}}"#,
        "\n",
    );
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), expected, ""));
}
