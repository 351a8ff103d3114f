//! DeleteStateMachineVersion: a version that no alias needs is gone; its number is not used again.

use serde::Deserialize;

use crate::api::Call;
use crate::domain::DeleteVersionError;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::version_of;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    state_machine_version_arn: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn =
        constraints.required("stateMachineVersionArn", &request.state_machine_version_arn, &limits::LONG_ARN);
    constraints.finish()?;
    let (machine, number) = version_of(arn)?;
    if machine.owner != call.owner {
        return Ok(Reply::empty());
    }
    call.engine.delete_version(&machine, number).await.map_err(|error| match error {
        DeleteVersionError::Referenced(aliases) => ApiError::Conflict(format!(
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this \
             version: [{}]",
            aliases.join(", ")
        )),
        DeleteVersionError::NotWritten(why) => why.into(),
    })?;
    Ok(Reply::empty())
}
