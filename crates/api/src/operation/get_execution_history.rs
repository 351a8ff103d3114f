//! GetExecutionHistory: the events of an execution, page by page, in either direction.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::{HistoryPage, ReadHistory};
use crate::error::ApiError;
use crate::page_token::Listing;
use crate::reply::Reply;
use crate::wire::arn::execution_of;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Boolean, Integer, Text};
use crate::wire::page::page_size;
use crate::wire::read::read;

/// LIMIT: bytes of events after which a page ends early: a thousand events with payloads of 256 KiB
/// would be half a gigabyte. AWS's pages may be shorter than `maxResults` too.
const PAGE_BYTES_MAX: usize = 4 << 20;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    execution_arn: Option<Text<'a>>,
    max_results: Option<Integer>,
    reverse_order: Option<Boolean>,
    next_token: Option<Text<'a>>,
    include_execution_data: Option<Boolean>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("executionArn", &request.execution_arn, &limits::ARN);
    constraints.number("maxResults", request.max_results, &limits::PAGE_SIZE);
    let token = constraints.optional("nextToken", &request.next_token, &limits::PAGE_TOKEN);
    constraints.finish()?;

    let reverse = request.reverse_order.is_some_and(|reverse| reverse.0);
    let query = [arn, if reverse { "newest first" } else { "oldest first" }];
    let listing = Listing { owner: &call.owner, operation: "GetExecutionHistory", query: &query };
    let after = call.page_tokens.open_number(&listing, token, call.engine.now_ms())?;
    let include_data = request.include_execution_data.is_none_or(|include| include.0);
    let execution = execution_of(&call.owner, arn)?;
    let read = ReadHistory { after, limit: page_size(request.max_results), reverse };
    let part =
        call.client.history(&execution, read).await.map_err(|error| found::read_error(error, &execution))?;
    let page = Page::of(part, include_data);

    let next = call.page_tokens.issue_number(&listing, page.next_after, call.engine.now_ms());
    let mut json = Json::with_room(64 + page.events.len());
    json.raw_list("events", &page.events).optional("nextToken", next.as_deref());
    Ok(Reply::json(json.finish()))
}

struct Page {
    /// Events as JSON, joined by commas.
    events: String,
    next_after: Option<u64>,
}

impl Page {
    fn of(read: HistoryPage, include_data: bool) -> Page {
        let mut events = String::new();
        let mut last = None;
        for event in read.events {
            if events.len() > PAGE_BYTES_MAX {
                return Page { events, next_after: last };
            }
            if !events.is_empty() {
                events.push(',');
            }
            events.push_str(&event.to_json(include_data).to_string());
            last = Some(event.id);
        }
        Page { events, next_after: read.next_after }
    }
}
