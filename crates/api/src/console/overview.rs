//! `GET overview?hours=`: what was started and what failed in the last hours, by time and by machine; what
//! runs now; the newest failures.
//!
//! LIMIT: a window is counted over at most `COUNTED_MAX` executions, newest first; `isWhole` says whether
//! that was all of it.

use std::collections::BTreeMap;

use super::executions::show_found;
use super::query::Query;
use crate::api::Call;
use crate::domain::{ExecutionStatus, FoundExecution, ListedExecution, SearchExecutions};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::json::Json;

const HOURS_MAX: i64 = 7 * 24;
const HOURS_DEFAULT: i64 = 24;
const HOUR_MS: i64 = 3_600 * 1_000;
/// Bars that a window is divided into.
const BUCKETS: usize = 48;
/// LIMIT: executions that are counted.
const COUNTED_MAX: usize = 20_000;
/// LIMIT: executions that are read from the store at once.
const CHUNK: usize = 1_000;
/// LIMIT: running executions that are counted; beyond it is "more".
const RUNNING_MAX: usize = 1_000;
const FAILURES_SHOWN: usize = 8;
/// Executions of each machine whose statuses are told, newest first.
const RECENT: usize = 16;

#[derive(Clone, Copy, Default)]
struct Bucket {
    started: i64,
    failed: i64,
}

#[derive(Default)]
struct OfMachine {
    started: i64,
    failed: i64,
    running: i64,
    recent: Vec<&'static str>,
}

struct Window {
    from_ms: i64,
    bucket_ms: i64,
    buckets: [Bucket; BUCKETS],
    machines: BTreeMap<String, OfMachine>,
    is_whole: bool,
}

pub(super) async fn run(call: &Call<'_>, query: &Query) -> Result<Reply, ApiError> {
    let hours = query.number("hours", 1, HOURS_MAX)?.unwrap_or(HOURS_DEFAULT);
    let now_ms = call.engine.now_ms();
    let window = counted(call, now_ms - hours * HOUR_MS, hours * HOUR_MS / BUCKETS as i64).await?;
    let running = SearchExecutions {
        status: Some(ExecutionStatus::Running),
        ..SearchExecutions::all(call.owner.clone(), RUNNING_MAX)
    };
    let running = call.client.search_executions(running).await?;
    let failures = newest_failures(call, window.from_ms).await?;

    let mut json = Json::with_room(8 << 10);
    json.timestamp("fromDate", window.from_ms)
        .timestamp("untilDate", now_ms)
        .number("bucketSeconds", window.bucket_ms / 1_000)
        .raw("isWhole", if window.is_whole { "true" } else { "false" })
        .number("machineCount", call.engine.state_machines(&call.owner).len() as i64)
        .number("activityCount", call.engine.activities(&call.owner).len() as i64)
        .number("running", running.executions.len() as i64)
        .raw("runningIsMore", if running.next.is_some() { "true" } else { "false" })
        .list("buckets", &window.buckets, |json, bucket| {
            json.number("started", bucket.started).number("failed", bucket.failed);
        })
        .list("machines", &window.machines, |json, (arn, of)| {
            json.string("stateMachineArn", arn)
                .number("started", of.started)
                .number("failed", of.failed)
                .number("running", of.running)
                .strings("recent", of.recent.iter().copied());
        })
        .list("failures", &failures, show_found);
    Ok(Reply::json(json.finish()))
}

async fn counted(call: &Call<'_>, from_ms: i64, bucket_ms: i64) -> Result<Window, ApiError> {
    let mut window = Window {
        from_ms,
        bucket_ms,
        buckets: [Bucket::default(); BUCKETS],
        machines: BTreeMap::new(),
        is_whole: true,
    };
    let (mut after, mut count) = (None, 0);
    loop {
        let search = SearchExecutions {
            from_ms: Some(from_ms),
            after,
            ..SearchExecutions::all(call.owner.clone(), CHUNK)
        };
        let page = call.client.search_executions(search).await?;
        count += page.executions.len();
        for found in &page.executions {
            window.count(&found.listed);
        }
        after = page.next;
        window.is_whole = after.is_none();
        if window.is_whole || count >= COUNTED_MAX {
            return Ok(window);
        }
    }
}

impl Window {
    fn count(&mut self, execution: &ListedExecution) {
        let (is_failed, is_running) = match execution.status {
            ExecutionStatus::Failed | ExecutionStatus::TimedOut => (true, false),
            ExecutionStatus::Running => (false, true),
            ExecutionStatus::Succeeded | ExecutionStatus::Aborted => (false, false),
        };
        let place = (execution.started_ms - self.from_ms) / self.bucket_ms;
        // What is started while this is read belongs to the last bucket.
        let place = usize::try_from(place).unwrap_or(0).min(BUCKETS - 1);
        let bucket = &mut self.buckets[place];
        bucket.started += 1;
        bucket.failed += i64::from(is_failed);
        let machine = self.machines.entry(execution.state_machine_arn.to_string()).or_default();
        machine.started += 1;
        machine.failed += i64::from(is_failed);
        machine.running += i64::from(is_running);
        if machine.recent.len() < RECENT {
            machine.recent.push(execution.status.as_str());
        }
    }
}

async fn newest_failures(call: &Call<'_>, from_ms: i64) -> Result<Vec<FoundExecution>, ApiError> {
    let mut failures = Vec::new();
    for status in [ExecutionStatus::Failed, ExecutionStatus::TimedOut] {
        let search = SearchExecutions {
            status: Some(status),
            from_ms: Some(from_ms),
            with_failures: true,
            ..SearchExecutions::all(call.owner.clone(), FAILURES_SHOWN)
        };
        failures.extend(call.client.search_executions(search).await?.executions);
    }
    failures.sort_by_key(|found| std::cmp::Reverse(found.listed.started_ms));
    failures.truncate(FAILURES_SHOWN);
    Ok(failures)
}
