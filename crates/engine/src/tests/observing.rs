//! What an observer is told.

use std::sync::Mutex;

use execution::{AttemptTime, Event, Until};

use super::*;
use crate::{Happened, Identity, Observer, Tally, TaskCount};

#[derive(Default)]
struct Heard {
    is_deaf: bool,
    told: Mutex<Vec<Happened>>,
    counted: Mutex<Vec<Tally>>,
}

impl Observer for Heard {
    fn listens_to(&self, _: &Identity) -> bool {
        !self.is_deaf
    }

    fn counted(&self, tally: &Tally) {
        self.counted.lock().unwrap().push(tally.clone());
    }

    fn committed(&self, happened: Box<Happened>) {
        self.told.lock().unwrap().push(*happened);
    }
}

/// Runs a test on an engine that is observed, and gives what was told and counted by its end.
fn heard<F: Future<Output = ()>>(
    is_deaf: bool,
    test: impl FnOnce(Engine, Client) -> F,
) -> (Vec<Happened>, Vec<Tally>) {
    let heard = Arc::new(Heard { is_deaf, ..Heard::default() });
    let config = Config { observer: Some(Arc::clone(&heard) as Arc<dyn Observer>), ..Config::default() };
    on_engine(Arc::new(MemoryStore::default()), config, test);
    let told = std::mem::take(&mut *heard.told.lock().unwrap());
    (told, std::mem::take(&mut *heard.counted.lock().unwrap()))
}

fn observed<F: Future<Output = ()>>(test: impl FnOnce(Engine, Client) -> F) -> Vec<Happened> {
    heard(false, test).0
}

/// Starts an execution whose task a worker does.
async fn one_task(engine: Engine, client: Client) {
    create(&engine, TASK).await;
    engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
    start(&engine, &client, "e", "7").await.unwrap();
    let task = client.poll_activity(&activity_arn(), None, LONG).await.unwrap().unwrap();
    let output = Document::parse("8").unwrap();
    client.complete_task(&task.token, TaskResult::Succeeded(output)).await.unwrap();
}

#[test]
fn what_is_told_is_the_history_with_what_older_commits_brought() {
    let history = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&history);
    let told = observed(|engine, client| async move {
        create(&engine, TASK).await;
        engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
        let started = start(&engine, &client, "e", "7").await.unwrap();
        let task = client.poll_activity(&activity_arn(), None, LONG).await.unwrap().unwrap();
        let output = Document::parse("8").unwrap();
        client.complete_task(&task.token, TaskResult::Succeeded(output)).await.unwrap();
        let all = ReadHistory { after: None, limit: 100, reverse: false };
        *kept.lock().unwrap() = client.history(&started.arn, all).await.unwrap().events;
    });
    let events: Vec<String> = told
        .iter()
        .flat_map(|happened| happened.recorded.events())
        .map(|event| event.to_json(true).to_string())
        .collect();
    let expected: Vec<String> =
        history.lock().unwrap().iter().map(|event| event.to_json(true).to_string()).collect();
    assert_eq!(events, expected);
    assert_eq!(events.len(), 7);
}

#[test]
fn start_and_end_are_told_with_the_commit_that_recorded_them() {
    let told = observed(one_task);
    let [begun, _, over] = &told[..] else { panic!("three commits: {}", told.len()) };
    assert!(matches!(begun.recorded.records().next(), Some(Event::ExecutionStarted { .. })));
    assert!(begun.ended.is_none());
    assert_eq!((begun.input.text(), &*begun.origin.name), ("7", "e"));
    let ended = over.ended.as_ref().unwrap();
    assert_eq!(ended.status, ExecutionStatus::Succeeded);
    assert_eq!(ended.output.as_ref().unwrap().text(), "8");
}

#[test]
fn commits_are_counted_for_one_who_does_not_listen() {
    let (told, counted) = heard(true, one_task);
    assert!(told.is_empty());
    let sum = |of: fn(&Tally) -> u64| counted.iter().map(of).sum::<u64>();
    assert_eq!((sum(|tally| tally.started), sum(|tally| tally.transitions)), (1, 1));
    let ended: Vec<_> = counted.iter().flat_map(|tally| &tally.ended).map(|end| end.status).collect();
    assert_eq!(ended, [ExecutionStatus::Succeeded]);
    let tasks: Vec<_> = counted.iter().flat_map(|tally| &tally.tasks).map(|(_, counted)| *counted).collect();
    assert_eq!(tasks, [TaskCount::Scheduled, TaskCount::Started, TaskCount::Succeeded]);
    let known =
        |time: &AttemptTime| (time.until, time.since_scheduled_ms.is_some(), time.since_started_ms.is_some());
    let times: Vec<_> = counted.iter().flat_map(|tally| &tally.times).map(known).collect();
    assert_eq!(times, [(Until::Started, true, false), (Until::Ended, true, true)]);
}

#[test]
fn nothing_is_told_or_counted_of_a_start_that_was_refused() {
    let (told, counted) = heard(false, |engine, client| async move {
        create(&engine, PASS).await;
        start(&engine, &client, "e", "1").await.unwrap();
        start(&engine, &client, "e", "2").await.unwrap_err();
    });
    assert_eq!(told.len(), 1);
    assert_eq!(counted.iter().map(|tally| tally.started).sum::<u64>(), 1);
}
