//! `GET executions?machine=&status=&name=&error=&from=&until=&limit=&after=`: executions of all machines,
//! newest start first.
//!
//! Times are in milliseconds since 1970. A page may be shorter than asked for and still have a next one:
//! how much one page looks at is bounded in the engine.

use super::query::Query;
use crate::api::Call;
use crate::domain::{FoundExecution, SearchExecutions, StateMachineArn};
use crate::error::ApiError;
use crate::operation::list_executions::show_listed;
use crate::page_token::{Listing, listing_position, listing_position_bytes};
use crate::reply::Reply;
use crate::wire::json::Json;

/// LIMIT: executions on one page, as AWS has it.
const PAGE_MAX: usize = 1_000;
const PAGE_DEFAULT: usize = 50;
/// LIMIT: characters of a cause in a list; the whole is in the execution.
const CAUSE_CHARS_MAX: usize = 300;
/// What a token is bound to. Not to times: the last hour moves on from page to page.
const ASKED: [&str; 4] = ["machine", "status", "name", "error"];

pub(super) async fn run(call: &Call<'_>, query: &Query) -> Result<Reply, ApiError> {
    let machine: Option<StateMachineArn> = query.text("machine").map(str::parse).transpose()?;
    let asked = ASKED.map(|name| query.text(name).unwrap_or_default());
    let listing = Listing { owner: &call.owner, operation: "console/executions", query: &asked };
    let after = match query.text("after") {
        Some(token) => {
            Some(listing_position(&call.page_tokens.open(&listing, token, call.engine.now_ms())?)?)
        }
        None => None,
    };
    let search = SearchExecutions {
        machine,
        status: query.status("status")?,
        name: query.text("name").map(Into::into),
        error: query.text("error").map(Into::into),
        from_ms: query.number("from", 0, i64::MAX)?,
        until_ms: query.number("until", 0, i64::MAX)?,
        after,
        with_failures: true,
        ..SearchExecutions::all(
            call.owner.clone(),
            query.number("limit", 1, PAGE_MAX)?.unwrap_or(PAGE_DEFAULT),
        )
    };
    let page = call.client.search_executions(search).await?;
    let next = page.next.map(|position| {
        call.page_tokens.issue(&listing, &listing_position_bytes(position), call.engine.now_ms())
    });
    let mut json = Json::with_room(64 + page.executions.len() * 512);
    json.list("executions", &page.executions, show_found).optional("nextToken", next.as_deref());
    Ok(Reply::json(json.finish()))
}

pub(super) fn show_found(json: &mut Json, found: &FoundExecution) {
    show_listed(json, &found.listed);
    let cause: Option<String> =
        found.cause.as_ref().map(|cause| cause.chars().take(CAUSE_CHARS_MAX).collect());
    json.optional("error", found.error.as_deref()).optional("cause", cause.as_deref());
}
