//! `GET history?execution=&after=&limit=`: the events of an execution after one of them, many at once.
//!
//! What GetExecutionHistory tells in pages of a thousand.

use super::query::Query;
use crate::api::Call;
use crate::domain::{Client, ExecutionArn, ReadError, ReadHistory};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::execution_of;
use crate::wire::json::Json;

/// LIMIT: events in one answer, and bytes of them after which it ends.
pub(super) const EVENTS_MAX: usize = 25_000;
const BYTES_MAX: usize = 16 << 20;

/// Events as JSON, joined by commas, and how it goes on.
pub(super) struct Part {
    pub(super) events: String,
    pub(super) last: Option<u64>,
    /// The type of the last event, which may be the end of the execution.
    pub(super) last_type: Option<&'static str>,
    pub(super) is_more: bool,
}

pub(super) async fn run(call: &Call<'_>, query: &Query) -> Result<Reply, ApiError> {
    let text = query.text("execution").unwrap_or_default();
    let execution = execution_of(&call.owner, text)?;
    let after = query.number("after", 0, u64::MAX)?.filter(|id| *id > 0);
    let limit = query.number("limit", 1, EVENTS_MAX)?.unwrap_or(EVENTS_MAX);
    let part = part_after(call.client, &execution, after, limit).await.map_err(|error| match error {
        ReadError::DoesNotExist => ApiError::ExecutionNotFound(text.to_owned()),
        ReadError::Unavailable => ApiError::Unavailable,
    })?;
    let mut json = Json::with_room(64 + part.events.len());
    json.raw_list("events", &part.events).raw("isMore", if part.is_more { "true" } else { "false" });
    Ok(Reply::json(json.finish()))
}

pub(super) async fn part_after(
    client: &Client,
    execution: &ExecutionArn,
    after: Option<u64>,
    limit: usize,
) -> Result<Part, ReadError> {
    let read = ReadHistory { after, limit, reverse: false };
    let page = client.history(execution, read).await?;
    let mut part =
        Part { events: String::new(), last: None, last_type: None, is_more: page.next_after.is_some() };
    for event in page.events {
        if part.events.len() > BYTES_MAX {
            part.is_more = true;
            break;
        }
        if !part.events.is_empty() {
            part.events.push(',');
        }
        part.events.push_str(&event.to_json(true).to_string());
        part.last = Some(event.id);
        part.last_type = Some(event.type_name);
    }
    Ok(part)
}
