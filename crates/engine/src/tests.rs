//! The engine as its callers see it: started on an in-memory store, asked through a client.

mod expiry;
mod express;
mod observing;
mod overload;
mod search;
mod single_states;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use asl::Document;
use asl::arn::{ActivityArn, ExecutionArn, StateMachineArn};
use asl::definition::MachineType;
use store::{MemoryStore, Store};
use store_disk::{DiskStore, Options};
use tokio::task::LocalSet;

use crate::{
    Client, CompleteTaskError, Config, CreateStateMachine, Definition, Engine, ExecutionStatus,
    ListExecutions, PollActivityError, ReadHistory, SkippingClock, StartExecution, StartExecutionError,
    StartedExecution, Tag, Taggable, TaskResult, UpdateStateMachine,
};

const LONG: Duration = Duration::from_secs(60);

/// Runs a test on an engine over `store`, on virtual time or not.
fn on_engine<F: Future<Output = ()>>(
    store: Arc<dyn Store>,
    config: Config,
    test: impl FnOnce(Engine, Client) -> F,
) {
    let engine = Engine::start(store, config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let client = engine.client();
        test(engine.clone(), client).await;
    });
    engine.shutdown().unwrap();
}

fn with_engine<F: Future<Output = ()>>(test: impl FnOnce(Engine, Client) -> F) {
    let config = Config { shards: 2, ..Config::default() };
    on_engine(Arc::new(MemoryStore::default()), config, test);
}

fn machine_arn() -> StateMachineArn {
    "arn:aws:states:us-east-1:000000000000:stateMachine:m".parse().unwrap()
}

fn activity_arn() -> ActivityArn {
    "arn:aws:states:us-east-1:000000000000:activity:a".parse().unwrap()
}

fn definition(text: &str, machine_type: MachineType) -> Definition {
    let parsed = asl::parse(text, machine_type);
    let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    Definition { text: text.into(), machine: Arc::new(machine) }
}

async fn create(engine: &Engine, text: &str) {
    create_typed(engine, text, MachineType::Standard).await;
}

async fn create_typed(engine: &Engine, text: &str, machine_type: MachineType) {
    let create = CreateStateMachine {
        arn: machine_arn(),
        machine_type,
        definition: definition(text, machine_type),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        logging: None,
        tracing: None,
        encryption: None,
        tags: Vec::new(),
        publish: None,
    };
    engine.create_state_machine(create).await.unwrap();
}

async fn start(
    engine: &Engine,
    client: &Client,
    name: &str,
    input: &str,
) -> Result<StartedExecution, StartExecutionError> {
    let revision = Arc::clone(&engine.state_machine(&machine_arn()).unwrap().current);
    let input = Document::parse(input).unwrap();
    client
        .start_execution(StartExecution {
            revision,
            through: None,
            name: Some(name.into()),
            input,
            trace_header: None,
            mocks: None,
        })
        .await
}

const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;
const WAIT: &str = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}"#;
const TASK: &str = r#"{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:a","End":true}}}"#;

