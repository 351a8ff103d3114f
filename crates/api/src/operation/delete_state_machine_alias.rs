//! DeleteStateMachineAlias: the name is gone; the versions and the executions that it chose stay.

use serde::Deserialize;

use super::create_state_machine_alias::alias_error;
use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::alias_of;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_alias_arn: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineAliasArn", &request.state_machine_alias_arn, &limits::ARN);
    constraints.finish()?;
    let (machine, name) = alias_of(arn)?;
    if machine.owner != call.owner {
        return Err(ApiError::ReferencedResourceNotFound(arn.to_owned()));
    }
    call.engine.delete_alias(&machine, &name).await.map_err(|error| alias_error(call, error, arn))?;
    Ok(Reply::empty())
}
