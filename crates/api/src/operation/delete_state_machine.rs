//! DeleteStateMachine: marks the machine; the engine ends its executions and forgets it. Deleting what
//! does not exist succeeds.

use serde::Deserialize;

use super::update_state_machine::refuse_labelled;
use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::{qualifier_of, state_machine_of};
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_arn: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("stateMachineArn", &request.state_machine_arn, &limits::ARN);
    constraints.finish()?;
    refuse_labelled(arn)?;
    refuse_qualified(arn)?;
    if let Some(found) = state_machine_of(&call.owner, arn)? {
        call.engine.delete_state_machine(&found).await?;
    }
    Ok(Reply::empty())
}

/// "Succeeded" would be a lie to someone who wanted a version gone and has the machine still.
fn refuse_qualified(arn: &str) -> Result<(), ApiError> {
    match qualifier_of(arn)? {
        Some(_) => Err(ApiError::Validation(format!(
            "expected the ARN of a state machine without a version or alias, found '{arn}'"
        ))),
        None => Ok(()),
    }
}
