//! Variables over the life of an execution. `Trial::give` checks after every command that replay and
//! checkpoint give the same execution.

use super::*;

/// What each exit of a state assigned: `State name=text ...`, states that assigned nothing left out.
fn assigned(trial: &Trial) -> Vec<String> {
    let events = trial.events();
    let lines = events.iter().filter_map(|event| {
        let event = event.to_json(true);
        let details = event.get("stateExitedEventDetails")?;
        let variables = details.get("assignedVariables")?.as_object()?;
        assert_eq!(details["assignedVariablesDetails"], serde_json::json!({"truncated": false}));
        let variables = variables.iter().map(|(name, text)| format!(" {name}={}", text.as_str().unwrap()));
        Some(format!("{}{}", details["name"].as_str().unwrap(), variables.collect::<String>()))
    });
    lines.collect()
}

#[test]
fn assigned_variables_are_shown_as_texts_and_only_with_data() {
    let trial = Trial::new(
        r#"{"StartAt":"A","States":{
            "A":{"Type":"Pass","Assign":{"z":"text","a":{"n":1.0},"i.$":"$.in"},"Next":"B"},
            "B":{"Type":"Pass","Assign":{},"OutputPath":"$a","End":true}}}"#,
    )
    .start(r#"{"in":[1, 2]}"#);
    assert_eq!(assigned(&trial), [r#"A z="text" a={"n":1.0} i=[1,2]"#]);
    assert_eq!(trial.output(), r#"{"n":1.0}"#);
    let exit = trial.events()[2].to_json(false);
    assert_eq!(exit["stateExitedEventDetails"], serde_json::json!({"name": "A"}));
}

#[test]
fn branches_read_outer_variables_and_keep_their_own() {
    let trial = Trial::new(
        r#"{"StartAt":"A","States":{
            "A":{"Type":"Pass","Assign":{"x":1},"Next":"P"},
            "P":{"Type":"Parallel","Next":"Z","Assign":{"all.$":"$"},"Branches":[
                {"StartAt":"L","States":{
                    "L":{"Type":"Pass","Assign":{"mine.$":"$x"},"Next":"L2"},
                    "L2":{"Type":"Pass","Parameters":{"got.$":"$mine","x.$":"$x"},"End":true}}},
                {"StartAt":"R","States":{
                    "R":{"Type":"Pass","Assign":{"mine":2},"Next":"R2"},
                    "R2":{"Type":"Pass","Parameters":{"got.$":"$mine","x.$":"$x"},"End":true}}}]},
            "Z":{"Type":"Choice","Choices":[{"Variable":"$mine","IsPresent":true,"Next":"Bad"}],"Default":"Good"},
            "Bad":{"Type":"Fail"},
            "Good":{"Type":"Pass","OutputPath":"$all","End":true}}}"#,
    )
    .start("{}");
    assert_eq!(trial.output(), r#"[{"got":1,"x":1},{"got":2,"x":1}]"#);
    assert_eq!(assigned(&trial).len(), 4);
}

#[test]
fn iterations_begin_without_the_variables_of_those_before() {
    let trial = Trial::new(
        r#"{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":1,"End":true,"ItemProcessor":{"StartAt":"C","States":{
            "C":{"Type":"Choice","Choices":[{"Variable":"$seen","IsPresent":true,"Next":"Bad"}],"Default":"D","Assign":{"seen.$":"$"}},
            "D":{"Type":"Pass","OutputPath":"$seen","End":true},
            "Bad":{"Type":"Fail"}}}}}}"#,
    )
    .start("[1,2]");
    assert_eq!(trial.output(), "[1,2]");
    assert_eq!(assigned(&trial), ["C seen=1", "C seen=2"]);
}

