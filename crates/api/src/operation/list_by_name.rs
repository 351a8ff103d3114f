//! A list of the caller's account and region in the order of names: what ListActivities and ListStateMachines
//! share. What an entry shows is theirs.

use serde::Deserialize;

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

/// What is listed.
pub(super) struct NamedList<T> {
    pub(super) operation: &'static str,
    /// The member of the answer that has the entries.
    pub(super) member: &'static str,
    pub(super) name: fn(&T) -> &str,
    pub(super) show: fn(&mut Json, &T),
}

/// Room for an entry in an answer: two ARNs' worth of text.
const ENTRY_BYTES: usize = 256;

impl<T> NamedList<T> {
    pub(super) fn answer(
        &self,
        call: &Call<'_>,
        entries: impl FnOnce(&Call<'_>) -> Vec<T>,
    ) -> Result<Reply, ApiError> {
        let request: Request<'_> = read(call.body)?;
        let mut constraints = Constraints::default();
        constraints.number("maxResults", request.max_results, &limits::PAGE_SIZE);
        let token = constraints.optional("nextToken", &request.next_token, &limits::PAGE_TOKEN);
        constraints.finish()?;

        let listing = Listing { owner: &call.owner, operation: self.operation, query: &[] };
        let after = call.page_tokens.open_name(&listing, token, call.engine.now_ms())?;
        let page = page_by_name(entries(call), self.name, after.as_deref(), page_size(request.max_results));

        let mut json = Json::with_room(64 + page.entries.len() * ENTRY_BYTES);
        json.list(self.member, &page.entries, |json, entry| (self.show)(json, entry));
        let next = page
            .next_after
            .map(|name| call.page_tokens.issue(&listing, name.as_bytes(), call.engine.now_ms()));
        json.optional("nextToken", next.as_deref());
        Ok(Reply::json(json.finish()))
    }
}
