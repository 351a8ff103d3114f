//! TestState of single states, driven without a door.

use asl::definition::{MachineType, STATE_NAME, parse_state};
use asl::services::NoneKnown;

use super::*;

struct Trial {
    definition: &'static str,
    input: &'static str,
    retries: u64,
    mock: Option<Result<&'static str, &'static str>>,
}

fn begin(trial: &Trial) -> StateTest {
    let parsed = parse_state(trial.definition, MachineType::Standard, &NoneKnown);
    let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    let state = machine.state_named(STATE_NAME).unwrap();
    let identity = Identity {
        arn: "arn:aws:states:us-east-1:000000000000:express:m:e".into(),
        name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "".into(),
        region: "us-east-1".into(),
        machine: Arc::new(machine),
        logging: Arc::default(),
        machine_type: MachineType::Standard,
    };
    let document = |text: &str| Document::parse(text).unwrap();
    let given = Given {
        input: document(trial.input),
        variables: vec![("v".into(), document("1"))],
        retries: trial.retries,
        role_arn: None,
        context: None,
        now_ms: 1_000_000,
        seed: 1,
        payload_bytes_max: 262_144,
        services: Arc::new(NoneKnown),
    };
    StateTest::new(Arc::new(identity), state, given)
}

fn check(trial: &Trial, verdict: Verdict, check: impl FnOnce(Tested)) {
    let document = |text: &str| Document::parse(text).unwrap();
    let mut test = begin(trial);
    let tested = loop {
        match (test.go_on(), trial.mock) {
            (Progress::Ended(tested), _) => break *tested,
            (Progress::Asks(_), Some(Ok(result))) => test.succeed(document(result)),
            (Progress::Asks(_), Some(Err(error))) => {
                test.fail(Failure { error: Some(error.into()), cause: None });
            }
            (Progress::Asks(work), None) => panic!("{work:?}"),
        }
    };
    assert_eq!(tested.verdict, verdict, "{tested:?}");
    check(tested);
}

fn text(document: &Option<Document>) -> Option<&str> {
    document.as_ref().map(Document::text)
}

const TASK: &str = r#"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"p.$":"$.a"},
    "ResultSelector":{"s.$":"$.x"},"ResultPath":"$.r","Assign":{"v.$":"$.x"},"Next":"N",
    "Retry":[{"ErrorEquals":["A"],"MaxAttempts":3},{"ErrorEquals":["B"],"IntervalSeconds":2,"MaxAttempts":2}],
    "Catch":[{"ErrorEquals":["Z"],"Next":"N"},{"ErrorEquals":["States.ALL"],"Next":"C"}]}"#;

