//! Tasks of services: the role that a call is made with, and a submission that nobody knows of.
//!
//! That replay and checkpoints give the execution back is checked after every command (`Trial::give`).

use asl::Document;
use serde_json::{Value, json};

use super::Trial;
use crate::{Command, Reply, ServiceCall, Status, TaskKey, TaskWork};

const ROLE: &str = "arn:aws:iam::111111111111:role/teller";

/// One task of a queue with these fields besides.
fn task(resource: &str, more: &str) -> Trial {
    let definition = format!(
        r#"{{"StartAt":"S","States":{{"S":{{"Type":"Task","Resource":"{resource}","End":true{more}}}}}}}"#
    );
    Trial::new(&definition).start(&format!(r#"{{"role":"{ROLE}"}}"#))
}

fn call_of(trial: &Trial) -> Option<ServiceCall> {
    trial.owed.iter().find_map(|effect| match &effect.work {
        TaskWork::Call(call) | TaskWork::Follow { call, .. } => Some(call.clone()),
        TaskWork::OfferActivity(_) | TaskWork::BeginCall(_) => None,
    })
}

fn details(trial: &Trial, at: usize) -> Value {
    let event = trial.events()[at].to_json(true);
    let details = event.as_object().unwrap().iter().find(|(name, _)| name.ends_with("EventDetails"));
    details.unwrap().1.clone()
}

#[test]
fn the_role_of_a_task_goes_with_its_call_and_stands_in_the_history() {
    let role = r#","Credentials":{"RoleArn.$":"$.role"}"#;
    for resource in ["arn:aws:states:::batch:submitJob.sync", "arn:aws:lambda:us-east-1:1:function:f"] {
        let mut trial = task(resource, role);
        assert_eq!(details(&trial, 2)["taskCredentials"], json!({ "roleArn": ROLE }), "{resource}");
        trial.work(3);
        assert_eq!(call_of(&trial).unwrap().role_arn.as_deref(), Some(ROLE), "{resource}");
    }
    let mut job = task("arn:aws:states:::batch:submitJob.sync", role);
    let key = job.work(3);
    job.give(Command::TaskSubmitted { task: key, output: Document::parse("{}").unwrap() });
    assert_eq!(call_of(&job).unwrap().role_arn.as_deref(), Some(ROLE));
    let plain = task("arn:aws:states:::batch:submitJob", "");
    assert_eq!(details(&plain, 2).get("taskCredentials"), None);
}

#[test]
fn an_activity_has_no_use_for_a_role() {
    let trial =
        task("arn:aws:states:us-east-1:000000000000:activity:a", r#","Credentials":{"RoleArn":"arn:role"}"#);
    assert_eq!(details(&trial, 2).get("taskCredentials"), None);
}

#[test]
fn a_checkpoint_without_roles_is_the_one_of_before_there_were_roles() {
    let mut with = task("arn:aws:states:::batch:submitJob", r#","Credentials":{"RoleArn":"arn:role"}"#);
    let mut without = task("arn:aws:states:::batch:submitJob", "");
    with.work(3);
    without.work(3);
    let (with, without) = (with.execution.checkpoint(), without.execution.checkpoint());
    assert_eq!(with.len(), without.len() + b"\x01\x00\x08arn:role".len());
    assert!(with.ends_with(b"\x01\x00\x08arn:role"));
}

const TOKEN_TASK: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";

/// A token task whose call is in doubt, and its key.
fn in_doubt(more: &str) -> (Trial, TaskKey) {
    let mut trial = task(TOKEN_TASK, more);
    let key = trial.work(3);
    trial.give(Command::TaskSubmissionInDoubt { task: key });
    assert!(trial.owed.is_empty(), "nobody is asked again");
    (trial, key)
}

#[test]
fn a_submission_in_doubt_is_waited_for() {
    let (mut trial, key) = in_doubt(r#","TimeoutSeconds":60"#);
    trial.give(Command::TaskSucceeded { task: key, output: Document::parse("7").unwrap() });
    assert_eq!(trial.output(), "7");
    assert!(trial.history().starts_with(
        "1<0 ExecutionStarted\n2<0 TaskStateEntered\n3<2 TaskScheduled\n4<3 TaskStarted\n5<4 TaskSucceeded"
    ));
}

#[test]
fn a_submission_in_doubt_ends_with_its_time_or_its_heart() {
    let (mut trial, key) = in_doubt(r#","TimeoutSeconds":60"#);
    trial.after_ms(60_000);
    assert_eq!(trial.failure().error.as_deref(), Some("States.Timeout"));
    assert!(matches!(trial.give(Command::TaskHeartbeat { task: key }).reply, Reply::NoSuchTask));
    let (mut trial, key) = in_doubt(r#","HeartbeatSeconds":10"#);
    trial.after_ms(9_000).give(Command::TaskHeartbeat { task: key });
    trial.after_ms(9_000);
    assert_eq!(trial.execution.status(), Status::Running);
    trial.after_ms(1_000);
    assert_eq!(trial.failure().error.as_deref(), Some("States.Timeout"));
}

#[test]
fn an_answer_that_came_first_ends_a_submission_in_doubt() {
    let mut trial = task(TOKEN_TASK, r#","TimeoutSeconds":60"#);
    let key = trial.work(3);
    trial.give(Command::TaskSucceeded { task: key, output: Document::parse("7").unwrap() });
    assert_eq!(trial.execution.status(), Status::Running);
    trial.give(Command::TaskSubmissionInDoubt { task: key });
    assert_eq!(trial.output(), "7");
}

#[test]
fn only_what_was_begun_and_not_answered_can_be_in_doubt() {
    let (mut trial, key) = in_doubt(r#","TimeoutSeconds":60"#);
    let again = trial.give(Command::TaskSubmissionInDoubt { task: key });
    assert!(matches!(again.reply, Reply::NoSuchTask) && again.batch.is_none());
    let late = Command::TaskSubmitted { task: key, output: Document::parse("{}").unwrap() };
    assert!(matches!(trial.give(late).reply, Reply::NoSuchTask));
}

#[test]
fn whether_an_attempt_ends_by_itself_is_told() {
    let has_limit = |more: &str| {
        let mut trial = task(TOKEN_TASK, more);
        trial.work(3);
        call_of(&trial).unwrap().has_time_limit
    };
    assert!(!has_limit(""));
    assert!(has_limit(r#","TimeoutSeconds":60"#));
    assert!(has_limit(r#","HeartbeatSeconds":60"#));
}

/// The other branch yields again and again, and fails in the very step in which the call would begin.
#[test]
fn a_call_that_its_own_step_makes_needless_is_not_made() {
    let states: Vec<String> = (0..9)
        .map(|number| format!(r#""P{number}":{{"Type":"Pass","Next":"P{}"}}"#, number + 1))
        .chain([r#""P9":{"Type":"Fail","Error":"E"}"#.to_owned()])
        .collect();
    let definition = format!(
        r#"{{"StartAt":"S","States":{{"S":{{"Type":"Parallel","End":true,"Branches":[
            {{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","End":true}}}}}},
            {{"StartAt":"P0","States":{{{}}}}}]}}}}}}"#,
        states.join(",")
    );
    let mut trial = Trial::new(&definition);
    trial.transitions_max = 3;
    let mut trial = trial.start("{}");
    while trial.owed.is_empty() {
        trial.give(Command::Continue);
    }
    let scheduled = trial.owed[0].task.scheduled;
    trial.transitions_max = 1_000;
    let advance = trial.give(Command::TaskStarted { scheduled, worker: None });
    assert_eq!(trial.failure().error.as_deref(), Some("E"));
    assert!(advance.begun.is_empty(), "{:?}", advance.begun);
    assert!(trial.history().contains("TaskStarted"), "it began as far as the history goes");
}