#[test]
fn a_catcher_of_a_parallel_assigns_in_the_outer_block() {
    let trial = Trial::new(
        r#"{"StartAt":"P","States":{
            "P":{"Type":"Parallel","End":true,"Assign":{"never":1},
                "Catch":[{"ErrorEquals":["E"],"Assign":{"error.$":"$.Error"},"Next":"Z"}],
                "Branches":[{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}}]},
            "Z":{"Type":"Pass","OutputPath":"$error","End":true}}}"#,
    )
    .start("{}");
    assert_eq!(trial.output(), r#""E""#);
    assert_eq!(assigned(&trial), [r#"P error="E""#]);
}

#[test]
fn a_branch_reads_its_own_where_the_outer_block_has_the_name_too() {
    let trial = Trial::new(
        r#"{"StartAt":"P","States":{
            "P":{"Type":"Parallel","Assign":{"from.$":"$[0]"},"Next":"Z",
                "Catch":[{"ErrorEquals":["E"],"Assign":{"x":"outer"},"Next":"P"}],
                "Branches":[{"StartAt":"C","States":{
                    "C":{"Type":"Choice","Default":"F","Choices":[{"Variable":"$x","IsPresent":true,"Next":"A"}]},
                    "F":{"Type":"Fail","Error":"E"},
                    "A":{"Type":"Pass","Assign":{"x":"inner"},"Next":"B"},
                    "B":{"Type":"Pass","OutputPath":"$x","End":true}}}]},
            "Z":{"Type":"Pass","Parameters":{"from.$":"$from","x.$":"$x"},"End":true}}}"#,
    )
    .start("{}");
    assert_eq!(trial.output(), r#"{"from":"inner","x":"outer"}"#);
}

#[test]
fn failed_attempts_assign_nothing() {
    let more = r#","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":1}],"Assign":{"attempt.$":"$"}"#;
    let mut trial = Trial::new(&task(more)).start("{}");
    let first = trial.work(3);
    trial.fail(first, "E");
    trial.after_ms(1_000);
    let second = trial.work(6);
    trial.succeed(second, "2");
    assert_eq!(assigned(&trial), ["T attempt=2"]);
}

#[test]
fn variables_outlive_the_payloads_around_them() {
    let definition = r#"{"StartAt":"A","States":{
        "A":{"Type":"Pass","Assign":{"kept":"value"},"Next":"W"},
        "W":{"Type":"Wait","Seconds":1,"Next":"N"},
        "N":{"Type":"Pass","Parameters":{"n.$":"States.MathAdd($.n, 1)"},"Next":"C"},
        "C":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericLessThan":40,"Next":"W"}],"Default":"Z"},
        "Z":{"Type":"Pass","OutputPath":"$kept","End":true}}}"#;
    let mut trial = Trial::new(definition).start(r#"{"n":0}"#);
    while trial.execution.status() == Status::Running {
        trial.after_ms(1_000);
    }
    assert_eq!(trial.output(), r#""value""#);
}

#[test]
fn what_is_too_large_is_not_assigned() {
    let failure_of = |assign: &str| {
        let text = "x".repeat(200_000);
        let definition =
            format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Assign":{assign},"End":true}}}}}}"#);
        let trial = Trial::new(&definition).start(&format!(r#"{{"t":"{text}"}}"#));
        assert_eq!(assigned(&trial), [""; 0]);
        let failure = trial.failure();
        assert_eq!(failure.error.as_deref(), Some("States.DataLimitExceeded"));
        failure.cause.unwrap().to_string()
    };
    assert_eq!(
        failure_of(r#"{"small":1,"twice":["",{"a.$":"$.t"},{"b.$":"$.t"}]}"#),
        "The state 'A' cannot assign: the variable 'twice' would exceed 262144 bytes."
    );
    assert_eq!(
        failure_of(r#"{"one.$":"$.t","two.$":"$.t"}"#),
        "The state 'A' cannot assign: its variables would exceed 262144 bytes."
    );
}

#[test]
fn an_execution_holds_ten_mebibytes_of_variables() {
    let state =
        |at: u32| format!(r#""S{at}":{{"Type":"Pass","Assign":{{"v{at}.$":"$.t"}},"Next":"S{}"}},"#, at + 1);
    let states: String = (0..60).map(state).collect();
    let definition = format!(r#"{{"StartAt":"S0","States":{{{states}"S60":{{"Type":"Succeed"}}}}}}"#);
    let trial = Trial::new(&definition).start(&format!(r#"{{"t":"{}"}}"#, "x".repeat(199_998)));
    // 52 times 200,000 bytes fit into 10 MiB; the 53rd does not.
    assert_eq!(
        trial.failure().cause.as_deref(),
        Some("The state 'S52' cannot assign: all variables of the execution would exceed 10485760 bytes.")
    );
}

#[test]
fn a_catcher_that_fails_itself_is_not_asked_again() {
    let more = r#","Catch":[{"ErrorEquals":["E","States.Runtime"],"Assign":{"x.$":"$nothing"},"Next":"C"}]"#;
    let mut trial = Trial::new(&task(more)).start("{}");
    let key = trial.work(3);
    trial.fail(key, "E");
    let failure = trial.failure();
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    assert!(failure.cause.unwrap().contains("The JSONPath '$nothing' specified for the field 'x.$'"));
}
