//! Express executions as their callers see them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use asl::error_name::Failure;
use execution::TaskKey;
use store::Uid;

use super::*;
use crate::{Clock, InDoubt, ReadError, StopExecutionError, SyncExecution, TaskCall, TaskRunner};

const CALL: &str = r#"{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"n.$":"$.n"},
    "Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":7,"MaxAttempts":2}],
    "Catch":[{"ErrorEquals":["Broken"],"ResultPath":"$.caught","Next":"D"}],"End":true},"D":{"Type":"Pass","End":true}}}"#;
const LOOP: &str = r#"{"StartAt":"L","States":{"L":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"D"}],"Default":"L"},"D":{"Type":"Succeed"}}}"#;
const PARALLEL: &str = r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
    {"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":5,"End":true}}},
    {"StartAt":"B","States":{"B":{"Type":"Map","ItemsPath":"$.items","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","Result":1,"End":true}}},"End":true}}}],
    "ResultSelector":{"all.$":"$[1]"},"End":true}}}"#;

/// Answers each call by what its input says, and remembers what it was asked.
#[derive(Default)]
struct Service {
    asked: Mutex<Vec<String>>,
    /// Calls that are never answered.
    held: Mutex<Vec<TaskCall>>,
}

impl Service {
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl TaskRunner for Service {
    fn call(&self, call: TaskCall) {
        let text = call.input.text().to_owned();
        let count = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(text.clone());
            asked.iter().filter(|before| **before == text).count()
        };
        let fail = |error: &str| call.failed(Failure { error: Some(error.into()), cause: None });
        match text.as_str() {
            r#"{"n":"busy"}"# if count < 3 => fail("Busy"),
            r#"{"n":"broken"}"# => fail("Broken"),
            r#"{"n":"lost"}"# => self.held.lock().unwrap().push(call),
            _ => call.succeeded(Document::parse(r#"{"sent":true}"#).unwrap()),
        }
    }

    fn follow(&self, _: TaskCall, _: Document) {}

    fn in_doubt(&self, _: &TaskCall) -> InDoubt {
        InDoubt::Fail
    }

    fn ended(&self, _: Uid, _: TaskKey) {}
}

/// Time that passes when a test says so.
#[derive(Default)]
struct ByHand(AtomicI64);

impl Clock for ByHand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn with_express<F: Future<Output = ()>>(text: &'static str, test: impl FnOnce(Engine, Client) -> F) {
    let config = Config {
        shards: 2,
        clock: Arc::new(SkippingClock::default()),
        runner: Some(Arc::new(Service::default())),
        ..Config::default()
    };
    on_express(Arc::new(MemoryStore::default()), config, text, test);
}

fn on_express<F: Future<Output = ()>>(
    store: Arc<dyn Store>,
    config: Config,
    text: &'static str,
    test: impl FnOnce(Engine, Client) -> F,
) {
    on_engine(store, config, |engine, client| async move {
        create_typed(&engine, text, MachineType::Express).await;
        test(engine, client).await;
    });
}

fn asked(engine: &Engine, name: &str, input: &str) -> StartExecution {
    StartExecution {
        revision: Arc::clone(&engine.state_machine(&machine_arn()).unwrap().current),
        through: None,
        name: Some(name.into()),
        input: Document::parse(input).unwrap(),
        trace_header: Some("Root=1".into()),
        mocks: None,
    }
}

async fn run(engine: &Engine, client: &Client, input: &str) -> SyncExecution {
    client.start_sync_execution(asked(engine, "e", input)).await.unwrap()
}

fn output(ran: &SyncExecution) -> &str {
    ran.execution.output.as_ref().map_or("none", Document::text)
}

async fn types(client: &Client, arn: &ExecutionArn) -> Vec<&'static str> {
    let all = ReadHistory { after: None, limit: 1_000, reverse: false };
    client.history(arn, all).await.unwrap().events.iter().map(|event| event.type_name).collect()
}

#[test]
fn a_synchronous_execution_answers_with_its_end_and_can_be_read() {
    with_express(PASS, |engine, client| async move {
        let first = run(&engine, &client, r#"{"a": 1}"#).await;
        let second = run(&engine, &client, "2").await;
        assert_eq!((first.execution.status, output(&first)), (ExecutionStatus::Succeeded, r#"{"a": 1}"#));
        let (first, second) = (first.execution, second.execution);
        assert!(first.arn.to_string().contains(":express:m:e:"), "{}", first.arn);
        assert_ne!(first.arn, second.arn, "names may repeat");

        let read = client.describe_execution(&first.arn).await.unwrap();
        assert_eq!(format!("{read:?}"), format!("{first:?}"));
        let expected = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"];
        assert_eq!(types(&client, &first.arn).await, expected);
        let list = ListExecutions {
            machine: machine_arn(),
            through: None,
            status: None,
            redriven: None,
            after: None,
            limit: 1,
        };
        let page = client.list_executions(list.clone()).await.unwrap();
        assert_eq!(page.executions[0].arn, second.arn);
        let page = client.list_executions(ListExecutions { after: page.next, ..list }).await.unwrap();
        assert_eq!((page.executions[0].arn.clone(), page.next), (first.arn, None));
    });
}

#[test]
fn what_waits_goes_on_elsewhere_and_its_answer_comes_back() {
    with_express(PARALLEL, |engine, client| async move {
        let ran = run(&engine, &client, r#"{"items":[1,2,3]}"#).await;
        assert_eq!(output(&ran), r#"{"all":[1,1,1]}"#);
        assert!(ran.execution.stopped_ms.unwrap() >= ran.execution.started_ms + 5_000);
    });
}

#[test]
fn an_execution_ends_after_five_minutes() {
    with_express(WAIT, |engine, client| async move {
        let ran = run(&engine, &client, "{}").await.execution;
        assert_eq!(ran.status, ExecutionStatus::TimedOut);
        let took_ms = ran.stopped_ms.unwrap() - ran.started_ms;
        assert!((300_000..310_000).contains(&took_ms), "{took_ms}");
    });
}

#[test]
fn calls_are_retried_and_caught_as_in_any_execution() {
    with_express(CALL, |engine, client| async move {
        let sent = run(&engine, &client, r#"{"n":"plain"}"#).await;
        assert_eq!(output(&sent), r#"{"sent":true}"#);
        let busy = run(&engine, &client, r#"{"n":"busy"}"#).await;
        assert_eq!(output(&busy), r#"{"sent":true}"#);
        assert!(busy.execution.stopped_ms.unwrap() >= busy.execution.started_ms + 7_000 + 14_000);
        let broken = run(&engine, &client, r#"{"n":"broken"}"#).await;
        assert_eq!(output(&broken), r#"{"n":"broken","caught":{"Error":"Broken"}}"#);
    });
}

#[test]
fn an_endless_loop_holds_nobody_up_and_can_be_stopped() {
    with_express(LOOP, |engine, client| async move {
        let looping = asked(&engine, "loop", "{}");
        let (asking, ended) = (client.clone(), tokio::sync::oneshot::channel());
        tokio::task::spawn_local(async move {
            let _ = ended.0.send(asking.start_sync_execution(looping).await);
        });
        // Its first turn is over when this task has the thread again.
        tokio::task::yield_now().await;
        for _ in 0..20 {
            assert_eq!(
                run(&engine, &client, r#"{"stop":1}"#).await.execution.status,
                ExecutionStatus::Succeeded
            );
        }
        let running = ListExecutions {
            machine: machine_arn(),
            through: None,
            status: Some(ExecutionStatus::Running),
            redriven: None,
            after: None,
            limit: 10,
        };
        let running = client.list_executions(running).await.unwrap().executions;
        assert_eq!(running.len(), 1);
        let stopped_ms = client.stop_execution(&running[0].arn, Some("Enough".into()), None).await.unwrap();
        let ran = ended.1.await.unwrap().unwrap().execution;
        assert_eq!((ran.status, ran.error.as_deref()), (ExecutionStatus::Aborted, Some("Enough")));
        assert_eq!(ran.stopped_ms, Some(stopped_ms));
        assert_eq!(client.stop_execution(&ran.arn, None, None).await, Ok(stopped_ms), "as of any ended one");
    });
}

#[test]
fn an_endless_loop_ends_after_five_minutes() {
    let clock = Arc::new(ByHand::default());
    let config = Config { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Config::default() };
    on_express(Arc::new(MemoryStore::default()), config, LOOP, |engine, client| async move {
        let started = client.start_execution(asked(&engine, "loop", "{}")).await.unwrap();
        clock.0.store(299_999, Ordering::Relaxed);
        assert_eq!(client.describe_execution(&started.arn).await.unwrap().status, ExecutionStatus::Running);
        clock.0.store(300_000, Ordering::Relaxed);
        let ended = client.wait_for_end(&started.arn, LONG).await.unwrap();
        assert_eq!((ended.status, ended.stopped_ms), (ExecutionStatus::TimedOut, Some(300_000)));
    });
}

#[test]
fn an_asynchronous_start_is_answered_and_runs() {
    with_express(CALL, |engine, client| async move {
        let started = client.start_execution(asked(&engine, "e", r#"{"n":1}"#)).await.unwrap();
        let ended = client.wait_for_end(&started.arn, LONG).await.unwrap();
        assert_eq!((ended.status, ended.started_ms), (ExecutionStatus::Succeeded, started.started_ms));
        assert_eq!(ended.trace_header.as_deref(), Some("Root=1"));
        assert_eq!(types(&client, &started.arn).await.len(), 7);
        let again = client.start_execution(asked(&engine, "e", r#"{"n":1}"#)).await.unwrap();
        assert_ne!(again.arn, started.arn);
    });
}

#[test]
fn a_restart_runs_again_what_has_not_ended_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = || Arc::new(DiskStore::open(directory.path(), Options::default()).unwrap());
    let service = Arc::new(Service::default());
    let config =
        Config { shards: 2, runner: Some(Arc::clone(&service) as Arc<dyn TaskRunner>), ..Config::default() };
    on_express(store(), config.clone(), CALL, |engine, client| async move {
        for name in ["lost", "lost", "plain"] {
            let started = client.start_execution(asked(&engine, name, &format!(r#"{{"n":"{name}"}}"#))).await;
            let wait = if name == "lost" { Duration::ZERO } else { LONG };
            client.wait_for_end(&started.unwrap().arn, wait).await.unwrap();
        }
        run(&engine, &client, r#"{"n":"synchronous"}"#).await;
    });
    let mut before = service.asked();
    before.sort();
    let lost = r#"{"n":"lost"}"#;
    assert_eq!(before, [lost, lost, r#"{"n":"plain"}"#, r#"{"n":"synchronous"}"#]);
    service.asked.lock().unwrap().clear();
    on_engine(store(), config, |_, client| async move {
        let list = ListExecutions {
            machine: machine_arn(),
            through: None,
            status: None,
            redriven: None,
            after: None,
            limit: 10,
        };
        while client.list_executions(list.clone()).await.unwrap().executions.len() < 2 {
            tokio::task::yield_now().await;
        }
    });
    assert!(service.asked().iter().all(|asked| asked == lost), "{:?}", service.asked());
}

#[test]
fn an_express_execution_of_nobody_does_not_exist() {
    with_express(PASS, |engine, client| async move {
        let known = run(&engine, &client, "{}").await.execution.arn;
        let other_name = ExecutionArn { name: "other".into(), ..known.clone() };
        assert_eq!(client.describe_execution(&other_name).await.unwrap_err(), ReadError::DoesNotExist);
        let other_uuid = ExecutionArn { express: Some(asl::arn::Uuid(7)), ..known };
        assert_eq!(client.describe_execution(&other_uuid).await.unwrap_err(), ReadError::DoesNotExist);
        let stop = client.stop_execution(&other_uuid, None, None).await;
        assert_eq!(stop, Err(StopExecutionError::DoesNotExist));
    });
}
