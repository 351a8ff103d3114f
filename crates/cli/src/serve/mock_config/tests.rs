use super::*;

const FILE: &str = r#"{
  "StateMachines": {
    "orders": {"TestCases": {"Happy": {"Charge": "Charged"}, "Retry": {"Charge": "Later"}}}
  },
  "MockedResponses": {
    "Charged": {"0": {"Return": {"b": 1.50, "a": [ ]}}},
    "Later": {
      "3": {"Return": null},
      "1-2": {"Throw": {"Error": "Late", "Cause": "still"}},
      "0": {"Throw": {"Error": "Busy"}}
    }
  }
}"#;

fn thrown(error: &str, cause: Option<&str>) -> MockedAnswer {
    MockedAnswer::Throw(Failure { error: Some(error.into()), cause: cause.map(Into::into) })
}

#[test]
fn answers_come_in_the_order_of_their_numbers_and_keep_their_text() {
    let contents = contents(FILE).unwrap();
    let mocks = contents.find("orders", "Happy").unwrap();
    let charged = vec![(0, MockedAnswer::Return(r#"{"b":1.50,"a":[]}"#.into()))];
    assert_eq!(mocks.answers["Charge"], MockedAnswers { response: "Charged".into(), answers: charged });
    let later = contents.find("orders", "Retry").unwrap().answers["Charge"].answers.clone();
    let expected = vec![
        (0, thrown("Busy", None)),
        (2, thrown("Late", Some("still"))),
        (3, MockedAnswer::Return("null".into())),
    ];
    assert_eq!(later, expected);
}

#[test]
fn unknown_machine_or_case_is_told_with_the_known_ones() {
    let contents = contents(FILE).unwrap();
    assert_eq!(
        contents.find("order", "Happy").unwrap_err(),
        "The mock configuration has no test cases of the state machine 'order', only of 'orders'."
    );
    assert_eq!(
        contents.find("orders", "Sad").unwrap_err(),
        "The mock configuration has no test case 'Sad' of the state machine 'orders', only 'Happy', 'Retry'."
    );
}

#[test]
fn mistake_in_the_file_is_told_with_its_place() {
    let check = |file: &str, expected: &str| assert_eq!(contents(file).unwrap_err(), expected);
    let response = |answers: &str, expected: &str| {
        let file = format!(r#"{{"MockedResponses": {{"R": {answers}}}}}"#);
        check(&file, &format!("the mocked response `R`{expected}"));
    };
    check("[]", "the file: expected an object, found a list");
    check(
        r#"{"MockedResponse": {}}"#,
        "the file: expected only `StateMachines`, `MockedResponses`, found `MockedResponse`",
    );
    check(
        r#"{"StateMachines": {"m": {"TestCases": {"C": {"S": "R"}}}}}"#,
        "the test case `C` of `m`: expected a name in `MockedResponses` for `S`, found `R`",
    );
    check(
        r#"{"StateMachines": {"m": {"TestCases": {"C": {"S": {}}}}}}"#,
        "the test case `C` of `m`: expected the name of a mocked response for `S`, found an object",
    );
    response("{}", ": expected an answer to invocation 0, found none");
    response(r#"{"1": {"Return": 1}}"#, ": expected an answer to invocation 0, found the next one at 1");
    response(
        r#"{"0-1": {"Return": 1}, "4": {"Return": 1}}"#,
        ": expected an answer to invocation 2, found the next one at 4",
    );
    response(
        r#"{"0-1": {"Return": 1}, "1-2": {"Return": 1}}"#,
        ": expected one answer to invocation 1, found two",
    );
    for wrong in ["-1", "1-", "2-1", "a", "", "+1", "0 - 1", "18446744073709551615"] {
        let expected = format!(": expected invocations like \"0\" or \"1-2\", found \"{wrong}\"");
        response(&format!(r#"{{"{wrong}": {{"Return": 1}}}}"#), &expected);
    }
    response(r#"{"0": {}}"#, ", \"0\": expected `Return` or `Throw`, found neither");
    response(r#"{"0": {"Return": 1, "Throw": {}}}"#, ", \"0\": expected `Return` or `Throw`, found both");
    response(r#"{"0": {"Throw": {}}}"#, ", \"0\": expected `Throw` to have an `Error`, found none");
    response(r#"{"0": {"Throw": {"Error": 1}}}"#, ", \"0\": expected `Error` to be a string, found a number");
    let broken = contents("{").unwrap_err();
    assert!(broken.starts_with("expected JSON, found at line 1, column 2: "), "{broken}");
}

#[test]
fn file_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mocks.json");
    let config = MockConfig(file.clone());
    assert!(config.check().unwrap_err().starts_with("cannot read the mock configuration `"));
    std::fs::write(&file, FILE).unwrap();
    assert_eq!(config.check(), Ok(()));
    std::fs::write(&file, FILE.replace("Happy", "Glad")).unwrap();
    assert!(config.find("orders", "Happy").is_err());
    assert!(config.find("orders", "Glad").is_ok());
}
