//! ListStateMachineAliases: the aliases of a machine, or those that route to one version, in the order of
//! their creation.

use asl::arn::Qualifier;
use serde::Deserialize;

use crate::api::Call;
use crate::error::ApiError;
use crate::page_token::Listing;
use crate::reply::Reply;
use crate::wire::arn::qualified_of;
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

    let does_not_exist = || ApiError::StateMachineDoesNotExist(arn.to_owned());
    let (machine, qualifier) = qualified_of(&call.owner, arn)?.ok_or_else(does_not_exist)?;
    let query = [arn];
    let listing = Listing { owner: &call.owner, operation: "ListStateMachineAliases", query: &query };
    let after = call.page_tokens.open_number(&listing, token, call.engine.now_ms())?;
    let entry = call.engine.state_machine(&machine).ok_or_else(does_not_exist)?;
    if entry.deleting {
        return Err(ApiError::StateMachineDeleting(arn.to_owned()));
    }
    let version = match qualifier {
        None => None,
        Some(Qualifier::Version(number)) if entry.version(number).is_some() => Some(number),
        Some(Qualifier::Version(_) | Qualifier::Alias(_) | Qualifier::Label(_)) => {
            return Err(ApiError::ResourceNotFound(arn.to_owned()));
        }
    };
    let aliases = entry
        .aliases
        .iter()
        .filter(|alias| after.is_none_or(|after| alias.place > after))
        .filter(|alias| version.is_none_or(|number| alias.routes_to(number)));
    let page = page_by_number(aliases, |alias| alias.place, page_size(request.max_results));

    let mut json = Json::with_room(64 + page.entries.len() * 224);
    json.list("stateMachineAliases", page.entries, |json, alias| {
        json.arn("stateMachineAliasArn", &alias.arn()).timestamp("creationDate", alias.created_ms);
    });
    let next = call.page_tokens.issue_number(&listing, page.next_after, call.engine.now_ms());
    json.optional("nextToken", next.as_deref());
    Ok(Reply::json(json.finish()))
}
