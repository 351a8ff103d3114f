//! `GET events?execution=&after=` and `GET events`: server-sent events, with resume by `Last-Event-ID`.
//!
//! Of one execution: its history from the event after `after` on, an `end`, and then the stream is over.
//! Without an execution: `changed` whenever a list of machines, executions or activities would read
//! otherwise than before; what it reads is asked for with the ordinary calls.
//!
//! The server looks at what is durable, at a pace that takes a small part of a thread, and only while
//! somebody listens. The engine's own paths know nothing of it.
//! INVARIANT: an id is told with everything up to it, so who resumes after it misses nothing.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::history::{EVENTS_MAX, part_after};
use super::query::Query;
use crate::api::Call;
use crate::domain::{Client, Engine, ExecutionArn, ExecutionStatus, Owner, ReadError, SearchExecutions};
use crate::error::ApiError;
use crate::reply::ReplyBody;
use crate::server::Stopping;
use crate::wire::arn::execution_of;

/// LIMIT: streams of one HTTP thread.
const PLACES: usize = 64;
/// LIMIT: pieces that wait for a slow reader; then the server looks no further.
const AHEAD: usize = 4;
/// Rows at the head of the lists that are watched.
const WATCHED: usize = 200;
/// Between two looks, after news and when it is quiet: what somebody watches at work, and the lists.
const PACE_OF_EXECUTION: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(200)];
const PACE_OF_LISTS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// A look may take one part in this many of the time.
const SHARE: u32 = 10;
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What a browser waits before it asks again.
const OPENING: &str = "retry: 1000\n\n";

/// Room for those who listen.
#[derive(Clone, Default)]
pub(crate) struct Places(Rc<Cell<usize>>);

struct Place(Places);

