//! What commands do to an execution, and that replaying its records gives it back.

mod calls;
mod jsonata;
mod mocks;
mod redrive;
mod services;
mod variables;
mod waits;

use std::sync::Arc;

use asl::Document;
use asl::definition::MachineType;
use asl::error_name::Failure;

use crate::{
    Advance, Batch, Command, Execution, HistoryEvent, Identity, Limits, Moment, Origin, Past, Pause, Reason,
    Reply, Status, TaskKey, Through, TokenMint, visible,
};

struct NoTokens;

impl TokenMint for NoTokens {
    fn mint(&self, task: TaskKey) -> String {
        format!("token-{}", task.scheduled)
    }
}

/// An execution under test, with everything it has recorded.
struct Trial {
    execution: Execution,
    batches: Vec<Batch>,
    now_ms: i64,
    transitions_max: u32,
    evaluation_units: u64,
    history_events_max: u64,
    execution_seconds_max: Option<u64>,
    owed: Vec<crate::Effect>,
    services: &'static dyn asl::services::Services,
}

impl Trial {
    fn new(definition: &str) -> Trial {
        let parsed = asl::parse(definition, MachineType::Standard);
        let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
        let identity = Identity {
            arn: "arn:aws:states:us-east-1:000000000000:execution:m:e".into(),
            name: "e".into(),
            state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
            state_machine_name: "m".into(),
            role_arn: "arn:aws:iam::000000000000:role/r".into(),
            region: "us-east-1".into(),
            machine: Arc::new(machine),
            logging: Arc::default(),
            machine_type: MachineType::Standard,
        };
        Trial {
            execution: Execution::new(Arc::new(identity)),
            batches: Vec::new(),
            now_ms: 1_000_000,
            transitions_max: 10_000,
            evaluation_units: u64::MAX,
            history_events_max: 25_000,
            execution_seconds_max: None,
            owed: Vec::new(),
            services: &asl::services::NoneKnown,
        }
    }

    fn start(mut self, input: &str) -> Trial {
        let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
        self.give(Command::Start { origin, input: Document::parse(input).unwrap(), mocks: None });
        self
    }

    fn limits(&self) -> Limits {
        Limits {
            history_events_max: self.history_events_max,
            execution_seconds_max: self.execution_seconds_max,
            ..Limits::default()
        }
    }

    /// Gives a command and checks what must hold after every one.
    fn give(&mut self, command: Command) -> Advance {
        let moment = Moment {
            now_ms: self.now_ms,
            seed: self.batches.len() as u64 + 1,
            evaluation_units: self.evaluation_units,
            transitions_max: self.transitions_max,
            limits: self.limits(),
            tokens: &NoTokens,
            services: self.services,
        };
        let advance = self.execution.advance(command, &moment);
        if let Some(batch) = &advance.batch {
            self.batches.push(Batch::decode(&batch.encode()).unwrap());
        }
        for effect in &advance.ended {
            self.owed.retain(|owed| owed != effect);
        }
        self.owed.extend(advance.begun.iter().cloned());
        let outstanding: Vec<_> = self.execution.outstanding().collect();
        assert!(outstanding.iter().all(|effect| self.owed.contains(effect)), "deltas equal outstanding");
        assert_eq!(outstanding.len(), self.owed.len(), "deltas equal outstanding");
        self.assert_replay_equals_memory();
        advance
    }

    fn assert_replay_equals_memory(&self) {
        let mut replayed = Execution::new(Arc::clone(self.execution.identity()));
        for batch in &self.batches {
            replayed.replay(batch.clone());
        }
        assert_eq!(replayed, self.execution, "replay equals memory");
        let restored =
            Execution::restore(Arc::clone(self.execution.identity()), &self.execution.checkpoint()).unwrap();
        assert_eq!(restored, self.execution, "a checkpoint gives the execution back");
    }

    fn after_ms(&mut self, ms: i64) -> &mut Trial {
        self.now_ms += ms;
        self.give(Command::TimerDue);
        self
    }

