//! `GET resources?service=`: what a Task may name as its `Resource`: the optimized actions and the services of
//! the AWS SDK integrations; the actions of one of these, where it is asked for.
//!
//! The same for everybody: it says what this server knows, and nothing of what it holds.

use asl::resource::optimized;
use aws::sdk::Integration;

use super::query::Query;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::json::Json;

const SERVICE: &str = "arn:aws:states:::";

pub(super) fn run(query: &Query) -> Result<Reply, ApiError> {
    let resources: Vec<String> = match query.text("service") {
        Some(name) => actions_of(name).map(|action| format!("{SERVICE}aws-sdk:{name}:{action}")).collect(),
        None => optimized().map(|(service, action)| format!("{SERVICE}{service}:{action}")).collect(),
    };
    let services = Integration::all().filter(|_| query.text("service").is_none());
    let mut json = Json::with_room(16 << 10);
    json.strings("resources", resources.iter().map(String::as_str))
        .strings("services", services.map(|(name, _)| name));
    Ok(Reply::json(json.finish()))
}

/// None of a service that does not exist: somebody is still typing its name.
fn actions_of(name: &str) -> impl Iterator<Item = String> {
    Integration::find(name).into_iter().flat_map(Integration::actions)
}
