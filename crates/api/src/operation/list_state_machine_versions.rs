//! ListStateMachineVersions: the versions of a machine, newest first.

use serde::Deserialize;

use crate::api::Call;
use crate::domain::StateMachineArn;
use crate::error::ApiError;
use crate::page_token::Listing;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Integer, Text};
use crate::wire::page::{page_by_number, page_size};
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
    next_token: Option<Text<'a>>,
    max_results: Option<Integer>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    let token = constraints.optional("nextToken", &request.next_token, &limits::PAGE_TOKEN);
    constraints.number("maxResults", request.max_results, &limits::PAGE_SIZE);
    constraints.finish()?;

    let machine: StateMachineArn = arn.parse()?;
    let query = [arn];
    let listing = Listing { owner: &call.owner, operation: "ListStateMachineVersions", query: &query };
    let after = call.page_tokens.open_number(&listing, token, call.engine.now_ms())?;
    // A machine that does not exist has no versions: AWS knows no other answer here.
    let versions = Some(machine)
        .filter(|machine| machine.owner == call.owner)
        .and_then(|machine| call.engine.state_machine(&machine))
        .map(|entry| entry.versions.clone())
        .unwrap_or_default();
    let newest_first =
        versions.iter().rev().filter(|version| after.is_none_or(|after| version.number < after));
    let page = page_by_number(newest_first, |version| version.number, page_size(request.max_results));

    let mut json = Json::with_room(64 + page.entries.len() * 160);
    json.list("stateMachineVersions", page.entries, |json, version| {
        json.arn("stateMachineVersionArn", &version.arn()).timestamp("creationDate", version.created_ms);
    });
    let next = call.page_tokens.issue_number(&listing, page.next_after, call.engine.now_ms());
    json.optional("nextToken", next.as_deref());
    Ok(Reply::json(json.finish()))
}
