//! What an observer is told.

use std::sync::Mutex;

use execution::{AttemptTime, Event, Until};

use super::*;
use crate::{Happened, Observer};

#[derive(Default)]
struct Heard(Mutex<Vec<Happened>>);

impl Observer for Heard {
    fn committed(&self, happened: Box<Happened>) {
        self.0.lock().unwrap().push(*happened);
    }
}

/// Runs a test on an engine that is observed, and gives what was told by its end.
fn observed<F: Future<Output = ()>>(test: impl FnOnce(Engine, Client) -> F) -> Vec<Happened> {
    let heard = Arc::new(Heard::default());
    let config = Config { observer: Some(Arc::clone(&heard) as Arc<dyn Observer>), ..Config::default() };
    on_engine(Arc::new(MemoryStore::default()), config, test);
    std::mem::take(&mut *heard.0.lock().unwrap())
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
fn start_end_and_times_of_attempts_are_told_with_the_commit_that_recorded_them() {
    let told = observed(|engine, client| async move {
        create(&engine, TASK).await;
        engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
        start(&engine, &client, "e", "7").await.unwrap();
        let task = client.poll_activity(&activity_arn(), None, LONG).await.unwrap().unwrap();
        let output = Document::parse("8").unwrap();
        client.complete_task(&task.token, TaskResult::Succeeded(output)).await.unwrap();
    });
    let [begun, handed_over, over] = &told[..] else { panic!("three commits: {}", told.len()) };
    assert!(matches!(begun.recorded.records().next(), Some(Event::ExecutionStarted { .. })));
    assert!(begun.ended.is_none() && begun.times.is_empty());
    assert_eq!((begun.input.text(), &*begun.origin.name), ("7", "e"));
    let times = |happened: &Happened| {
        let known = |time: &AttemptTime| {
            (time.until, time.since_scheduled_ms.is_some(), time.since_started_ms.is_some())
        };
        happened.times.iter().map(known).collect::<Vec<_>>()
    };
    assert_eq!(times(handed_over), [(Until::Started, true, false)]);
    assert_eq!(times(over), [(Until::Ended, true, true)]);
    let ended = over.ended.as_ref().unwrap();
    assert_eq!(ended.status, ExecutionStatus::Succeeded);
    assert_eq!(ended.output.as_ref().unwrap().text(), "8");
}

#[test]
fn nothing_is_told_of_a_start_that_was_refused() {
    let told = observed(|engine, client| async move {
        create(&engine, PASS).await;
        start(&engine, &client, "e", "1").await.unwrap();
        start(&engine, &client, "e", "2").await.unwrap_err();
    });
    assert_eq!(told.len(), 1);
}
