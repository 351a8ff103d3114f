//! ListStateMachines: the machines of the caller's account and region, in the order of their names.

use serde::Deserialize;

use super::describe_state_machine::type_text;
use crate::api::Call;
use crate::error::ApiError;
use crate::page_token::Listing;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Integer, Text};
use crate::wire::page::{page_by_name, page_size};
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    max_results: Option<Integer>,
    next_token: Option<Text<'a>>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    constraints.number("maxResults", request.max_results, &limits::PAGE_SIZE);
    let token = constraints.optional("nextToken", &request.next_token, &limits::PAGE_TOKEN);
    constraints.finish()?;

    let listing = Listing { owner: &call.owner, operation: "ListStateMachines", query: &[] };
    let after = call.page_tokens.open_name(&listing, token, call.engine.now_ms())?;
    let machines = call.engine.state_machines(&call.owner);
    let size = page_size(request.max_results);
    let page = page_by_name(machines, |entry| &*entry.arn.name, after.as_deref(), size);

    let mut json = Json::with_room(64 + page.entries.len() * 256);
    json.list("stateMachines", &page.entries, |json, entry| {
        json.arn("stateMachineArn", &entry.arn)
            .string("name", &entry.arn.name)
            .string("type", type_text(entry.current.machine_type))
            .timestamp("creationDate", entry.created_ms);
    });
    let next =
        page.next_after.map(|name| call.page_tokens.issue(&listing, name.as_bytes(), call.engine.now_ms()));
    json.optional("nextToken", next.as_deref());
    Ok(Reply::json(json.finish()))
}