    /// The whole history. Whoever asks for a part of it must see the same.
    fn events(&self) -> Vec<HistoryEvent> {
        let identity = self.execution.identity();
        let events = visible(identity, self.batches.clone());
        let mut recorded = Past::default();
        self.batches.iter().for_each(|batch| recorded.add(batch.clone()));
        let count = events.len() as u64;
        assert_eq!((recorded.last_event(), recorded.batches()), (count, self.batches.len()));
        for (start, length) in [(1, count), (1, 1), (count, 1), (2, 3), (count / 2 + 1, 5), (count + 1, 1)] {
            let part = recorded.events(identity, start..start + length);
            let all = events.iter().filter(|event| (start..start + length).contains(&event.id));
            let json = |event: &HistoryEvent| event.to_json(true);
            assert_eq!(part.iter().map(json).collect::<Vec<_>>(), all.map(json).collect::<Vec<_>>());
        }
        events
    }

    /// `id<previous Type` for each event, the ids implied by the order.
    fn history(&self) -> String {
        let events = self.events();
        let lines = events.iter().enumerate().map(|(at, event)| {
            assert_eq!(event.id, at as u64 + 1, "ids are contiguous");
            assert!(event.previous_event_id < event.id);
            format!("{}<{} {}", event.id, event.previous_event_id, event.type_name)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn output(&self) -> &str {
        self.execution.output().unwrap_or_else(|| panic!("no output: {:?}", self.execution.ended())).text()
    }

    fn failure(&self) -> Failure {
        self.execution.ended().expect("the execution has ended").failure.clone()
    }

    fn work(&mut self, scheduled: u64) -> TaskKey {
        match self.give(Command::TaskStarted { scheduled, worker: Some("w".into()) }).reply {
            Reply::Task { key, .. } => key,
            other => panic!("{other:?}"),
        }
    }

    fn fail(&mut self, task: TaskKey, error: &str) -> Reply {
        let failure = Failure { error: Some(error.into()), cause: Some("because".into()) };
        self.give(Command::TaskFailed { task, failure }).reply
    }

    fn succeed(&mut self, task: TaskKey, output: &str) -> Reply {
        self.give(Command::TaskSucceeded { task, output: Document::parse(output).unwrap() }).reply
    }
}

fn check(trial: &Trial, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(trial.history(), expected.join("\n"));
}

const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:a";

#[test]
fn first_state_says_zero_as_its_previous_event() {
    let trial = Trial::new(r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"x":1},"ResultPath":"$.a","Next":"B"},"B":{"Type":"Succeed"}}}"#)
        .start(r#"{"in": true}"#);
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 PassStateEntered
         3<2 PassStateExited
         4<3 SucceedStateEntered
         5<4 SucceedStateExited
         6<5 ExecutionSucceeded",
    );
    assert_eq!(trial.output(), r#"{"in":true,"a":{"x":1}}"#);
}

#[test]
fn untouched_input_is_one_payload_with_its_white_space() {
    let trial = Trial::new(
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}"#,
    )
    .start("[1,  2]");
    assert_eq!(trial.output(), "[1,  2]");
    assert_eq!(trial.batches.iter().map(|batch| batch.payloads.len()).sum::<usize>(), 1);
}

#[test]
fn wait_fires_at_its_time_and_not_before() {
    let mut trial =
        Trial::new(r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}"#).start("{}");
    assert_eq!(trial.execution.deadline_ms(), Some(trial.now_ms + 5_000));
    trial.after_ms(4_999);
    assert_eq!(trial.execution.status(), Status::Running);
    trial.after_ms(1);
    assert_eq!(trial.execution.status(), Status::Succeeded);
}