fn task(retries: u64, mock: Result<&'static str, &'static str>) -> Trial {
    Trial { definition: TASK, input: r#"{"a":7}"#, retries, mock: Some(mock) }
}

#[test]
fn task_shows_every_stage_of_its_data() {
    check(&task(0, Ok(r#"{"x":5}"#)), Verdict::Succeeded, |tested| {
        let seen = &tested.inspection;
        assert_eq!(text(&seen.after_input_path), Some(r#"{"a":7}"#));
        assert_eq!(text(&seen.after_parameters), Some(r#"{"p":7}"#));
        assert_eq!(text(&seen.result), Some(r#"{"x":5}"#));
        assert_eq!(text(&seen.after_result_selector), Some(r#"{"s":5}"#));
        assert_eq!(text(&seen.after_result_path), Some(r#"{"a":7,"r":{"s":5}}"#));
        assert_eq!(text(&tested.output), Some(r#"{"a":7,"r":{"s":5}}"#));
        assert_eq!(tested.next.as_deref(), Some("N"));
        assert_eq!(seen.variables[0].1.text(), "5");
    });
}

#[test]
fn failure_is_retried_while_attempts_are_left() {
    check(&task(1, Err("B")), Verdict::Retriable, |tested| {
        let seen = &tested.inspection;
        assert_eq!((seen.retry_index, seen.backoff_seconds, seen.catch_index), (Some(1), Some(4), None));
        assert!(tested.output.is_none() && tested.next.is_none());
    });
    check(&task(2, Err("B")), Verdict::Caught, |tested| {
        let seen = &tested.inspection;
        assert_eq!((seen.retry_index, seen.backoff_seconds, seen.catch_index), (Some(1), None, Some(1)));
        assert_eq!(tested.next.as_deref(), Some("C"));
        assert_eq!(text(&tested.output), Some(r#"{"Error":"B"}"#));
        assert_eq!(tested.failure.unwrap().error.as_deref(), Some("B"));
    });
}

#[test]
fn choice_without_a_match_fails_in_bare_words() {
    let choice = r#"{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"N"}]}"#;
    let trial = Trial { definition: choice, input: r#"{"a":1}"#, retries: 0, mock: None };
    check(&trial, Verdict::Failed, |tested| {
        let failure = tested.failure.unwrap();
        assert_eq!(failure.error.as_deref(), Some("States.NoChoiceMatched"));
        assert!(failure.cause.unwrap().starts_with("Failed to transition out of the state."));
    });
}

#[test]
fn map_shows_its_items_and_what_iterations_begin_with() {
    let map = r#"{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":3,"ItemSelector":{"i.$":"$$.Map.Item.Value"},"End":true,
        "ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}"#;
    let trial = Trial { definition: map, input: r#"{"l":[1,2]}"#, retries: 0, mock: Some(Ok("[8,9]")) };
    check(&trial, Verdict::Succeeded, |tested| {
        let seen = &tested.inspection;
        assert_eq!(text(&seen.after_items_path), Some("[1,2]"));
        assert_eq!(text(&seen.after_item_selector), Some(r#"[{"i":1},{"i":2}]"#));
        assert_eq!(seen.concurrency_max, Some(3));
        assert_eq!(text(&tested.output), Some("[8,9]"));
    });
}

#[test]
fn parallel_takes_its_mock_for_its_branches() {
    let parallel = r#"{"Type":"Parallel","Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}],
        "Catch":[{"ErrorEquals":["States.BranchFailed"],"ResultPath":"$.e","Next":"C"}],"End":true}"#;
    let trial = |mock| Trial { definition: parallel, input: "{}", retries: 0, mock: Some(mock) };
    check(&trial(Ok("[1]")), Verdict::Succeeded, |tested| assert_eq!(text(&tested.output), Some("[1]")));
    check(&trial(Err("E")), Verdict::Caught, |tested| {
        assert_eq!(text(&tested.output), Some(r#"{"e":{"Error":"E"}}"#));
    });
}

#[test]
fn wait_is_measured_and_not_waited_for() {
    let wait = |definition| Trial { definition, input: "{}", retries: 0, mock: None };
    check(&wait(r#"{"Type":"Wait","Seconds":300,"End":true}"#), Verdict::Succeeded, |_| {});
    check(&wait(r#"{"Type":"Wait","Seconds":301,"End":true}"#), Verdict::Failed, |tested| {
        assert_eq!(tested.failure.unwrap().error.as_deref(), Some("States.Timeout"));
    });
}

#[test]
fn jsonata_state_is_seen_without_the_stages_it_does_not_have() {
    let task = r#"{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::lambda:invoke",
        "Arguments":{"a":"{% $v + 1 %}"},"Output":"{% $states.context.State.Name %}","End":true}"#;
    let trial = Trial { definition: task, input: "{}", retries: 0, mock: Some(Ok("{}")) };
    check(&trial, Verdict::Succeeded, |tested| {
        assert_eq!(text(&tested.inspection.after_arguments), Some(r#"{"a":2}"#));
        assert_eq!(text(&tested.inspection.after_input_path), None);
        assert_eq!(text(&tested.output), Some(r#""StateName""#));
    });
}

#[test]
fn an_answer_that_comes_too_late_is_none() {
    let check = |fields: &str, waited_ms: i64, verdict: Verdict| {
        let definition = format!(
            r#"{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true{fields},
            "Catch":[{{"ErrorEquals":["States.ALL"],"Next":"C"}}]}}"#
        );
        let trial = Trial { definition: definition.leak(), input: "{}", retries: 0, mock: None };
        let mut test = begin(&trial);
        assert!(matches!(test.go_on(), Progress::Asks(Work::Task { .. })));
        assert_eq!(test.deadline_ms(), 1_000_000 + waited_ms);
        test.time_out();
        let Progress::Ended(tested) = test.go_on() else { panic!("a test asks once") };
        assert_eq!(tested.verdict, verdict);
        assert_eq!(tested.failure.unwrap().error.as_deref(), Some("States.Timeout"));
    };
    check(r#","TimeoutSeconds":7"#, 7_000, Verdict::Caught);
    let retried = r#","TimeoutSeconds":7,"Retry":[{"ErrorEquals":["States.Timeout"]}]"#;
    check(retried, 7_000, Verdict::Retriable);
    // The test itself is over: nothing of the state has failed.
    check("", TEST_MS_MAX, Verdict::Failed);
    check(r#","TimeoutSeconds":301"#, TEST_MS_MAX, Verdict::Failed);
}
