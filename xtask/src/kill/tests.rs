//! The verdict finds each kind of lie in a history that was fine.

use serde_json::{Value, json};

use super::Plan;
use super::journal::{Outcome, Started};
use super::verdict::{check_answer, check_execution};
use super::workload;

const INPUT: &str = r#"{"seconds":0,"items":[1]}"#;

fn event(id: u64, previous: u64, kind: &str, details: &str, members: Value) -> Value {
    json!({ "id": id, "previousEventId": previous, "timestamp": 1.5, "type": kind, details: members })
}

fn entered(id: u64, previous: u64, kind: &str, name: &str) -> Value {
    event(id, previous, &format!("{kind}StateEntered"), "stateEnteredEventDetails", json!({ "name": name }))
}

fn exited(id: u64, previous: u64, kind: &str, name: &str) -> Value {
    event(id, previous, &format!("{kind}StateExited"), "stateExitedEventDetails", json!({ "name": name }))
}

/// The machine `mapping` with one item that is a task.
fn fine() -> Vec<Value> {
    let iteration = json!({ "name": "First", "index": 0 });
    vec![
        event(1, 0, "ExecutionStarted", "executionStartedEventDetails", json!({ "input": INPUT })),
        entered(2, 0, "Map", "First"),
        event(3, 2, "MapStateStarted", "mapStateStartedEventDetails", json!({ "length": 1 })),
        event(4, 3, "MapIterationStarted", "mapIterationStartedEventDetails", iteration.clone()),
        entered(5, 4, "Choice", "EachAsk"),
        exited(6, 5, "Choice", "EachAsk"),
        entered(7, 6, "Task", "EachWork"),
        event(8, 7, "ActivityScheduled", "activityScheduledEventDetails", json!({})),
        event(9, 8, "ActivityStarted", "activityStartedEventDetails", json!({})),
        event(10, 9, "ActivityFailed", "activityFailedEventDetails", json!({ "cause": "mark-1-" })),
        event(11, 10, "ActivityScheduled", "activityScheduledEventDetails", json!({})),
        event(12, 11, "ActivityStarted", "activityStartedEventDetails", json!({})),
        event(
            13,
            12,
            "ActivitySucceeded",
            "activitySucceededEventDetails",
            json!({ "output": "{\"mark\":\"mark-2-\"}" }),
        ),
        exited(14, 13, "Task", "EachWork"),
        event(15, 14, "MapIterationSucceeded", "mapIterationSucceededEventDetails", iteration),
        event(16, 14, "MapStateSucceeded", "none", Value::Null),
        exited(17, 14, "Map", "First"),
        entered(18, 17, "Succeed", "Done"),
        exited(19, 18, "Succeed", "Done"),
        event(20, 19, "ExecutionSucceeded", "executionSucceededEventDetails", json!({ "output": "[1]" })),
    ]
}

/// The lies found after `change` was made to a fine history.
#[track_caller]
fn check_lie(change: impl FnOnce(&mut Vec<Value>, &mut Value), part: &str) {
    let started = Started { arn: "arn".to_owned(), machine: "mapping", input: INPUT.to_owned() };
    let mut described = json!({ "status": "SUCCEEDED", "output": "[1]", "input": INPUT });
    let mut events = fine();
    assert_eq!(check_execution(&started, &described, &events), Vec::<String>::new());
    change(&mut events, &mut described);
    let found = check_execution(&started, &described, &events);
    assert!(found.iter().any(|lie| lie.contains(part)), "{found:?}");
}

#[test]
fn each_lie_is_found() {
    check_lie(|events, _| drop(events.remove(4)), "stands at place 5");
    check_lie(|events, _| events[9]["previousEventId"] = json!(10), "event 10 follows 10");
    check_lie(|events, _| events[9]["timestamp"] = json!(0.5), "time falls at event 10");
    check_lie(|events, _| events.truncate(19), "0 terminal events");
    check_lie(|_, described| described["status"] = json!("RUNNING"), "its last event ExecutionSucceeded");
    check_lie(|_, described| described["output"] = json!("[2]"), "its output is");
    check_lie(|_, described| described["input"] = json!("{}"), "its input was");
    check_lie(
        |events, _| events.push(entered(21, 17, "Succeed", "Done")),
        "event 21 (SucceedStateEntered Done)",
    );
    check_lie(
        |events, _| events[17]["stateEnteredEventDetails"]["name"] = json!("GaveUp"),
        "no cause of its own",
    );
    check_lie(|events, _| events.push(fine()[10].clone()), "event 11 (ActivityScheduled ) has no cause");
    check_lie(|events, _| events.push(fine()[12].clone()), "event 13 (ActivitySucceeded ) has no cause");
    check_lie(
        |events, _| events[9] = event(10, 8, "ActivityTimedOut", "x", json!({})),
        "event 10 (ActivityTimedOut )",
    );
    check_lie(|events, _| events.push(fine()[3].clone()), "event 4 (MapIterationStarted ) has no cause");
}

#[test]
fn acknowledged_answers_are_there_once_and_others_at_most_once() {
    let events = fine();
    for mark in ["mark-1-", "mark-2-"] {
        assert_eq!(check_answer(mark, Outcome::Acknowledged, &events), None);
        assert_eq!(check_answer(mark, Outcome::Unknown, &events), None);
        assert!(check_answer(mark, Outcome::Refused, &events).is_some());
    }
    assert!(check_answer("mark-3-", Outcome::Acknowledged, &events).is_some());
    assert_eq!(check_answer("mark-3-", Outcome::Refused, &events), None);
}

#[test]
fn every_machine_of_the_workload_is_drawn() {
    for machine in workload::MACHINES {
        let definition = workload::definition(machine);
        assert!(definition["States"]["First"].is_object(), "{machine}");
        assert!(definition["States"]["Done"].is_object(), "{machine}");
    }
}

#[test]
fn options_are_read() {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(Plan::parse(&[]).unwrap(), Plan { rounds: 15, seed: None });
    assert_eq!(Plan::parse(&words("--seed 7 --rounds 200")).unwrap(), Plan { rounds: 200, seed: Some(7) });
    for bad in ["--rounds", "--rounds many", "--speed 3"] {
        assert!(Plan::parse(&words(bad)).is_err(), "{bad}");
    }
}