#[test]
fn an_execution_ends_and_can_be_read() {
    with_engine(|engine, client| async move {
        create(&engine, PASS).await;
        let started = start(&engine, &client, "e", r#"{"a": 1}"#).await.unwrap();
        assert_eq!(started.status, ExecutionStatus::Succeeded);
        let described = client.describe_execution(&started.arn).await.unwrap();
        assert_eq!(described.output.unwrap().text(), r#"{"a": 1}"#);
        let all = ReadHistory { after: None, limit: 3, reverse: false };
        let first = client.history(&started.arn, all).await.unwrap();
        assert_eq!((first.events.len(), first.next_after), (3, Some(3)));
        let rest =
            client.history(&started.arn, ReadHistory { after: first.next_after, ..all }).await.unwrap();
        assert_eq!((rest.events[0].type_name, rest.next_after), ("ExecutionSucceeded", None));
        let list = ListExecutions {
            machine: machine_arn(),
            through: None,
            status: None,
            redriven: None,
            after: None,
            limit: 10,
        };
        assert_eq!(client.list_executions(list).await.unwrap().executions.len(), 1);
    });
}

#[test]
fn a_name_means_one_execution_while_it_runs_on_the_same_input() {
    with_engine(|engine, client| async move {
        create(&engine, WAIT).await;
        let first = start(&engine, &client, "e", "{}").await.unwrap();
        let second = start(&engine, &client, "e", "{}").await.unwrap();
        assert_eq!(first.started_ms, second.started_ms);
        let taken = Err(StartExecutionError::AlreadyExists(first.arn.clone()));
        assert_eq!(start(&engine, &client, "e", "{ }").await.map(drop), taken.clone());
        client.stop_execution(&first.arn, None, None).await.unwrap();
        assert_eq!(start(&engine, &client, "e", "{}").await.map(drop), taken);
    });
}

#[test]
fn a_restart_knows_names_tasks_and_timers() {
    let directory = tempfile::tempdir().unwrap();
    let open =
        || -> Arc<dyn Store> { Arc::new(DiskStore::open(directory.path(), Options::default()).unwrap()) };
    let config = Config { shards: 2, clock: Arc::new(SkippingClock::default()), ..Config::default() };
    on_engine(open(), config.clone(), |engine, client| async move {
        engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
        create(&engine, TASK).await;
        start(&engine, &client, "task", "1").await.unwrap();
    });
    on_engine(open(), config.clone(), |engine, client| async move {
        start(&engine, &client, "task", "1").await.unwrap();
        assert!(start(&engine, &client, "task", "2").await.is_err());
        let task = client.poll_activity(&activity_arn(), None, LONG).await.unwrap().unwrap();
        assert_eq!(task.input.text(), "1");
        client
            .complete_task(&task.token, TaskResult::Succeeded(Document::parse("2").unwrap()))
            .await
            .unwrap();
        let again = client.complete_task(&task.token, TaskResult::Succeeded(Document::empty_object())).await;
        assert_eq!(again, Err(CompleteTaskError::TimedOut));
        let update = UpdateStateMachine {
            definition: Some(definition(WAIT, MachineType::Standard)),
            ..UpdateStateMachine::default()
        };
        engine.update_state_machine(&machine_arn(), update).await.unwrap();
    });
    on_engine(open(), config, |engine, client| async move {
        let wait = start(&engine, &client, "wait", "{}").await.unwrap();
        let ended = client.wait_for_end(&wait.arn, LONG).await.unwrap();
        assert_eq!(ended.status, ExecutionStatus::Succeeded, "virtual time jumps over the hour");
        let task = ExecutionArn { name: "task".into(), ..wait.arn };
        assert_eq!(client.describe_execution(&task).await.unwrap().output.unwrap().text(), "2");
        let pinned = client.revision_of(&task).await.unwrap();
        assert_eq!(&*pinned.definition_text, TASK, "an execution keeps the definition that it began with");
    });
}

#[test]
fn a_worker_gets_a_task_once_and_losing_it_times_it_out() {
    with_engine(|engine, client| async move {
        engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
        create(&engine, TASK).await;
        let arn = activity_arn();
        let poll = client.poll_activity(&arn, Some("w".into()), LONG);
        let begun = async { start(&engine, &client, "e", "7").await.unwrap() };
        let (task, execution) = tokio::join!(poll, begun);
        let token = task.unwrap().unwrap().token;
        let nothing = client.poll_activity(&activity_arn(), None, Duration::from_millis(1)).await.unwrap();
        assert!(nothing.is_none());
        client.heartbeat_task(&token).await.unwrap();
        client.abandon_task(&token).await.unwrap();
        let ended = client.wait_for_end(&execution.arn, LONG).await.unwrap();
        assert_eq!(ended.error.as_deref(), Some("States.Timeout"));
        assert_eq!(client.heartbeat_task("AQ==").await, Err(CompleteTaskError::InvalidToken));
    });
}

#[test]
fn a_task_of_an_unknown_activity_fails_its_execution() {
    with_engine(|engine, client| async move {
        create(&engine, TASK).await;
        let execution = start(&engine, &client, "e", "{}").await.unwrap();
        let ended = client.wait_for_end(&execution.arn, LONG).await.unwrap();
        assert_eq!(ended.error.as_deref(), Some("States.Runtime"));
        let unknown = client.poll_activity(&activity_arn(), None, LONG).await;
        assert_eq!(unknown.map(drop), Err(PollActivityError::DoesNotExist));
    });
}

#[test]
fn a_slow_expression_is_evaluated_beside_its_shard() {
    with_engine(|engine, client| async move {
        let slow = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$..a"},"ResultPath":"$.r","OutputPath":"$.r.x[0]","End":true}}}"#;
        create(&engine, slow).await;
        let many = vec![r#"{"a":1}"#; 20_000].join(",");
        let execution = start(&engine, &client, "e", &format!(r#"{{"items":[{many}]}}"#)).await.unwrap();
        assert_eq!(execution.status, ExecutionStatus::Running, "the shard did not wait for the expression");
        let ended = client.wait_for_end(&execution.arn, LONG).await.unwrap();
        assert_eq!(ended.output.unwrap().text(), "1");
    });
}

#[test]
fn deleting_a_machine_ends_its_executions_and_frees_the_name() {
    with_engine(|engine, client| async move {
        create(&engine, WAIT).await;
        let execution = start(&engine, &client, "e", "{}").await.unwrap();
        engine.delete_state_machine(&machine_arn()).await.unwrap();
        let ended = client.wait_for_end(&execution.arn, LONG).await.unwrap();
        assert_eq!(ended.status, ExecutionStatus::Aborted);
        while engine.state_machine(&machine_arn()).is_some() {
            tokio::task::yield_now().await;
        }
        create(&engine, WAIT).await;
        let list = ListExecutions {
            machine: machine_arn(),
            through: None,
            status: None,
            redriven: None,
            after: None,
            limit: 10,
        };
        let inherited = client.list_executions(list).await.unwrap().executions;
        assert!(inherited.is_empty(), "a new machine inherits nothing from one that had its name");
        start(&engine, &client, "e", "{}").await.unwrap();
    });
}

#[test]
fn an_activity_can_be_made_again_after_its_deletion_and_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let store: Arc<dyn Store> = Arc::new(DiskStore::open(directory.path(), Options::default()).unwrap());
        on_engine(store, Config::default(), |engine, _| async move {
            assert!(engine.activity(&activity_arn()).is_none(), "round {round}");
            engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
            let tag = Tag { key: "k".into(), value: "v".into() };
            engine.tag(&Taggable::Activity(activity_arn()), vec![tag]).await.unwrap();
            engine.delete_activity(&activity_arn()).await.unwrap();
        });
    }
}
