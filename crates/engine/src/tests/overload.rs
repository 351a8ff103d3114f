//! What is refused when too much is under way, and what never is.

use std::pin::{Pin, pin};
use std::task::Poll;

use execution::Status;

use super::*;
use crate::{ListError, StopExecutionError};

/// Commands under way that a shard always lets in.
const LEAST: usize = 256;

type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Asks everything before any answer can come, in this order.
async fn all<T>(mut asked: Vec<Asked<'_, T>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = asked.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (one, answer) in asked.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(ready) = one.as_mut().poll(context) {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// Lets it begin, and no more.
async fn begin<T>(asked: &mut Pin<&mut impl Future<Output = T>>) {
    std::future::poll_fn(|context| {
        assert!(asked.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Lets the one shard of an engine look as if its commits took long.
fn slow_down(engine: &Engine) {
    let admission = &engine.shared.admissions.shards[0];
    for second in 0..300 {
        let submitted = admission.submitted(1, second * 1_000, 0);
        admission.committed(submitted, (second + 1) * 1_000);
    }
    assert_eq!(admission.bound(), LEAST);
}

fn with_slow_engine<F: Future<Output = ()>>(test: impl FnOnce(Engine, Client) -> F) {
    on_engine(Arc::new(MemoryStore::default()), Config::default(), |engine, client| async move {
        create(&engine, TASK).await;
        engine.create_activity(activity_arn(), None, Vec::new()).await.unwrap();
        slow_down(&engine);
        test(engine, client).await;
    });
}

fn list() -> ListExecutions {
    ListExecutions {
        machine: machine_arn(),
        through: None,
        status: None,
        redriven: None,
        after: None,
        limit: 10,
    }
}

/// What became of so many starts at once.
async fn start_many(
    engine: &Engine,
    client: &Client,
    names: &[String],
) -> Vec<Result<(), StartExecutionError>> {
    let asked = names
        .iter()
        .map(|name| -> Asked<'_, _> { Box::pin(async { start(engine, client, name, "1").await.map(drop) }) });
    all(asked.collect()).await
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

#[test]
fn starts_beyond_the_bound_are_throttled_and_counted() {
    with_slow_engine(|engine, client| async move {
        let outcomes = start_many(&engine, &client, &names(LEAST + 44)).await;
        let throttled = outcomes.iter().filter(|outcome| **outcome == Err(StartExecutionError::Throttled));
        assert_eq!(throttled.count(), 44);
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), LEAST);
        assert_eq!(engine.statistics(0).refused.starts, 44);
        start(&engine, &client, "later", "1").await.unwrap();
    });
}

#[test]
fn lists_are_throttled_before_starts() {
    with_slow_engine(|engine, client| async move {
        let names = names(LEAST / 2);
        let mut starting = pin!(start_many(&engine, &client, &names));
        begin(&mut starting).await;
        assert_eq!(client.list_executions(list()).await.unwrap_err(), ListError::Throttled);
        assert!(starting.await.iter().all(Result::is_ok));
        assert_eq!(client.list_executions(list()).await.unwrap().executions.len(), 10);
        assert_eq!(engine.statistics(0).refused.lists, 1);
    });
}

#[test]
fn completions_heartbeats_and_stops_are_never_throttled() {
    with_slow_engine(|engine, client| async move {
        let names = names(LEAST);
        let started = start_many(&engine, &client, &names).await;
        assert!(started.iter().all(Result::is_ok));
        let mut tokens = Vec::new();
        while tokens.len() < LEAST {
            tokens.push(client.poll_activity(&activity_arn(), None, LONG).await.unwrap().unwrap().token);
        }
        // Three times what would be let in, and every one of them is answered.
        let heartbeats = tokens.iter().map(|token| -> Asked<'_, bool> {
            Box::pin(async { client.heartbeat_task(token).await.is_ok() })
        });
        let stops = names.iter().map(|_| -> Asked<'_, bool> {
            let nobody: ExecutionArn =
                "arn:aws:states:us-east-1:000000000000:execution:m:nobody".parse().unwrap();
            let client = &client;
            Box::pin(async move {
                client.stop_execution(&nobody, None, None).await == Err(StopExecutionError::DoesNotExist)
            })
        });
        let completions = tokens.iter().map(|token| -> Asked<'_, bool> {
            let output = Document::parse("8").unwrap();
            Box::pin(async { client.complete_task(token, TaskResult::Succeeded(output)).await.is_ok() })
        });
        let answers = all(heartbeats.chain(completions).chain(stops).collect()).await;
        assert_eq!(answers.len(), 3 * LEAST);
        assert!(answers.iter().all(|is_answered| *is_answered));
        let first = execution_arn("n0");
        assert_eq!(client.wait_for_end(&first, LONG).await.unwrap().status, Status::Succeeded);
    });
}

#[test]
fn polls_are_throttled_only_when_completions_alone_are_too_many() {
    with_slow_engine(|engine, client| async move {
        let names = names(2 * LEAST);
        for half in names.chunks(LEAST) {
            assert!(start_many(&engine, &client, half).await.iter().all(Result::is_ok));
        }
        let mut tokens = Vec::new();
        while tokens.len() < 2 * LEAST {
            tokens.push(client.poll_activity(&activity_arn(), None, LONG).await.unwrap().unwrap().token);
        }
        let poll_beside = async |beside: usize| {
            slow_down(&engine);
            let heartbeats = tokens.iter().take(beside).map(|token| -> Asked<'_, _> {
                Box::pin(async { client.heartbeat_task(token).await.is_ok() })
            });
            let mut heartbeats = pin!(all(heartbeats.collect()));
            begin(&mut heartbeats).await;
            client
                .poll_activity(&activity_arn(), None, Duration::ZERO)
                .await
                .map(|task| assert!(task.is_none()))
        };
        assert_eq!(poll_beside(2 * LEAST - 1).await, Ok(()));
        assert_eq!(poll_beside(2 * LEAST).await, Err(PollActivityError::Throttled));
        assert_eq!(engine.statistics(0).refused.polls, 1);
    });
}

#[test]
fn waiting_for_an_end_counts_for_nothing() {
    with_slow_engine(|engine, client| async move {
        start(&engine, &client, "e", "1").await.unwrap();
        let arn = execution_arn("e");
        let waiting = (0..LEAST).map(|_| -> Asked<'_, _> { Box::pin(client.wait_for_end(&arn, LONG)) });
        let mut waiting = pin!(all(waiting.collect()));
        begin(&mut waiting).await;
        start(&engine, &client, "other", "1").await.unwrap();
        client.stop_execution(&arn, None, None).await.unwrap();
        assert_eq!(waiting.await.len(), LEAST);
    });
}

#[test]
fn each_asking_thread_has_its_share_of_the_bound() {
    with_slow_engine(|engine, client| async move {
        let (second, third, fourth) = (engine.client(), engine.client(), engine.client());
        let outcomes = start_many(&engine, &client, &names(LEAST)).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), LEAST / 4);
        drop((second, third, fourth));
    });
}

fn execution_arn(name: &str) -> ExecutionArn {
    format!("arn:aws:states:us-east-1:000000000000:execution:m:{name}").parse().unwrap()
}
