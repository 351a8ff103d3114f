//! Tasks whose services are known: what cannot start is not scheduled.

use asl::resource::Resource;
use asl::services::Services;

use super::*;

/// Knows that nothing starts with `"wrong"` in its input.
#[derive(Debug)]
struct Picky;

impl Services for Picky {
    fn check_input(&self, resource: &Resource, input: &Document) -> Vec<String> {
        assert!(matches!(resource, Resource::Service { .. }), "only services are asked about");
        let wrong = input.text().contains("wrong");
        if wrong { vec!["first".into(), "second".into()] } else { Vec::new() }
    }
}

fn trial(resource: &str) -> Trial {
    let definition = format!(
        r#"{{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"{resource}","Parameters":{{"a.$":"$.a"}},
        "Catch":[{{"ErrorEquals":["States.ALL"],"Next":"C"}}],"End":true}},"C":{{"Type":"Succeed"}}}}}}"#
    );
    Trial { services: &Picky, ..Trial::new(&definition) }
}

#[test]
fn an_input_that_the_service_does_not_take_is_not_scheduled() {
    let trial = trial("arn:aws:states:::sqs:sendMessage").start(r#"{"a":"wrong"}"#);
    assert_eq!(trial.history(), "1<0 ExecutionStarted\n2<0 TaskStateEntered\n3<2 ExecutionFailed");
    let failure = trial.failure();
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    assert_eq!(
        failure.cause.as_deref(),
        Some(
            "An error occurred while executing the state 'T' (entered at the event id #2). The Parameters \
             '{\"a\":\"wrong\"}' could not be used to start the Task: [first, second]"
        )
    );
    assert!(trial.owed.is_empty());
}

#[test]
fn what_can_start_is_scheduled() {
    for (resource, input) in [
        ("arn:aws:states:::sqs:sendMessage", r#"{"a":"right"}"#),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", r#"{"a":"wrong"}"#),
        ("arn:aws:states:us-east-1:123456789012:activity:a", r#"{"a":"wrong"}"#),
    ] {
        assert_eq!(trial(resource).start(input).owed.len(), 1, "{resource}");
    }
}
