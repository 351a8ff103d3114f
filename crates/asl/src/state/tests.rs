use crate::definition::{MachineType, StateId};
use crate::json::{Document, Value};
use crate::query::MapItem;
use crate::query::testing::{failure_text, with_scope};
use crate::state::map::Items;
use crate::state::{Kind, State};

/// The first state of a machine whose other state is `Done`.
fn first_state(fields: &str) -> State {
    let definition = format!(
        r#"{{"StartAt":"S","States":{{"S":{{{fields},"Next":"Done"}},"Done":{{"Type":"Succeed"}}}}}}"#
    );
    let parsed = crate::parse(&definition, MachineType::Standard);
    let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    machine.states.into_iter().next().unwrap()
}

/// Runs a Pass with these fields.
fn pass(fields: &str, input: &str) -> String {
    let state = first_state(&format!(r#""Type":"Pass",{fields}"#));
    with_scope(input, |scope| {
        let effective = match state.effective_input(scope) {
            Ok(effective) => effective,
            Err(error) => return failure_text(Err::<(), _>(error)),
        };
        let Kind::Pass(pass) = &state.kind else { panic!("not a Pass") };
        let result = pass.result.as_ref().unwrap_or(&effective);
        match state.outcome(scope, result) {
            Ok(outcome) => outcome.output.text().to_owned(),
            Err(error) => failure_text(Err::<(), _>(error)),
        }
    })
}

#[test]
fn data_flows_in_awss_order() {
    let input = r#"{"a":{"b":1},"c":2}"#;
    assert_eq!(pass(r#""Comment":"""#, "{ \"kept\" : 1 }"), "{ \"kept\" : 1 }");
    assert_eq!(pass(r#""InputPath":"$.a""#, input), r#"{"b":1}"#);
    assert_eq!(pass(r#""InputPath":null"#, input), "{}");
    assert_eq!(pass(r#""OutputPath":null"#, input), "{}");
    assert_eq!(pass(r#""ResultPath":null,"Result":1"#, input), input);
    assert_eq!(
        pass(r#""InputPath":"$.a","Parameters":{"x.$":"$.b","y":[{"z.$":"$"}]}"#, input),
        r#"{"x":1,"y":[{"z":{"b":1}}]}"#
    );
    // ResultPath writes into the raw input, not into what InputPath left.
    assert_eq!(pass(r#""InputPath":"$.a","ResultPath":"$.r""#, input), r#"{"a":{"b":1},"c":2,"r":{"b":1}}"#);
    assert_eq!(pass(r#""Result":7,"ResultPath":"$.n.e.w","OutputPath":"$.n""#, input), r#"{"e":{"w":7}}"#);
    assert_eq!(pass(r#""Result":{"x.$":"$.jsonpath"}"#, input), r#"{"x.$":"$.jsonpath"}"#);
    assert_eq!(pass(r#""InputPath":"$$.Execution.Input""#, input), r#"{"from":"execution"}"#);
    assert_eq!(pass(r#""Parameters":{"v.$":"$.list[*]"}"#, input), r#"{"v":[]}"#);
}

#[test]
fn failed_paths_have_awss_texts() {
    let input = r#"{"a":"text"}"#;
    assert_eq!(
        pass(r#""OutputPath":"$.no.such.result.path""#, input),
        "States.Runtime: Invalid path '$.no.such.result.path' : Missing property in path $['no']"
    );
    assert_eq!(
        pass(r#""InputPath":"$.NoSuchInputPath""#, input),
        "States.Runtime: Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']"
    );
    assert_eq!(
        pass(r#""Parameters":{"value.$":"$$.Execution.Input.nothing"}"#, "{ \"a\": 1 }"),
        "States.Runtime: The JSONPath '$$.Execution.Input.nothing' specified for the field 'value.$' \
         could not be found in the input '{\"a\":1}'"
    );
    assert_eq!(
        pass(r#""Result":1,"ResultPath":"$.a""#, "[1]"),
        "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a to input [1]"
    );
}

#[test]
fn the_context_object_has_awss_layout() {
    let context = pass(r#""Parameters":{"c.$":"$$"}"#, "{}");
    assert_eq!(
        context,
        concat!(
            r#"{"c":{"Execution":{"Id":"arn:aws:states:us-east-1:123456789012:execution:m:e","#,
            r#""Input":{"from":"execution"},"StartTime":"1970-01-01T00:00:00Z","Name":"e","RoleArn":"role","RedriveCount":0},"#,
            r#""StateMachine":{"Id":"arn:aws:states:us-east-1:123456789012:stateMachine:m","Name":"m"},"#,
            r#""State":{"Name":"S","EnteredTime":"1970-01-01T00:00:01.500Z"}}}"#
        )
    );
}

#[test]
fn data_that_grew_too_deep_fails_the_state() {
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    assert!(pass(r#""ResultPath":"$.deep","Result":[]"#, "{}").starts_with("{\"deep\":[]}"));
    assert!(pass(r#""Parameters":{"x.$":"$"}"#, &deep).contains("Document nesting depth (1001)"));
}

fn wait(fields: &str, input: &str) -> Result<i64, String> {
    let state = first_state(&format!(r#""Type":"Wait",{fields}"#));
    let Kind::Wait(wait) = &state.kind else { panic!("not a Wait") };
    with_scope(input, |scope| match wait.until_ms(scope, 1_000) {
        Ok(moment) => Ok(moment),
        Err(error) => Err(failure_text(Err::<(), _>(error))),
    })
}

#[test]
fn a_wait_ends_at_its_moment() {
    assert_eq!(wait(r#""Seconds":0"#, "{}"), Ok(1_000));
    assert_eq!(wait(r#""SecondsPath":"$.s""#, r#"{"s":5}"#), Ok(6_000));
    assert_eq!(wait(r#""InputPath":"$.in","SecondsPath":"$.s""#, r#"{"in":{"s":5}}"#), Ok(6_000));
    assert_eq!(wait(r#""Timestamp":"1970-01-01T00:01:00.9Z""#, "{}"), Ok(60_000));
    assert_eq!(wait(r#""TimestampPath":"$.t""#, r#"{"t":"1970-01-01T00:00:00Z"}"#), Ok(0));
}

#[test]
fn failed_waits_have_awss_texts() {
    let cause = |fields: &str, input: &str| wait(fields, input).unwrap_err();
    let path = r#""SecondsPath":"$.x""#;
    assert_eq!(
        cause(path, "{}"),
        "States.Runtime: The SecondsPath parameter does not reference an input value: $.x"
    );
    assert_eq!(
        cause(path, r#"{"x":1.5}"#),
        "States.Runtime: The SecondsPath parameter cannot be parsed as a long value: $.x == 1.5"
    );
    assert_eq!(
        cause(path, r#"{"x":-1}"#),
        "States.Runtime: The SecondsPath parameter references a negative value: $.x == -1"
    );
    assert_eq!(
        cause(r#""TimestampPath":"$.x""#, r#"{"x":"2016-03-14T01:59:00"}"#),
        "States.Runtime: The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
         date-time format string: $.x == 2016-03-14T01:59:00"
    );
    assert_eq!(
        cause(r#""Timestamp":"2100-01-01T00:00:00Z""#, "{}"),
        "States.Runtime: Wait state delay is too long."
    );
}

#[test]
fn a_fail_takes_its_texts_from_paths() {
    let fail = |fields: &str, input: &str| {
        let definition = format!(r#"{{"StartAt":"F","States":{{"F":{{"Type":"Fail"{fields}}}}}}}"#);
        let machine = crate::parse(&definition, MachineType::Standard).machine.unwrap();
        let Kind::Fail(fail) = &machine.state(StateId(0)).kind else { panic!("not a Fail") };
        with_scope(input, |scope| match fail.failure(scope) {
            Ok(failure) => format!("{:?} {:?}", failure.error.as_deref(), failure.cause.as_deref()),
            Err(error) => failure_text(Err::<(), _>(error)),
        })
    };
    assert_eq!(fail("", "{}"), "None None");
    assert_eq!(fail(r#","Error":"E","CausePath":"$.c""#, r#"{"c":"why"}"#), r#"Some("E") Some("why")"#);
    assert_eq!(fail(r#","ErrorPath":"$$.State.Name""#, "{}"), r#"Some("S") None"#);
    assert_eq!(
        fail(
            r#","ErrorPath":"States.Format('E{}', $.n)","CausePath":"States.JsonToString($)""#,
            r#"{"n":7}"#
        ),
        r#"Some("E7") Some("{\"n\":7}")"#
    );
    assert_eq!(
        fail(r#","ErrorPath":"States.ArrayGetItem($, 0)""#, "[1]"),
        "States.Runtime: The ErrorPath field refers to value \"1\" which is not a valid string: \
         States.ArrayGetItem($, 0)"
    );
    assert_eq!(
        fail(r#","CausePath":"States.Format('{}')""#, "{}"),
        "States.IntrinsicFailure: The function 'States.Format('{}')' had the following error: \
         expected as many arguments as placeholders, found 0 and 1"
    );
    assert_eq!(
        fail(r#","ErrorPath":"$.ErrorX""#, r#"{"Error":"error-value"}"#),
        "States.Runtime: The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found \
         in the input '{\"Error\":\"error-value\"}'"
    );
}

const PROCESSOR: &str = r#""ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}"#;

fn map(fields: &str, input: &str) -> String {
    let state = first_state(&format!(r#""Type":"Map",{PROCESSOR},{fields}"#));
    let Kind::Map(map) = &state.kind else { panic!("not a Map") };
    with_scope(input, |scope| {
        let evaluate = || {
            let limit = map.max_concurrency(scope)?;
            let items: Vec<(Option<_>, Value)> = match map.items(&state, scope)? {
                Items::Array(items) => items.iter().map(|item| (None, item.clone())).collect(),
                Items::Object(members) => {
                    members.into_iter().map(|(key, value)| (Some(key), value)).collect()
                }
            };
            let inputs: Result<Vec<Document>, _> = items
                .into_iter()
                .enumerate()
                .map(|(index, (key, value))| {
                    map.item_input(&state, scope, &MapItem { index: index as u64, key, value })
                })
                .collect();
            Ok(format!("{limit} {}", Document::array_of(inputs?.iter()).text()))
        };
        evaluate().unwrap_or_else(|error| failure_text(Err::<(), _>(error)))
    })
}

#[test]
fn a_map_iterates_over_arrays_and_objects() {
    assert_eq!(map(r#""MaxConcurrency":2"#, "[1,[2]]"), "2 [1,[2]]");
    assert_eq!(map(r#""ItemsPath":"$.l""#, r#"{"l":[]}"#), "0 []");
    assert_eq!(
        map(
            r#""ItemSelector":{"k.$":"$$.Map.Item.Key","i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","all.$":"$.b"}"#,
            r#"{"a":1,"b":2}"#
        ),
        r#"0 [{"k":"a","i":0,"v":1,"all":2},{"k":"b","i":1,"v":2,"all":2}]"#
    );
    assert_eq!(
        map(r#""Parameters":{"v.$":"$$.Map.Item.Value"},"InputPath":"$.x""#, r#"{"x":[7]}"#),
        r#"0 [{"v":7}]"#
    );
    assert_eq!(map(r#""MaxConcurrencyPath":"$[0]""#, "[1]"), "1 [1]");
}

#[test]
fn failed_maps_have_awss_texts() {
    assert_eq!(map(r#""ItemsPath":"$$""#, "[]"), "States.Runtime: Reference path \"$\" must point to array.");
    assert_eq!(
        map(r#""ItemsPath":"$.x""#, r#"{"x":1}"#),
        "States.Runtime: Reference path \"$.x\" must point to array."
    );
    let path = r#""MaxConcurrencyPath":"$.m""#;
    assert_eq!(
        map(path, r#"{"m":"NoNumber"}"#),
        "States.Runtime: The MaxConcurrencyPath field refers to value \"NoNumber\" which is not a valid integer: $.m"
    );
    assert_eq!(
        map(path, r#"{"m":{}}"#),
        "States.Runtime: The MaxConcurrencyPath field refers to value \"{}\" which is not a valid integer: $.m"
    );
}

#[test]
fn time_limits_come_from_numbers_and_paths() {
    let limits = |fields: &str, input: &str| {
        let resource = "arn:aws:states:us-east-1:123456789012:activity:a";
        let state = first_state(&format!(r#""Type":"Task","Resource":"{resource}"{fields}"#));
        let Kind::Task(task) = &state.kind else { panic!("not a Task") };
        with_scope(input, |scope| match task.time_limits(scope) {
            Ok(limits) => format!("{:?} {:?}", limits.timeout_seconds, limits.heartbeat_seconds),
            Err(error) => failure_text(Err::<(), _>(error)),
        })
    };
    assert_eq!(limits("", "{}"), "None None");
    assert_eq!(
        limits(r#","TimeoutSeconds":60,"HeartbeatSecondsPath":"$.h""#, r#"{"h":5}"#),
        "Some(60) Some(5)"
    );
    assert_eq!(
        limits(r#","TimeoutSecondsPath":"$.NoSuchTimeoutSecondsPath""#, "{}"),
        "States.Runtime: Invalid path '$.NoSuchTimeoutSecondsPath' : No results for path: $['NoSuchTimeoutSecondsPath']"
    );
}

#[test]
fn a_catcher_writes_the_error_into_the_raw_input() {
    let resource = "arn:aws:states:us-east-1:123456789012:activity:a";
    let state = first_state(&format!(
        r#""Type":"Task","Resource":"{resource}","InputPath":"$.a",
           "Catch":[{{"ErrorEquals":["E"],"ResultPath":"$.err","Next":"Done"}},{{"ErrorEquals":["States.ALL"],"Next":"Done"}}]"#
    ));
    let error = Document::parse(r#"{"Error":"E","Cause":"c"}"#).unwrap();
    let output = |at: usize| {
        with_scope(r#"{"a":1}"#, |scope| {
            state.catchers[at].outcome(scope, &error).unwrap().output.text().to_owned()
        })
    };
    assert_eq!(output(0), r#"{"a":1,"err":{"Error":"E","Cause":"c"}}"#);
    assert_eq!(output(1), r#"{"Error":"E","Cause":"c"}"#);
}

#[test]
fn a_used_up_budget_interrupts_instead_of_failing() {
    let state = first_state(r#""Type":"Pass","Parameters":{"all.$":"$..*"}"#);
    let many: Vec<i64> = (0..1_000).collect();
    with_scope(&format!("{many:?}"), |scope| {
        let budget = crate::query::Budget::new(100);
        let scope = crate::query::Scope { budget: &budget, ..*scope };
        assert_eq!(failure_text(state.effective_input(&scope)), "over budget");
    });
}

/// The role that a Task with these `Credentials` has for an input.
fn role(language: &str, credentials: &str, input: &str) -> String {
    let state = first_state(&format!(
        r#""Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","QueryLanguage":"{language}",{credentials}"#
    ));
    let Kind::Task(task) = &state.kind else { panic!("not a Task") };
    with_scope(input, |scope| match task.role_arn(scope) {
        Ok(role) => role.map_or("none".to_owned(), |role| role.to_string()),
        Err(error) => failure_text(Err::<(), _>(error)),
    })
}

#[test]
fn the_role_of_a_task_is_written_out_or_found() {
    let path = |fields: &str, input: &str| role("JSONPath", fields, input);
    assert_eq!(path(r#""Comment":"""#, "{}"), "none");
    assert_eq!(path(r#""Credentials":{"RoleArn":"arn:role"}"#, "{}"), "arn:role");
    let below = r#""InputPath":"$.a","Credentials":{"RoleArn.$":"$.role"}"#;
    assert_eq!(path(below, r#"{"a":{"role":"arn:r"}}"#), "arn:r");
    let made = r#""Credentials":{"RoleArn.$":"States.Format('arn:{}', $.name)"}"#;
    assert_eq!(path(made, r#"{"name":"r"}"#), "arn:r");
    assert_eq!(
        path(r#""Credentials":{"RoleArn.$":"$.role"}"#, r#"{"role":7}"#),
        "States.Runtime: The RoleArn field of Credentials must be a text of 1 to 2000 characters but was: 7"
    );
    assert_eq!(
        path(r#""Credentials":{"RoleArn.$":"$.role"}"#, "{}"),
        "States.Runtime: The JSONPath '$.role' specified for the field 'RoleArn.$' could not be found in the input '{}'"
    );
    let jsonata = |fields: &str, input: &str| role("JSONata", fields, input);
    assert_eq!(
        jsonata(r#""Credentials":{"RoleArn":""}"#, "{}"),
        "States.Runtime: The RoleArn field of Credentials must be a text of 1 to 2000 characters but was: \"\""
    );
    assert_eq!(jsonata(r#""Credentials":{"RoleArn":"arn:role"}"#, "{}"), "arn:role");
    let found = r#""Credentials":{"RoleArn":"{% $states.input.role %}"}"#;
    assert_eq!(jsonata(found, r#"{"role":"arn:r"}"#), "arn:r");
    assert_eq!(
        jsonata(found, r#"{"role":7}"#),
        "States.QueryEvaluationError: The JSONata expression '$states.input.role' specified for the field \
         'Credentials/RoleArn' returned an unexpected result type. Expected 'string', but was 'number' for value: 7"
    );
}