fn task(more: &str) -> String {
    let caught = if more.contains("Catch") { r#","C":{"Type":"Pass","End":true}"# } else { "" };
    format!(
        r#"{{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"{ACTIVITY}"{more},"End":true}}{caught}}}}}"#
    )
}

#[test]
fn retries_repeat_the_task_events_without_entering_again() {
    let retry = r#","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":2,"MaxAttempts":1}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}]"#;
    let mut trial = Trial::new(&task(retry)).start("{}");
    let first = trial.work(3);
    assert!(matches!(trial.fail(first, "E"), Reply::Accepted));
    trial.after_ms(1_999);
    assert_eq!(trial.execution.last_event(), 5);
    trial.after_ms(1);
    let second = trial.work(6);
    trial.fail(second, "E");
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 TaskStateEntered
         3<2 ActivityScheduled
         4<3 ActivityStarted
         5<4 ActivityFailed
         6<5 ActivityScheduled
         7<6 ActivityStarted
         8<7 ActivityFailed
         9<8 TaskStateExited
         10<9 PassStateEntered
         11<10 PassStateExited
         12<11 ExecutionSucceeded",
    );
    assert_eq!(trial.output(), r#"{"Error":"E","Cause":"because"}"#);
}

#[test]
fn late_task_answer_records_nothing() {
    let mut trial = Trial::new(&task(r#","TimeoutSeconds":3"#)).start("{}");
    let key = trial.work(3);
    trial.after_ms(3_000);
    let events = trial.execution.last_event();
    assert!(matches!(trial.succeed(key, "1"), Reply::NoSuchTask));
    assert_eq!(trial.execution.last_event(), events);
    assert_eq!(trial.failure(), Failure { error: Some("States.Timeout".into()), cause: None });
}

#[test]
fn answer_of_another_attempt_is_refused() {
    let mut trial = Trial::new(&task("")).start("{}");
    let key = trial.work(3);
    let forged = TaskKey { nonce: key.nonce + 1, ..key };
    assert!(matches!(trial.succeed(forged, "1"), Reply::NoSuchTask));
    assert!(matches!(trial.succeed(key, "1"), Reply::Accepted));
    assert!(matches!(trial.succeed(key, "2"), Reply::NoSuchTask));
    assert_eq!(trial.output(), "1");
}

#[test]
fn heartbeats_keep_an_attempt_alive() {
    let mut trial = Trial::new(&task(r#","HeartbeatSeconds":10"#)).start("{}");
    let key = trial.work(3);
    trial.after_ms(9_000);
    trial.give(Command::TaskHeartbeat { task: key });
    assert_eq!(trial.execution.deadline_ms(), Some(trial.now_ms + 10_000));
    trial.now_ms += 10_000;
    trial.give(Command::TimerDue);
    assert_eq!(trial.failure().error.as_deref(), Some("States.Timeout"));
}

#[test]
fn missed_heartbeat_is_shown_as_timeout_and_caught_by_either_name() {
    for name in ["States.HeartbeatTimeout", "States.Timeout"] {
        let more = format!(r#","HeartbeatSeconds":10,"Catch":[{{"ErrorEquals":["{name}"],"Next":"C"}}]"#);
        let mut trial = Trial::new(&task(&more)).start("{}");
        trial.work(3);
        trial.after_ms(10_000);
        assert_eq!(trial.output(), r#"{"Error":"States.Timeout","Cause":""}"#, "{name}");
    }
}

#[test]
fn stop_says_zero_and_aborts_no_state() {
    let mut trial =
        Trial::new(r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}"#).start("{}");
    let failure = Failure { error: Some("x".into()), cause: None };
    trial.give(Command::Stop { failure });
    check(&trial, "1<0 ExecutionStarted\n2<0 WaitStateEntered\n3<0 ExecutionAborted");
    let again = trial.give(Command::Stop { failure: Failure::default() });
    assert!(matches!(again.reply, Reply::Stopped { stopped_ms } if stopped_ms == trial.now_ms));
    assert!(again.batch.is_none());
}

#[test]
fn start_through_an_alias_shows_the_alias_and_the_version_it_chose() {
    let pass = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;
    let through = Some(Through { version: 3, alias: Some("PROD".into()) });
    let mut trial = Trial::new(pass);
    let origin = Origin { machine: 1, revision: 2, name: "e".into(), trace_header: None, through };
    trial.give(Command::Start { origin: origin.clone(), input: Document::empty_object(), mocks: None });
    assert_eq!(trial.batches[0].origin(), Some(origin));
    let events = visible(trial.execution.identity(), trial.batches.clone());
    let machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    assert_eq!(events[0].text("stateMachineVersionArn"), Some(&*format!("{machine}:3")));
    assert_eq!(events[0].text("stateMachineAliasArn"), Some(&*format!("{machine}:PROD")));
}

#[test]
fn map_failure_points_everything_to_the_last_event_before_it() {
    let map = r#"{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"c"}}},"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],"End":true}}}"#;
    let mut trial = Trial::new(map).start("[1]");
    trial.after_ms(1_000);
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 MapStateEntered
         3<2 MapStateStarted
         4<3 MapIterationStarted
         5<4 FailStateEntered
         6<5 MapIterationFailed
         7<5 MapStateStarted
         8<7 MapIterationStarted
         9<8 FailStateEntered
         10<9 MapIterationFailed
         11<9 MapStateFailed
         12<11 ExecutionFailed",
    );
}

#[test]
fn failing_iteration_aborts_the_others_in_recorded_order() {
    let map = format!(
        r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","ItemProcessor":{{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"{ACTIVITY}","End":true}}}}}},"End":true}}}}}}"#
    );
    let mut trial = Trial::new(&map).start("[1,2]");
    let scheduled: Vec<u64> = trial
        .events()
        .iter()
        .filter(|event| event.type_name == "ActivityScheduled")
        .map(|event| event.id)
        .collect();
    let first = trial.work(scheduled[0]);
    trial.fail(first, "E");
    let events = trial.events();
    let failed = events.iter().find(|event| event.type_name == "ActivityFailed").unwrap().id;
    let after: Vec<(&str, u64)> = events
        .iter()
        .filter(|event| event.id > failed)
        .map(|event| (event.type_name, event.previous_event_id))
        .collect();
    assert_eq!(
        after,
        [
            ("MapIterationFailed", failed),
            ("TaskStateAborted", failed),
            ("MapIterationAborted", failed),
            ("TaskStateAborted", failed),
            ("MapStateFailed", failed),
            ("ExecutionFailed", failed + 5),
        ]
    );
}

#[test]
fn map_exit_points_past_its_success() {
    let map = r#"{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}}"#;
    let trial = Trial::new(map).start(r#"["a", "b"]"#);
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 MapStateEntered
         3<2 MapStateStarted
         4<3 MapIterationStarted
         5<4 PassStateEntered
         6<5 PassStateExited
         7<6 MapIterationSucceeded
         8<6 MapIterationStarted
         9<8 PassStateEntered
         10<9 PassStateExited
         11<10 MapIterationSucceeded
         12<11 MapStateSucceeded
         13<11 MapStateExited
         14<13 ExecutionSucceeded",
    );
    assert_eq!(trial.output(), r#"["a","b"]"#);
}

#[test]
fn empty_map_succeeds_at_once() {
    let map = r#"{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}}"#;
    let trial = Trial::new(map).start("[]");
    check(
        &trial,
        "1<0 ExecutionStarted
         2<0 MapStateEntered
         3<2 MapStateStarted
         4<3 MapStateSucceeded
         5<3 MapStateExited
         6<5 ExecutionSucceeded",
    );
}

#[test]
fn parallel_failure_is_caught_by_the_error_of_its_branch() {
    let parallel = r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}},{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9,"End":true}}}],"Catch":[{"ErrorEquals":["E"],"Next":"C"}],"End":true},"C":{"Type":"Pass","End":true}}}"#;
    let trial = Trial::new(parallel).start("{}");
    let types: Vec<&str> = trial.events().iter().map(|event| event.type_name).collect();
    let failed = types.iter().position(|name| *name == "ParallelStateFailed").unwrap();
    assert_eq!(types[failed - 1], "WaitStateAborted");
    assert_eq!(types[failed + 1], "ParallelStateExited");
    let events = trial.events();
    assert_eq!(events[failed + 1].previous_event_id, events[failed].id);
    assert_eq!(trial.output(), r#"{"Error":"E"}"#);
}