impl Places {
    fn take(&self) -> Result<Place, ApiError> {
        if self.0.get() == PLACES {
            return Err(ApiError::Throttled);
        }
        self.0.set(self.0.get() + 1);
        Ok(Place(self.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = &self.0.0;
        taken.set(taken.get() - 1);
    }
}

pub(super) async fn run(call: &Call<'_>, query: &Query, places: &Places) -> Result<ReplyBody, ApiError> {
    let place = places.take()?;
    let resumed = call.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let mut subject = match query.text("execution") {
        Some(arn) => {
            let resumed = resumed.and_then(|id| id.parse().ok());
            let after = resumed.or(query.number("after", 0, u64::MAX)?).filter(|id| *id > 0);
            Subject::execution(call, arn, after).await?
        }
        None => Subject::Lists {
            engine: call.engine.clone(),
            client: call.client.clone(),
            owner: call.owner.clone(),
            seen: resumed.and_then(|id| u64::from_str_radix(id, 16).ok()),
        },
    };
    // What is refused is refused with a status, which a stream that has begun cannot give.
    let first = subject.look().await?;
    let (tell, told) = mpsc::channel(AHEAD);
    tokio::task::spawn_local(watch(subject, first, tell, call.stopping.clone(), place));
    Ok(ReplyBody::Stream(told))
}

/// Looks and tells until it is over, nobody listens, or the server ends.
async fn watch(
    mut subject: Subject,
    first: Look,
    tell: mpsc::Sender<Bytes>,
    stopping: Stopping,
    _place: Place,
) {
    let telling = async {
        let mut look = Look { told: format!("{OPENING}{}", first.told), ..first };
        let [shortest, longest] = subject.pace();
        let (mut pace, mut told_at) = (shortest, Instant::now());
        loop {
            let is_news = !look.told.is_empty();
            if !is_news && told_at.elapsed() >= HEARTBEAT {
                look.told.push_str(": still here\n\n");
            }
            if !look.told.is_empty() {
                told_at = Instant::now();
                if tell.send(Bytes::from(look.told)).await.is_err() {
                    return;
                }
            }
            match look.then {
                Then::Over => return,
                Then::More => {}
                Then::Wait => tokio::time::sleep(pace).await,
            }
            let begun = Instant::now();
            // What cannot be read now may be in a second: the browser asks again.
            let Ok(next) = subject.look().await else { return };
            look = next;
            let wanted = if is_news { shortest } else { (pace * 2).min(longest) };
            pace = wanted.max(begun.elapsed() * SHARE);
        }
    };
    tokio::select! {
        () = telling => {}
        () = tell.closed() => {}
        () = stopping.begun() => {}
    }
}

/// What a look found, and what follows.
struct Look {
    /// Messages, or nothing.
    told: String,
    then: Then,
}

enum Then {
    Wait,
    More,
    Over,
}

enum Subject {
    Execution {
        client: Client,
        arn: ExecutionArn,
        /// The last event that was told.
        after: Option<u64>,
        /// Its end is told already, or will not come as an event.
        has_ended: bool,
    },
    Lists {
        engine: Engine,
        client: Client,
        owner: Owner,
        seen: Option<u64>,
    },
}

impl Subject {
    async fn execution(call: &Call<'_>, text: &str, after: Option<u64>) -> Result<Subject, ApiError> {
        let arn = execution_of(&call.owner, text)?;
        let execution = call.client.describe_execution(&arn).await.map_err(|error| match error {
            ReadError::DoesNotExist => ApiError::ExecutionNotFound(text.to_owned()),
            ReadError::Unavailable => ApiError::Unavailable,
        })?;
        let has_ended = execution.status != ExecutionStatus::Running;
        Ok(Subject::Execution { client: call.client.clone(), arn, after, has_ended })
    }

    fn pace(&self) -> [Duration; 2] {
        match self {
            Subject::Execution { .. } => PACE_OF_EXECUTION,
            Subject::Lists { .. } => PACE_OF_LISTS,
        }
    }

    async fn look(&mut self) -> Result<Look, ApiError> {
        match self {
            Subject::Execution { client, arn, after, has_ended } => {
                let part =
                    part_after(client, arn, *after, EVENTS_MAX).await.map_err(|_| ApiError::Unavailable)?;
                *after = part.last.or(*after);
                // One that has ended may have been redriven meanwhile.
                *has_ended = part.last_type.map_or(*has_ended, is_end);
                let id = after.unwrap_or_default().to_string();
                let mut told = String::new();
                if !part.events.is_empty() {
                    told = message(&id, "history", &format!("[{}]", part.events));
                }
                let then = match (part.is_more, *has_ended) {
                    (true, _) => Then::More,
                    (false, true) => Then::Over,
                    (false, false) => Then::Wait,
                };
                if matches!(then, Then::Over) {
                    told.push_str(&message(&id, "end", "{}"));
                }
                Ok(Look { told, then })
            }
            Subject::Lists { engine, client, owner, seen } => {
                let now = fingerprint(engine, client, owner).await?;
                let told = match seen.replace(now) {
                    Some(before) if before == now => String::new(),
                    _ => message(&format!("{now:016x}"), "changed", "{}"),
                };
                Ok(Look { told, then: Then::Wait })
            }
        }
    }
}

fn message(id: &str, name: &str, data: &str) -> String {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n")
}

fn is_end(type_name: &str) -> bool {
    matches!(type_name, "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted")
}

/// A number that changes when a list does: machines and activities as a whole, executions at its head.
async fn fingerprint(engine: &Engine, client: &Client, owner: &Owner) -> Result<u64, ApiError> {
    let mut hasher = DefaultHasher::new();
    for machine in engine.state_machines(owner) {
        let counts = (machine.versions.len(), machine.aliases.len(), machine.tags.len());
        (machine.uid, machine.current.number, machine.deleting, counts).hash(&mut hasher);
    }
    for activity in engine.activities(owner) {
        (activity.arn.to_string(), activity.created_ms).hash(&mut hasher);
    }
    let newest = SearchExecutions::all(owner.clone(), WATCHED);
    let running = SearchExecutions { status: Some(ExecutionStatus::Running), ..newest.clone() };
    for search in [newest, running] {
        for found in client.search_executions(search).await?.executions {
            let row = found.listed;
            (&row.state_machine_arn.name, &row.arn.name, row.started_ms, row.stopped_ms).hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}
