//! What is gone some time after its end, and what is not.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use execution::Status;
use store_disk::DiskStore;

use super::*;
use crate::quotas::Quotas;
use crate::{ReadError, SearchExecutions};

/// A clock that is set by hand, and that nobody may wait for.
struct SetClock(AtomicI64);

impl crate::Clock for SetClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

const NOW_MS: i64 = 1_700_000_000_000;

fn config(clock: &Arc<SetClock>) -> Config {
    let quotas = Quotas { retention: Duration::from_secs(2), ..Quotas::default() };
    Config { shards: 2, clock: clock.clone(), quotas, ..Config::default() }
}

async fn is_there(client: &Client, started: &StartedExecution) -> bool {
    match client.describe_execution(&started.arn).await {
        Ok(_) => true,
        Err(ReadError::DoesNotExist) => false,
        Err(ReadError::Unavailable) => panic!("the store can be read"),
    }
}

/// Expiry takes its turns by itself; waits until it has taken this execution.
async fn wait_until_gone(client: &Client, started: &StartedExecution) {
    while is_there(client, started).await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn names_listed(client: &Client) -> Vec<String> {
    let list = ListExecutions {
        machine: machine_arn(),
        through: None,
        status: None,
        redriven: None,
        after: None,
        limit: 100,
    };
    let page = client.list_executions(list).await.unwrap();
    page.executions.iter().map(|row| row.arn.name.to_string()).collect()
}

#[test]
fn an_execution_is_gone_when_its_retention_is_over_and_its_name_is_free() {
    let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
    on_engine(Arc::new(MemoryStore::default()), config(&clock), |engine, client| async move {
        create(&engine, PASS).await;
        let early = start(&engine, &client, "early", "1").await.unwrap();
        clock.0.fetch_add(1_000, Ordering::Relaxed);
        let late = start(&engine, &client, "late", "1").await.unwrap();
        let again = start(&engine, &client, "early", "2").await;
        assert!(matches!(again, Err(StartExecutionError::AlreadyExists(_))));
        clock.0.fetch_add(1_001, Ordering::Relaxed);
        wait_until_gone(&client, &early).await;
        assert!(is_there(&client, &late).await);
        let read = ReadHistory { after: None, limit: 10, reverse: false };
        assert_eq!(client.history(&early.arn, read).await.err(), Some(ReadError::DoesNotExist));
        assert_eq!(names_listed(&client).await, ["late"]);
        let all = SearchExecutions::all(machine_arn().owner, 10);
        assert_eq!(client.search_executions(all).await.unwrap().executions.len(), 1);
        let again = start(&engine, &client, "early", "2").await.unwrap();
        assert_eq!(again.status, Status::Succeeded);
        assert_eq!(client.describe_execution(&again.arn).await.unwrap().input.text(), "2");
        assert_eq!(names_listed(&client).await, ["early", "late"]);
    });
}

#[test]
fn an_open_execution_is_kept_however_old_it_is() {
    let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
    on_engine(Arc::new(MemoryStore::default()), config(&clock), |engine, client| async move {
        create(&engine, TASK).await;
        engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
        let waits = start(&engine, &client, "waits", "1").await.unwrap();
        let stopped = start(&engine, &client, "stopped", "1").await.unwrap();
        client.stop_execution(&stopped.arn, None, None).await.unwrap();
        clock.0.fetch_add(90_000_000, Ordering::Relaxed);
        wait_until_gone(&client, &stopped).await;
        assert_eq!(client.describe_execution(&waits.arn).await.unwrap().status, Status::Running);
    });
}

/// Between two starts of the engine the clock was set back, then far ahead.
#[test]
fn retention_goes_by_the_clock_across_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock(AtomicI64::new(NOW_MS)));
    let open = || Arc::new(DiskStore::open(directory.path(), Options::default()).unwrap());
    let started = Arc::new(std::sync::Mutex::new(Vec::new()));
    for (moved_ms, is_kept) in [(0, true), (-500_000_000, true), (0, true), (500_000_000 + 2_001, false)] {
        clock.0.fetch_add(moved_ms, Ordering::Relaxed);
        let (clock, started) = (Arc::clone(&clock), Arc::clone(&started));
        on_engine(open(), config(&clock), |engine, client| async move {
            if engine.state_machine(&machine_arn()).is_none() {
                create(&engine, PASS).await;
            }
            let name = format!("n{}", started.lock().unwrap().len());
            let marker = start(&engine, &client, &name, "1").await.unwrap();
            let before = started.lock().unwrap().clone();
            for execution in &before {
                if is_kept {
                    assert!(is_there(&client, execution).await);
                } else {
                    wait_until_gone(&client, execution).await;
                }
            }
            assert!(is_there(&client, &marker).await);
            started.lock().unwrap().push(marker);
        });
    }
}

#[test]
fn starts_of_express_executions_are_forgotten_when_their_end_is_marked() {
    let store = Arc::new(MemoryStore::default());
    let clock = Arc::new(crate::SystemClock::default());
    let quotas = Quotas { retention: Duration::from_secs(1), ..Quotas::default() };
    let config = Config { clock, quotas, ..Config::default() };
    let kept = Arc::clone(&store);
    on_engine(store, config, |engine, client| async move {
        create_typed(&engine, PASS, MachineType::Express).await;
        let started = start(&engine, &client, "e", "1").await.unwrap();
        let machine = engine.state_machine(&machine_arn()).unwrap().uid;
        let rows =
            || crate::block_on::block_on(kept.list(machine, store::ListingFilter::All, None, 9)).unwrap();
        while !rows().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(is_there(&client, &started).await, "it is read from memory");
    });
}
