//! DescribeActivity.

use serde::Deserialize;

use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::activity_of;
use crate::wire::configuration::AWS_OWNED_KEY;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    activity_arn: Option<Text<'a>>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("activityArn", &request.activity_arn, &limits::ARN);
    constraints.finish()?;
    let entry = activity_of(&call.owner, arn)?
        .and_then(|found| call.engine.activity(&found))
        .ok_or_else(|| ApiError::ActivityDoesNotExist(arn.to_owned()))?;
    let mut json = Json::object();
    json.arn("activityArn", &entry.arn)
        .string("name", &entry.arn.name)
        .timestamp("creationDate", entry.created_ms)
        .raw("encryptionConfiguration", entry.encryption.as_deref().unwrap_or(AWS_OWNED_KEY));
    Ok(Reply::json(json.finish()))
}
