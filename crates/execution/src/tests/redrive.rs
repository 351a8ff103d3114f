//! Redriven executions: what goes on, what does not, who may be redriven, and how often for one token.

use asl::error_name::Failure;

use super::{ACTIVITY, Trial};
use crate::{Command, NotRedrivable, Redriven, Reply, Status, TaskKey};

fn one(state: &str) -> String {
    format!(r#"{{"StartAt":"S","States":{{"S":{state}}}}}"#)
}

fn task(more: &str) -> String {
    format!(r#"{{"Type":"Task","Resource":"{ACTIVITY}"{more},"End":true}}"#)
}

fn block(name: &str, state: &str) -> String {
    format!(r#"{{"StartAt":"{name}","States":{{"{name}":{state}}}}}"#)
}

/// Two tasks side by side.
fn parallel(more: &str) -> String {
    let branches = format!("{},{}", block("A", &task("")), block("B", &task("")));
    one(&format!(r#"{{"Type":"Parallel","Branches":[{branches}]{more},"End":true}}"#))
}

impl Trial {
    fn redrive_under(&mut self, token: Option<&str>) -> Reply {
        let token = token.map(Into::into);
        self.give(Command::Redrive { token, machine_is_deleting: false }).reply
    }

    fn redrive(&mut self) -> &mut Trial {
        let reply = self.redrive_under(None);
        assert!(matches!(reply, Reply::Redriven { .. }), "{reply:?}");
        self
    }

    fn stop(&mut self) -> &mut Trial {
        self.give(Command::Stop { failure: Failure::default() });
        self
    }

    /// The last task of a state that was scheduled, taken by a worker.
    fn work_on(&mut self, state: &str) -> TaskKey {
        let events = self.events();
        let mut scheduled = events.iter().rev().filter(|event| event.type_name == "ActivityScheduled");
        let of_state = scheduled.find(|event| event.state_name.as_deref() == Some(state));
        self.work(of_state.expect("a task of the state was scheduled").id)
    }

    fn refusal(&self, now_ms: i64) -> Option<NotRedrivable> {
        self.execution.redrivable(false).refusal(now_ms, &self.limits())
    }
}

/// `<previous Type State` of each event since the last redrive.
fn check_since(trial: &Trial, expected: &str) {
    let events = trial.events();
    let redriven = events.iter().rposition(|event| event.type_name == "ExecutionRedriven").unwrap();
    let lines = events[redriven..].iter().map(|event| {
        let state = event.state_name.as_deref().unwrap_or_default();
        format!("<{} {} {state}", event.previous_event_id, event.type_name).trim_end().to_owned()
    });
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[test]
fn failed_task_is_scheduled_again_under_the_same_history() {
    let mut trial = Trial::new(&one(&task(""))).start("{}");
    let old = trial.work(3);
    trial.fail(old, "E");
    trial.now_ms += 5_000;
    trial.redrive();
    assert_eq!(trial.execution.status(), Status::Running);
    assert_eq!(trial.execution.redriven(), Some(Redriven { count: 1, at_ms: trial.now_ms }));
    assert!(matches!(trial.succeed(old, "1"), Reply::NoSuchTask), "the old attempt is over");
    let new = trial.work_on("S");
    assert_ne!(new.nonce, old.nonce);
    trial.succeed(new, "2");
    check_since(
        &trial,
        "<6 ExecutionRedriven
         <5 ActivityScheduled S
         <8 ActivityStarted S
         <9 ActivitySucceeded S
         <10 TaskStateExited S
         <11 ExecutionSucceeded",
    );
    assert_eq!((trial.output(), trial.execution.status()), ("2", Status::Succeeded));
}

#[test]
fn retries_and_time_limits_of_a_state_begin_anew() {
    let retry = r#","TimeoutSeconds":60,"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}]"#;
    let mut trial = Trial::new(&one(&task(retry))).start("{}");
    for _ in 0..2 {
        let key = trial.work_on("S");
        trial.fail(key, "E");
        assert_eq!(trial.execution.status(), Status::Running, "one attempt is left");
        trial.after_ms(1_000);
        let key = trial.work_on("S");
        trial.fail(key, "E");
        assert_eq!(trial.execution.status(), Status::Failed);
        trial.now_ms += 100_000;
        trial.redrive();
        assert_eq!(trial.execution.deadline_ms(), Some(trial.now_ms + 60_000));
    }
}

#[test]
fn only_branches_that_did_not_succeed_go_on() {
    let mut trial = Trial::new(&parallel("")).start("{}");
    let done = trial.work_on("A");
    trial.succeed(done, r#""a""#);
    let failed = trial.work_on("B");
    trial.fail(failed, "E");
    trial.redrive();
    let again = trial.work_on("B");
    trial.succeed(again, r#""b""#);
    check_since(
        &trial,
        "<15 ExecutionRedriven
         <12 ActivityScheduled B
         <17 ActivityStarted B
         <18 ActivitySucceeded B
         <19 TaskStateExited B
         <20 ParallelStateSucceeded
         <20 ParallelStateExited S
         <22 ExecutionSucceeded",
    );
    assert_eq!(trial.output(), r#"["a","b"]"#);
}

#[test]
fn branches_that_a_failure_or_a_stop_aborted_go_on_where_they_were() {
    let mut trial = Trial::new(&parallel("")).start("{}");
    let failed = trial.work_on("A");
    trial.fail(failed, "E");
    trial.redrive().stop();
    trial.redrive();
    assert_eq!(trial.execution.redriven().map(|redriven| redriven.count), Some(2));
    for state in ["A", "B"] {
        let key = trial.work_on(state);
        trial.succeed(key, &format!("\"{state}\""));
    }
    assert_eq!(trial.output(), r#"["A","B"]"#);
}

#[test]
fn iterations_that_succeeded_stay_and_those_not_begun_follow() {
    let map = format!(
        r#"{{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{},"End":true}}"#,
        block("T", &task(""))
    );
    let mut trial = Trial::new(&one(&map)).start("[1,2,3]");
    let first = trial.work_on("T");
    trial.succeed(first, "10");
    let second = trial.work_on("T");
    trial.fail(second, "E");
    trial.redrive();
    for output in ["20", "30"] {
        let key = trial.work_on("T");
        trial.succeed(key, output);
    }
    assert_eq!(trial.output(), "[10,20,30]");
    let started = |trial: &Trial| {
        trial.events().iter().filter(|event| event.type_name == "MapIterationStarted").count()
    };
    assert_eq!(started(&trial), 3, "no iteration is started twice");
}

#[test]
fn blocks_within_blocks_keep_what_succeeded() {
    let inner = format!(
        r#"{{"Type":"Parallel","Branches":[{},{}],"End":true}}"#,
        block("A", &task("")),
        block("B", &task(""))
    );
    let map = format!(r#"{{"Type":"Map","ItemProcessor":{},"End":true}}"#, block("P", &inner));
    let mut trial = Trial::new(&one(&map)).start("[1]");
    let done = trial.work_on("A");
    trial.succeed(done, r#""kept""#);
    let failed = trial.work_on("B");
    trial.fail(failed, "E");
    trial.redrive();
    let again = trial.work_on("B");
    trial.succeed(again, r#""new""#);
    assert_eq!(trial.output(), r#"[["kept","new"]]"#);
    assert!(trial.execution.fallen.is_empty(), "an execution that succeeded has nothing left to do");
}

#[test]
fn a_block_whose_output_failed_does_not_run_again() {
    let more = r#","OutputPath":"$.nowhere""#;
    let mut trial = Trial::new(&parallel(more)).start("{}");
    for state in ["A", "B"] {
        let key = trial.work_on(state);
        trial.succeed(key, "1");
    }
    assert_eq!(trial.execution.status(), Status::Failed);
    trial.redrive();
    assert_eq!(trial.execution.status(), Status::Failed);
    check_since(&trial, "<15 ExecutionRedriven\n<13 ExecutionFailed");
}

#[test]
fn a_block_without_room_for_its_data_runs_as_a_whole() {
    let mut trial = Trial::new(&parallel("")).start("{}");
    for state in ["A", "B"] {
        let key = trial.work_on(state);
        trial.succeed(key, &format!("\"{}\"", "x".repeat(200_000)));
    }
    assert_eq!(trial.failure().error.as_deref(), Some("States.DataLimitExceeded"));
    trial.redrive();
    for state in ["A", "B"] {
        let key = trial.work_on(state);
        trial.succeed(key, "1");
    }
    assert_eq!(trial.output(), "[1,1]");
}

#[test]
fn what_was_tried_again_or_caught_is_not_kept() {
    let retry = r#","Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}]"#;
    let mut trial = Trial::new(&parallel(retry)).start("{}");
    let done = trial.work_on("A");
    trial.succeed(done, "1");
    let failed = trial.work_on("B");
    trial.fail(failed, "E");
    assert!(trial.execution.fallen.is_empty(), "the Parallel is tried again as a whole");
    trial.stop().redrive();
    for (state, output) in [("A", "2"), ("B", "3")] {
        let key = trial.work_on(state);
        trial.succeed(key, output);
    }
    assert_eq!(trial.output(), "[2,3]");

    let caught = r#","Catch":[{"ErrorEquals":["E"],"Next":"W"}]"#;
    let definition =
        parallel(caught).replace(r#"{"S":"#, r#"{"W":{"Type":"Wait","Seconds":9,"End":true},"S":"#);
    let mut trial = Trial::new(&definition).start("{}");
    let failed = trial.work_on("B");
    trial.fail(failed, "E");
    assert!(trial.execution.fallen.is_empty(), "the Parallel is left");
}

#[test]
fn a_wait_for_seconds_begins_anew_and_one_for_a_moment_does_not() {
    let mut trial = Trial::new(&one(r#"{"Type":"Wait","Seconds":60,"End":true}"#)).start("{}");
    trial.now_ms += 50_000;
    trial.stop().redrive();
    assert_eq!(trial.execution.deadline_ms(), Some(trial.now_ms + 60_000));

    let wait = r#"{"Type":"Wait","Timestamp":"1970-01-01T00:20:00Z","End":true}"#;
    let mut trial = Trial::new(&one(wait)).start("{}");
    trial.stop().redrive();
    assert_eq!(trial.execution.deadline_ms(), Some(1_200_000));
    trial.now_ms = 1_200_001;
    trial.stop().redrive();
    check_since(&trial, "<5 ExecutionRedriven\n<2 WaitStateExited S\n<7 ExecutionSucceeded");
}

#[test]
fn fail_is_entered_again_and_choice_decides_again() {
    let mut trial = Trial::new(&one(r#"{"Type":"Fail","Error":"E"}"#)).start("{}");
    trial.redrive();
    check_since(&trial, "<3 ExecutionRedriven\n<2 FailStateEntered S\n<5 ExecutionFailed");
    assert_eq!(trial.failure().error.as_deref(), Some("E"));

    let choice = r#"{"Type":"Choice","Choices":[{"Variable":"$.n","NumericEquals":1,"Next":"D"}]}"#;
    let definition = one(choice).replace(r#"{"S":"#, r#"{"D":{"Type":"Succeed"},"S":"#);
    let mut trial = Trial::new(&definition).start(r#"{"n":2}"#);
    trial.redrive();
    check_since(&trial, "<3 ExecutionRedriven\n<2 ExecutionFailed");
    assert_eq!(trial.failure().error.as_deref(), Some("States.NoChoiceMatched"));
}

#[test]
fn the_time_of_the_machine_begins_anew_within_that_of_any_execution() {
    let definition = one(&task("")).replacen('{', r#"{"TimeoutSeconds":100,"#, 1);
    let mut trial = Trial::new(&definition);
    trial.execution_seconds_max = Some(250);
    let mut trial = trial.start("{}");
    let started_ms = trial.now_ms;
    trial.after_ms(100_000);
    assert_eq!(trial.execution.status(), Status::TimedOut);
    trial.redrive();
    assert_eq!(trial.execution.timeout_at_ms(), Some(started_ms + 200_000));
    trial.after_ms(100_000).redrive();
    assert_eq!(trial.execution.timeout_at_ms(), Some(started_ms + 250_000));
    trial.after_ms(50_000);
    assert_eq!(trial.refusal(trial.now_ms), Some(NotRedrivable::TimeSpent));
}

#[test]
fn each_reason_is_told_and_changes_nothing() {
    let check = |trial: &mut Trial, reason: NotRedrivable, words: &str| {
        let events = trial.execution.last_event();
        let reply = trial.redrive_under(None);
        assert!(matches!(reply, Reply::NotRedrivable(told) if told == reason), "{reply:?}");
        assert_eq!((reason.reason(), trial.execution.last_event()), (words, events));
    };
    let mut trial = Trial::new(&one(&task(""))).start("{}");
    check(&mut trial, NotRedrivable::Running, "Execution is RUNNING and cannot be redriven");
    trial.stop();
    let deleting = trial.give(Command::Redrive { token: None, machine_is_deleting: true });
    assert!(matches!(deleting.reply, Reply::NotRedrivable(NotRedrivable::MachineDeleting)));
    let stopped_ms = trial.now_ms;
    trial.history_events_max = 5;
    check(&mut trial, NotRedrivable::HistoryFull, "Execution history event limit exceeded");
    trial.history_events_max = 6;
    assert_eq!(trial.refusal(stopped_ms + 14 * 86_400_000), None);
    trial.now_ms = stopped_ms + 14 * 86_400_000 + 1;
    check(&mut trial, NotRedrivable::PeriodOver, "Execution redrivable period exceeded");

    let mut trial = Trial::new(&one(r#"{"Type":"Succeed"}"#)).start("{}");
    check(&mut trial, NotRedrivable::Succeeded, "Execution is SUCCEEDED and cannot be redriven");
}

#[test]
fn a_token_stands_for_one_redrive_for_fifteen_minutes() {
    let mut trial = Trial::new(&one(&task(""))).start("{}");
    trial.stop();
    let first_ms = trial.now_ms;
    assert!(
        matches!(trial.redrive_under(Some("a")), Reply::Redriven { redriven_ms } if redriven_ms == first_ms)
    );
    trial.now_ms += 900_000;
    let again = trial.give(Command::Redrive { token: Some("a".into()), machine_is_deleting: false });
    assert!(matches!(again.reply, Reply::RedrivenBefore { redriven_ms } if redriven_ms == first_ms));
    assert!(again.batch.is_none());
    trial.stop();
    assert!(matches!(trial.redrive_under(Some("a")), Reply::RedrivenBefore { .. }), "whatever became of it");
    trial.now_ms += 1;
    assert!(matches!(trial.redrive_under(Some("a")), Reply::Redriven { .. }));
}

#[test]
fn ten_tokens_are_remembered() {
    let mut trial = Trial::new(&one(r#"{"Type":"Fail"}"#)).start("{}");
    for number in 0..11 {
        assert!(matches!(trial.redrive_under(Some(&number.to_string())), Reply::Redriven { .. }));
    }
    assert!(matches!(trial.redrive_under(Some("1")), Reply::RedrivenBefore { .. }));
    assert!(matches!(trial.redrive_under(Some("0")), Reply::Redriven { .. }));
}

#[test]
fn the_context_object_tells_count_and_moment() {
    let parameters = r#","Parameters":{"count.$":"$$.Execution.RedriveCount","of.$":"$$.Execution"}"#;
    let mut trial = Trial::new(&one(&task(parameters))).start("{}");
    let input = |trial: &Trial| {
        let events = trial.events();
        let scheduled = events.iter().rfind(|event| event.type_name == "ActivityScheduled").unwrap();
        scheduled.text("input").unwrap().to_owned()
    };
    let first = input(&trial);
    assert!(first.contains(r#""count":0"#) && !first.contains("RedriveTime"), "{first}");
    trial.stop().redrive();
    let second = input(&trial);
    assert!(second.contains(r#""count":1"#), "{second}");
    assert!(second.contains(r#""RedriveTime":"1970-01-01T00:16:40Z""#), "{second}");
}

#[test]
fn variables_are_what_they_were() {
    let definition = format!(
        r#"{{"StartAt":"P","States":{{
            "P":{{"Type":"Pass","Assign":{{"v":"kept"}},"Next":"T"}},
            "T":{{"Type":"Task","Resource":"{ACTIVITY}","Parameters":{{"v.$":"$v"}},"Next":"Q"}},
            "Q":{{"Type":"Pass","Parameters":{{"v.$":"$v"}},"End":true}}}}}}"#
    );
    let mut trial = Trial::new(&definition).start("{}");
    trial.stop().redrive();
    let key = trial.work_on("T");
    trial.succeed(key, "{}");
    assert_eq!(trial.output(), r#"{"v":"kept"}"#);
}
