//! What the console reads beside AWS's operations, under `/console/api/`. Nothing here changes anything.
//!
//! - `executions`: executions of all state machines, with filters, page by page.
//! - `overview`: what was started and what failed in a window of time, and what runs now.
//! - `history`: many events of an execution at once.
//! - `resources`: what a Task may name: optimized actions, services of the SDK integrations, their actions.
//! - `events`: server-sent events: the history of an execution as it grows, or word that a list changed.
//!
//! INVARIANT: every answer is about the caller's own account and region, as with the operations.

use hyper::Method;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};

use super::events::{self, Places};
use super::query::Query;
use super::{executions, history, overview, resources};
use crate::api::Call;
use crate::error::ApiError;
use crate::reply::{HttpResponse, Reply, ReplyBody, RequestId, respond};

const ROOT: &str = "/console/api/";

#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Endpoint {
    what: What,
    query: Query,
}

#[derive(PartialEq, Eq, Debug)]
enum What {
    Executions,
    Overview,
    History,
    Resources,
    Events,
}

pub(crate) enum Answer {
    Whole(Reply),
    Stream(ReplyBody),
}

/// Whether an address is about data and not about a file.
pub(crate) fn is_data(path: &str) -> bool {
    path.starts_with(ROOT)
}

impl Endpoint {
    pub(crate) fn of(method: &Method, path: &str, query: Option<&str>) -> Result<Endpoint, ApiError> {
        let what = match (method, path.strip_prefix(ROOT)) {
            (&Method::GET, Some("executions")) => What::Executions,
            (&Method::GET, Some("overview")) => What::Overview,
            (&Method::GET, Some("history")) => What::History,
            (&Method::GET, Some("resources")) => What::Resources,
            (&Method::GET, Some("events")) => What::Events,
            _ => return Err(ApiError::NoSuchAddress(path.to_owned())),
        };
        Ok(Endpoint { what, query: Query::of(query)? })
    }

    pub(crate) async fn run(self, call: &Call<'_>, places: &Places) -> Result<Answer, ApiError> {
        match self.what {
            What::Executions => executions::run(call, &self.query).await.map(Answer::Whole),
            What::Overview => overview::run(call, &self.query).await.map(Answer::Whole),
            What::History => history::run(call, &self.query).await.map(Answer::Whole),
            What::Resources => resources::run(&self.query).map(Answer::Whole),
            What::Events => events::run(call, &self.query, places).await.map(Answer::Stream),
        }
    }
}

pub(crate) fn answer(result: Result<Answer, ApiError>, id: RequestId) -> HttpResponse {
    let mut response = match result {
        Ok(Answer::Whole(reply)) => respond(Ok(reply), id),
        Err(error) => respond(Err(error), id),
        Ok(Answer::Stream(body)) => {
            let mut response = respond(Ok(Reply::empty()), id);
            *response.body_mut() = body;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
