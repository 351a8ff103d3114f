//! DescribeStateMachineAlias.

use serde::Deserialize;

use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::alias_of;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;
use crate::wire::routing::show_routes;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_alias_arn: Option<Text<'a>>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineAliasArn", &request.state_machine_alias_arn, &limits::ARN);
    constraints.finish()?;
    let (machine, name) = alias_of(arn)?;
    let alias = Some(machine)
        .filter(|machine| machine.owner == call.owner)
        .and_then(|machine| call.engine.state_machine(&machine)?.alias(&name).cloned())
        .ok_or_else(|| ApiError::ReferencedResourceNotFound(arn.to_owned()))?;
    let mut json = Json::object();
    json.arn("stateMachineAliasArn", &alias.arn())
        .string("name", &alias.name)
        .optional("description", alias.description.as_deref());
    show_routes(&mut json, &alias);
    json.timestamp("creationDate", alias.created_ms).timestamp("updateDate", alias.updated_ms);
    Ok(Reply::json(json.finish()))
}
