use std::sync::Arc;

use asl::definition::MachineType;
use asl::error_name::Failure;
use asl::{Document, StateMachine};
use execution::{Batch, Command, Execution, Identity, Limits, Moment, Origin, Reply, TaskKey, TokenMint};
use serde_json::json;

use super::{Clockwork, walk};
use crate::checker::outline::Outline;

struct NoTokens;

impl TokenMint for NoTokens {
    fn mint(&self, _task: TaskKey) -> String {
        String::new()
    }
}

/// An execution that was led through everything: branches, iterations, a wait, a task with a retry.
fn led_through() -> (Outline, Vec<Batch>) {
    let activity = "arn:aws:states:eu-central-1:123456789012:activity:a";
    let definition = json!({ "StartAt": "Both", "States": {
        "Both": { "Type": "Parallel", "Next": "Each", "ResultPath": null, "Branches": [
            { "StartAt": "Sleep", "States": { "Sleep": { "Type": "Wait", "Seconds": 5, "End": true } } },
            { "StartAt": "One", "States": { "One": { "Type": "Pass", "Next": "Two" }, "Two": { "Type": "Succeed" } } }
        ] },
        "Each": { "Type": "Map", "ItemsPath": "$.items", "ResultPath": null, "MaxConcurrency": 1, "Next": "Ask",
            "ItemProcessor": { "StartAt": "Item", "States": { "Item": { "Type": "Pass", "End": true } } } },
        "Ask": { "Type": "Task", "Resource": activity, "TimeoutSeconds": 60, "End": true, "Retry": [
            { "ErrorEquals": ["E1"], "IntervalSeconds": 7, "MaxAttempts": 1 }
        ] }
    } });
    let machine = asl::parse(&definition.to_string(), MachineType::Standard).machine.unwrap();
    let outline = Outline::of(&definition, &machine, MachineType::Standard);
    (outline, lead(machine))
}

fn lead(machine: StateMachine) -> Vec<Batch> {
    let text = || Arc::<str>::from("x");
    let mut execution = Execution::new(Arc::new(Identity {
        arn: text(),
        name: text(),
        state_machine_arn: text(),
        state_machine_name: text(),
        role_arn: text(),
        region: text(),
        machine: Arc::new(machine),
        logging: Arc::default(),
        machine_type: MachineType::Standard,
    }));
    let mut batches = Vec::new();
    let mut advance = |at_ms: i64, command: Command| {
        let moment = Moment {
            now_ms: at_ms,
            seed: at_ms as u64,
            evaluation_units: u64::MAX,
            transitions_max: 1_000,
            limits: Limits::default(),
            tokens: &NoTokens,
            services: &asl::services::NoneKnown,
        };
        let advance = execution.advance(command, &moment);
        batches.extend(advance.batch);
        advance.reply
    };
    let origin = Origin { machine: 1, revision: 1, name: text(), trace_header: None, through: None };
    let input = Document::parse(r#"{"items": [1, 2]}"#).unwrap();
    advance(0, Command::Start { origin, input, mocks: None });
    advance(5_000, Command::TimerDue);
    let first = key_of(advance(6_000, Command::TaskStarted { scheduled: SCHEDULED[0], worker: None }));
    let failure = Failure { error: Some(Arc::from("E1")), cause: None };
    advance(7_000, Command::TaskFailed { task: first, failure });
    advance(14_000, Command::TimerDue);
    let second = key_of(advance(15_000, Command::TaskStarted { scheduled: SCHEDULED[1], worker: None }));
    advance(16_000, Command::TaskSucceeded { task: second, output: Document::empty_object() });
    batches
}

fn key_of(reply: Reply) -> TaskKey {
    match reply {
        Reply::Task { key, .. } => key,
        other => panic!("expected a task, found {other:?}"),
    }
}

/// The events that schedule the two attempts.
const SCHEDULED: [u64; 2] = [25, 28];

#[test]
fn what_the_engine_records_has_its_causes() {
    let (outline, batches) = led_through();
    let clockwork = Clockwork::default();
    let walked = walk(&outline, &batches, &clockwork).unwrap();
    assert_eq!(walked.end.map(|(status, _)| status.as_str()), Some("SUCCEEDED"));
    assert_eq!(walked.attempts.keys().copied().collect::<Vec<_>>(), SCHEDULED);
}

#[test]
fn no_record_may_come_twice() {
    let (outline, batches) = led_through();
    for (number, batch) in batches.iter().enumerate() {
        for at in 0..batch.records.len() {
            let mut changed = batches.clone();
            let record = changed[number].records[at].clone();
            changed[number].records.insert(at, record.clone());
            assert!(walk(&outline, &changed, &Clockwork::default()).is_err(), "twice: {record:?}");
        }
    }
}

#[test]
fn no_record_may_be_missing_before_another() {
    let (outline, batches) = led_through();
    let last = batches.len() - 1;
    for (number, batch) in batches.iter().enumerate() {
        for at in 0..batch.records.len() {
            if (number, at + 1) == (last, batch.records.len()) {
                // Without its end an execution merely goes on.
                continue;
            }
            let mut changed = batches.clone();
            let record = changed[number].records.remove(at);
            assert!(walk(&outline, &changed, &Clockwork::default()).is_err(), "missing: {record:?}");
        }
    }
}

#[test]
fn nothing_may_wake_or_retry_before_its_time() {
    let (outline, batches) = led_through();
    for (number, earlier_ms) in [(1, 4_999), (4, 13_999)] {
        let mut changed = batches.clone();
        changed[number].at_ms = earlier_ms;
        assert_eq!(
            walk(&outline, &changed, &Clockwork::default()).unwrap_err().promise,
            "I5",
            "batch {number} at {earlier_ms}"
        );
    }
}