#[test]
fn parallel_exit_repeats_the_previous_event_of_its_success() {
    let parallel = r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}},{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}],"End":true}}}"#;
    let trial = Trial::new(parallel).start("[1, 2]");
    let events = trial.events();
    let succeeded = events.iter().find(|event| event.type_name == "ParallelStateSucceeded").unwrap();
    let exited = events.iter().find(|event| event.type_name == "ParallelStateExited").unwrap();
    assert_eq!(succeeded.previous_event_id, exited.previous_event_id);
    assert_eq!(trial.output(), "[[1, 2],[1, 2]]", "outputs are joined as they stand");
}

#[test]
fn endless_loop_yields_and_is_stopped_by_the_history_limit() {
    let loop_ = r#"{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"C"}],"Default":"B"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Succeed"}}}"#;
    let mut trial = Trial::new(loop_);
    trial.transitions_max = 64;
    trial.history_events_max = 500;
    let mut trial = trial.start("{}");
    let mut turns = 1;
    while trial.execution.status() == Status::Running {
        assert_eq!(trial.give(Command::Continue).pause == Pause::Yielded, trial.execution.ended().is_none());
        turns += 1;
    }
    assert!(turns > 5);
    assert_eq!(trial.execution.last_event(), 500);
    let failure = trial.failure();
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    assert_eq!(
        failure.cause.as_deref(),
        Some("The execution reached the maximum number of history events (500).")
    );
}

