//! UpdateStateMachineAlias: another description, other routes; executions that run stay as they are.

use serde::Deserialize;

use super::create_state_machine_alias::alias_error;
use crate::api::Call;
use crate::domain::UpdateAlias;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::alias_of;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;
use crate::wire::routing::{RouteShapes, check_routes, read_routes};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_alias_arn: Option<Text<'a>>,
    description: Option<Text<'a>>,
    routing_configuration: Option<RouteShapes<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineAliasArn", &request.state_machine_alias_arn, &limits::ARN);
    let description = constraints.optional("description", &request.description, &limits::ALIAS_DESCRIPTION);
    check_routes(&mut constraints, request.routing_configuration.as_ref());
    constraints.finish()?;
    let (machine, name) = alias_of(arn)?;
    if description.is_none() && request.routing_configuration.is_none() {
        return Err(ApiError::ValidationWithReason {
            message: "Either the description or the routingConfiguration must be specified".to_owned(),
            reason: "MISSING_REQUIRED_PARAMETER",
        });
    }
    let routes = request.routing_configuration.as_deref().map(read_routes).transpose()?;
    let is_foreign = |(of, _): &(_, _)| *of != machine;
    if machine.owner != call.owner || routes.as_ref().is_some_and(is_foreign) {
        return Err(ApiError::ReferencedResourceNotFound(arn.to_owned()));
    }
    let command = UpdateAlias {
        machine,
        name,
        description: description.map(Into::into),
        routes: routes.map(|(_, routes)| routes),
    };
    let alias = call.engine.update_alias(command).await.map_err(|error| alias_error(call, error, arn))?;
    let mut json = Json::object();
    json.timestamp("updateDate", alias.updated_ms);
    Ok(Reply::json(json.finish()))
}
