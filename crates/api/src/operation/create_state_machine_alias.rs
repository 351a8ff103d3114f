//! CreateStateMachineAlias: a name for one version, or for two that share the executions by weight.

use serde::Deserialize;

use crate::api::Call;
use crate::domain::{AliasError, CreateAlias};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;
use crate::wire::routing::{RouteShapes, check_routes, read_routes};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    description: Option<Text<'a>>,
    name: Option<Text<'a>>,
    routing_configuration: Option<RouteShapes<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let description = constraints.optional("description", &request.description, &limits::ALIAS_DESCRIPTION);
    let name = constraints.required("name", &request.name, &limits::ALIAS_NAME);
    if request.routing_configuration.is_none() {
        constraints.missing("routingConfiguration");
    }
    check_routes(&mut constraints, request.routing_configuration.as_ref());
    constraints.finish()?;
    let (machine, routes) = read_routes(request.routing_configuration.as_deref().unwrap_or_default())?;
    let arn = machine.to_string();
    if machine.owner != call.owner {
        return Err(ApiError::ReferencedResourceNotFound(arn));
    }
    let command =
        CreateAlias { machine, name: name.into(), description: description.map(Into::into), routes };
    let alias = call.engine.create_alias(command).await.map_err(|error| alias_error(call, error, &arn))?;
    let mut json = Json::object();
    json.arn("stateMachineAliasArn", &alias.arn()).timestamp("creationDate", alias.created_ms);
    Ok(Reply::json(json.finish()))
}

pub(super) fn alias_error(call: &Call<'_>, error: AliasError, arn: &str) -> ApiError {
    match error {
        AliasError::DoesNotExist => ApiError::ReferencedResourceNotFound(arn.to_owned()),
        AliasError::Deleting => ApiError::StateMachineDeleting(arn.to_owned()),
        AliasError::AlreadyExists => ApiError::Conflict(
            "Failed to create alias because an alias with the same name and a different routing \
             configuration already exists."
                .to_owned(),
        ),
        AliasError::LimitExceeded => ApiError::QuotaExceeded(format!(
            "The state machine has its maximum of {} aliases.",
            call.engine.quotas().aliases_max
        )),
        AliasError::NotWritten(why) => why.into(),
    }
}
