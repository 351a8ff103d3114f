//! Executions that are started as test cases: their tasks are answered without anybody outside.

use std::sync::Arc;

use asl::Document;
use asl::error_name::Failure;

use super::{Trial, check};
use crate::{Command, MockedAnswer, MockedAnswers, Mocks, Origin, Status};

fn returns(text: &str) -> MockedAnswer {
    MockedAnswer::Return(text.into())
}

fn throws(error: &str) -> MockedAnswer {
    MockedAnswer::Throw(Failure { error: Some(error.into()), cause: Some("as mocked".into()) })
}

/// A test case that mocks the state `T`.
fn mocks(answers: Vec<(u64, MockedAnswer)>) -> Option<Arc<Mocks>> {
    let answers = [("T".into(), MockedAnswers { response: "R".into(), answers })].into();
    Some(Arc::new(Mocks { test_case: "Case".into(), answers }))
}

fn started(definition: &str, input: &str, mocks: Option<Arc<Mocks>>) -> Trial {
    let mut trial = Trial::new(definition);
    let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
    let advance = trial.give(Command::Start { origin, input: Document::parse(input).unwrap(), mocks });
    assert!(advance.begun.is_empty() && advance.ended.is_empty(), "nothing is owed to the outside");
    trial
}

fn task(resource: &str, more: &str) -> String {
    format!(r#"{{"Type":"Task","Resource":"{resource}",{more}"End":true}}"#)
}

fn one_task(resource: &str, more: &str) -> String {
    format!(r#"{{"StartAt":"T","States":{{"T":{}}}}}"#, task(resource, more))
}

const SEND: &str = "arn:aws:states:::sqs:sendMessage";
const RETRY: &str = r#""Retry":[{"ErrorEquals":["A","B"],"MaxAttempts":3}],"#;

#[test]
fn mocked_call_shows_what_a_call_shows_and_owes_nothing() {
    let trial = started(&one_task(SEND, ""), "{}", mocks(vec![(0, returns(r#"{"id": 1}"#))]));
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 TaskStateEntered
         3<2 TaskScheduled
         4<3 TaskStarted
         5<4 TaskSucceeded
         6<5 TaskStateExited
         7<6 ExecutionSucceeded",
    );
    assert_eq!(trial.output(), r#"{"id": 1}"#);
}

#[test]
fn mocked_activity_is_never_offered() {
    let activity = "arn:aws:states:us-east-1:000000000000:activity:a";
    let trial = started(&one_task(activity, ""), "{}", mocks(vec![(0, returns("7"))]));
    let types: Vec<_> = trial.events().iter().map(|event| event.type_name).collect();
    assert_eq!(types[2..5], ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]);
    assert_eq!(trial.output(), "7");
}

#[test]
fn mocked_callback_and_job_are_submitted_and_end() {
    for pattern in [".waitForTaskToken", ".sync:2"] {
        let resource = format!("arn:aws:states:::states:startExecution{pattern}");
        let trial = started(&one_task(&resource, ""), "{}", mocks(vec![(0, returns("7"))]));
        let events = trial.events();
        let types: Vec<_> = events.iter().map(|event| event.type_name).collect();
        assert_eq!(types[2..6], ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
        assert_eq!((events[4].text("output"), trial.output()), (Some("{}"), "7"));
    }
}

#[test]
fn each_attempt_gets_the_answer_of_its_number() {
    let answers = vec![(0, throws("A")), (2, throws("B")), (3, returns("3"))];
    let mut trial = started(&one_task(SEND, RETRY), "{}", mocks(answers));
    for seconds in [1, 2, 4] {
        assert_eq!(trial.execution.status(), Status::Running);
        trial.after_ms(seconds * 1_000);
    }
    let errors: Vec<_> =
        trial.events().iter().filter_map(|event| event.text("error").map(str::to_owned)).collect();
    assert_eq!((errors, trial.output()), (vec!["A".to_owned(), "B".into(), "B".into()], "3"));
}

#[test]
fn invocation_without_an_answer_fails_the_execution() {
    let all = RETRY.replace(r#""A","B""#, r#""States.ALL""#);
    let mut trial = started(&one_task(SEND, &all), "{}", mocks(vec![(0, throws("A"))]));
    trial.after_ms(1_000);
    let failure = trial.failure();
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    assert_eq!(
        failure.cause.as_deref(),
        Some(
            "The test case 'Case' has no answer for invocation 1 of the state 'T': the mocked response 'R' ends \
             before it (invocations count from 0)."
        )
    );
}

#[test]
fn iterations_of_a_map_count_on() {
    let map = format!(
        r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{{"StartAt":"T","States":{{"T":{}}}}},"End":true}}}}}}"#,
        task(SEND, "")
    );
    let answers = vec![(0, returns("\"first\"")), (2, returns("\"later\""))];
    assert_eq!(started(&map, "[1, 2, 3]", mocks(answers)).output(), r#"["first","later","later"]"#);
}

#[test]
fn mocked_result_beyond_the_limit_is_refused_like_a_real_one() {
    let large = format!("\"{}\"", "x".repeat(262_144));
    let trial = started(&one_task(SEND, ""), "{}", mocks(vec![(0, returns(&large))]));
    assert_eq!(trial.failure().error.as_deref(), Some("States.DataLimitExceeded"));
}

#[test]
fn history_that_is_full_ends_a_mocked_attempt_wherever_it_is() {
    for events_max in 3..=7 {
        let mut trial = Trial::new(&one_task(SEND, ""));
        trial.history_events_max = events_max;
        let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
        let mocks = mocks(vec![(0, returns("1"))]);
        trial.give(Command::Start { origin, input: Document::empty_object(), mocks });
        assert_eq!(trial.events().len() as u64, events_max, "the last place holds the end");
        assert!(trial.execution.ended().is_some());
    }
}

#[test]
fn state_without_a_mock_is_owed_to_its_service() {
    let mut trial = Trial::new(&one_task(SEND, "").replace("\"T\"", "\"Other\""));
    let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
    let mocks = mocks(vec![(0, returns("1"))]);
    let advance = trial.give(Command::Start { origin, input: Document::empty_object(), mocks });
    assert_eq!(advance.begun.len(), 1);
}
