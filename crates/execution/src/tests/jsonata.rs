//! JSONata over the life of an execution: what fails, what is shown of it, and what comes after.

use super::*;

/// A machine in JSONata with these states, the first one named `A`.
fn machine(states: &str) -> Trial {
    Trial::new(&format!(r#"{{"QueryLanguage":"JSONata","StartAt":"A","States":{{{states}}}}}"#))
}

fn types_after(trial: &Trial, type_name: &str) -> Vec<&'static str> {
    let events = trial.events();
    let at = events.iter().position(|event| event.type_name == type_name).unwrap();
    events[at..].iter().map(|event| event.type_name).collect()
}

#[test]
fn a_failed_output_of_a_task_points_to_its_answer_and_is_caught() {
    let states = format!(
        r#""A":{{"Type":"Task","Resource":"{ACTIVITY}","Output":"{{% $nothing %}}","End":true,"Catch":[
            {{"ErrorEquals":["States.QueryEvaluationError"],"Output":"{{% $states.errorOutput.Error %}}","Next":"B"}}]}},
           "B":{{"Type":"Succeed"}}"#
    );
    let mut trial = machine(&states).start("{}");
    let task = trial.work(3);
    trial.succeed(task, "1");
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 TaskStateEntered
         3<2 ActivityScheduled
         4<3 ActivityStarted
         5<4 ActivitySucceeded
         6<5 EvaluationFailed
         7<6 TaskStateExited
         8<7 SucceedStateEntered
         9<8 SucceedStateExited
         10<9 ExecutionSucceeded",
    );
    assert_eq!(trial.output(), r#""States.QueryEvaluationError""#);
    assert_eq!(
        trial.events()[5].to_json(true)["evaluationFailedEventDetails"],
        serde_json::json!({
            "error": "States.QueryEvaluationError",
            "cause": "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata \
                expression '$nothing' specified for the field 'Output' returned nothing (undefined).",
            "location": "Output",
            "state": "A",
        })
    );
}

#[test]
fn failed_arguments_are_retried() {
    let states = format!(
        r#""A":{{"Type":"Task","Resource":"{ACTIVITY}","Arguments":"{{% $states.context.State.RetryCount = 1 ? 'in' : $nothing %}}",
            "Retry":[{{"ErrorEquals":["States.ALL"],"IntervalSeconds":2}}],"End":true}}"#
    );
    let mut trial = machine(&states).start("{}");
    trial.after_ms(2_000);
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 TaskStateEntered
         3<0 EvaluationFailed
         4<3 ActivityScheduled",
    );
    assert_eq!(trial.events()[3].text("input"), Some(r#""in""#));
}

#[test]
fn an_evaluation_in_a_wait_points_to_its_entry() {
    let trial = machine(r#""A":{"Type":"Wait","Timestamp":"{% 'soon' %}","End":true}"#).start("{}");
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 WaitStateEntered
         3<2 EvaluationFailed
         4<3 ExecutionFailed",
    );
    assert_eq!(
        trial.failure().cause.as_deref(),
        Some(
            "An error occurred while executing the state 'A' (entered at the event id #2). The Timestamp field \
             cannot be parsed as an ISO-8601 extended offset date-time format string: soon"
        )
    );
}

#[test]
fn a_failed_item_ends_the_iterations_that_run() {
    let states = format!(
        r#""A":{{"Type":"Map","Items":[1,2],"End":true,
            "ItemSelector":{{"x":"{{% $states.context.Map.Item.Value = 1 ? 1 : $nothing %}}"}},
            "ItemProcessor":{{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"{ACTIVITY}","End":true}}}}}}}}"#
    );
    let trial = machine(&states).start("{}");
    let failed = types_after(&trial, "EvaluationFailed");
    let (aborts, end) = failed[1..].split_at(failed.len() - 3);
    assert!(aborts.first() == Some(&"MapIterationAborted"), "{aborts:?}");
    assert_eq!(end, ["MapStateFailed", "ExecutionFailed"]);
    assert_eq!(trial.owed, []);
}

#[test]
fn a_long_expression_is_left_for_later_and_gives_the_same() {
    let mut trial = machine(r#""A":{"Type":"Pass","Output":"{% $sum([1..3000].($ * 2)) %}","End":true}"#);
    trial.evaluation_units = 20_000;
    let mut trial = trial.start("{}");
    assert_eq!(trial.give(Command::Continue).pause, Pause::OverBudget);
    trial.evaluation_units = u64::MAX;
    trial.give(Command::Continue);
    assert_eq!(trial.output(), "9003000");
}

#[test]
fn both_languages_share_variables() {
    let trial = Trial::new(
        r#"{"StartAt":"A","States":{
            "A":{"Type":"Pass","Assign":{"x.$":"$.in"},"Next":"B"},
            "B":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"y":"{% $x * 2 %}"},"Next":"C"},
            "C":{"Type":"Pass","Parameters":{"x.$":"$x","y.$":"$y"},"End":true}}}"#,
    )
    .start(r#"{"in":1.50}"#);
    assert_eq!(trial.output(), r#"{"x":1.50,"y":3}"#);
}
