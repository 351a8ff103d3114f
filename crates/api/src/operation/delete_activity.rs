//! DeleteActivity. Deleting what does not exist succeeds.

use serde::Deserialize;

use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::activity_of;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    activity_arn: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("activityArn", &request.activity_arn, &limits::ARN);
    constraints.finish()?;
    if let Some(found) = activity_of(&call.owner, arn)? {
        call.engine.delete_activity(&found).await?;
    }
    Ok(Reply::empty())
}
