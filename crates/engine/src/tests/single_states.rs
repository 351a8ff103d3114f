//! Tests of single states whose service is called.

use std::sync::Mutex;

use asl::definition::{STATE_NAME, parse_state};
use asl::error_name::Failure;
use asl::services::NoneKnown;
use execution::TaskKey;

use super::*;
use crate::{InDoubt, TaskCall, TaskRunner, TestState, Tested, Uid, Verdict};

/// Answers each call at once: with its own input, or with the failure that the input asks for.
#[derive(Default)]
struct Mirror(Mutex<Vec<String>>);

impl TaskRunner for Mirror {
    fn call(&self, call: TaskCall) {
        self.0.lock().unwrap().push(call.idempotency_token());
        if call.input.text().contains("fail") {
            return call.call_failed(Failure { error: Some("Refused".into()), cause: None });
        }
        call.succeeded(call.input.clone());
        // One answer counts.
        call.succeeded(Document::parse("null").unwrap());
    }

    fn follow(&self, call: TaskCall, _: Document) {
        panic!("a test follows no job: {}", call.resource.arn());
    }

    fn in_doubt(&self, _: &TaskCall) -> InDoubt {
        InDoubt::Fail
    }

    fn ended(&self, _: Uid, _: TaskKey) {}
}

async fn tested(engine: &Engine, input: &str) -> Tested {
    let task = r#"{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","ResultPath":"$.r","End":true,
        "Catch":[{"ErrorEquals":["Refused"],"Next":"C"}]}"#;
    let machine = parse_state(task, MachineType::Standard, &NoneKnown).machine.unwrap();
    let state = machine.state_named(STATE_NAME).unwrap();
    let test = TestState {
        owner: machine_arn().owner,
        machine: Arc::new(machine),
        state,
        input: Document::parse(input).unwrap(),
        variables: Vec::new(),
        role_arn: Some("arn:aws:iam::000000000000:role/r".into()),
        context: None,
        retries: 0,
        mock: None,
    };
    engine.test_state(test).await.unwrap()
}

#[test]
fn a_task_without_a_mock_is_answered_by_its_service() {
    let mirror = Arc::new(Mirror::default());
    let config = Config { runner: Some(Arc::clone(&mirror) as Arc<dyn TaskRunner>), ..Config::default() };
    on_engine(Arc::new(MemoryStore::default()), config, |engine, _| async move {
        let succeeded = tested(&engine, r#"{"a":1}"#).await;
        assert_eq!(succeeded.verdict, Verdict::Succeeded);
        assert_eq!(succeeded.output.unwrap().text(), r#"{"a":1,"r":{"a":1}}"#);
        let caught = tested(&engine, r#""fail""#).await;
        assert_eq!((caught.verdict, caught.next.as_deref()), (Verdict::Caught, Some("C")));
        assert_eq!(caught.failure.unwrap().error.as_deref(), Some("Refused"));
    });
    let tokens = mirror.0.lock().unwrap();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn a_task_that_nobody_can_call_fails_its_test() {
    with_engine(|engine, _| async move {
        let failed = tested(&engine, "{}").await;
        assert_eq!(failed.verdict, Verdict::Failed);
        assert_eq!(failed.failure.unwrap().error.as_deref(), Some("States.Runtime"));
    });
}