#[test]
fn what_costs_too_much_is_left_for_later_and_done_then() {
    let pass = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$..a"},"End":true}}}"#;
    let mut trial = Trial::new(pass);
    trial.evaluation_units = 0;
    let mut trial = trial.start(r#"{"a":[1,2,3]}"#);
    assert_eq!(trial.give(Command::Continue).pause, Pause::OverBudget);
    assert_eq!(trial.execution.last_event(), 2);
    trial.evaluation_units = u64::MAX;
    trial.give(Command::Continue);
    assert_eq!(trial.output(), r#"{"x":[[1,2,3]]}"#);
}

#[test]
fn data_that_no_text_should_hold_fails_the_state_in_the_same_words() {
    let members: Vec<String> = (0..140).map(|at| format!("\"{at}.$\":\"$\"")).collect();
    let pass = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Parameters":{{{}}},"End":true}}}}}}"#,
        members.join(",")
    );
    let failure = Trial::new(&pass).start(&format!("\"{}\"", "a".repeat(250_000))).failure();
    assert_eq!(failure.error.as_deref(), Some("States.DataLimitExceeded"));
    assert_eq!(
        failure.cause.as_deref(),
        Some(
            "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit."
        )
    );
}

#[test]
fn output_above_the_limit_fails_the_state() {
    let map = r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}},{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}],"End":true}}}"#;
    let input = format!("\"{}\"", "a".repeat(200_000));
    let trial = Trial::new(map).start(&input);
    let failure = trial.failure();
    assert_eq!(failure.error.as_deref(), Some("States.DataLimitExceeded"));
    assert_eq!(
        failure.cause.as_deref(),
        Some(
            "The state/task 'P' returned a result with a size exceeding the maximum number of bytes service limit."
        )
    );
}

#[test]
fn a_clock_that_was_set_back_makes_no_history_fall() {
    let wait = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}"#;
    let mut trial = Trial::new(wait).start("{}");
    let started = trial.now_ms;
    trial.after_ms(-60_000);
    assert_eq!(trial.execution.status(), Status::Running, "nothing fires early");
    trial.give(Command::Stop { failure: Failure::default() });
    assert_eq!(trial.events().last().unwrap().timestamp_ms, started);
}

#[test]
fn execution_timeout_ends_everything() {
    let machine =
        r#"{"TimeoutSeconds":5,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}"#;
    let mut trial = Trial::new(machine).start("{}");
    trial.after_ms(5_000);
    assert_eq!(trial.execution.status(), Status::TimedOut);
    check(&trial, "1<0 ExecutionStarted\n2<0 WaitStateEntered\n3<0 ExecutionTimedOut");
}

#[test]
fn abandoned_task_times_out_at_once() {
    let mut trial = Trial::new(&task("")).start("{}");
    let key = trial.work(3);
    trial.give(Command::TaskAbandoned { task: key });
    assert_eq!(trial.failure(), Failure { error: Some("States.Timeout".into()), cause: None });
}

#[test]
fn one_state_costs_few_bytes_beside_its_payload() {
    let input = format!(r#"{{"payload":"{}"}}"#, "x".repeat(272));
    let trial = Trial::new(r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#).start(&input);
    let bytes: usize = trial.batches.iter().map(|batch| batch.encode().len()).sum();
    assert!(bytes < input.len() + 80, "{bytes} bytes for {} bytes of payload", input.len());
}

#[test]
fn an_effect_ends_once_when_its_end_fills_the_history() {
    let commands: [fn(TaskKey) -> Command; 3] = [
        |task| Command::TaskStarted { scheduled: task.scheduled, worker: None },
        |task| Command::TaskAbandoned { task },
        |task| Command::TaskFailed { task, failure: Failure::default() },
    ];
    for command in commands {
        let mut trial = Trial::new(&task(""));
        trial.history_events_max = 4;
        let mut trial = trial.start("{}");
        let owed = trial.owed.clone();
        assert_eq!(trial.give(command(owed[0].task)).ended, owed);
        assert_eq!(trial.execution.status(), Status::Failed);
    }
}
