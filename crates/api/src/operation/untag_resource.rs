//! UntagResource: removes tags by key; keys that are not there are passed over.

use std::sync::Arc;

use serde::Deserialize;

use super::found;
use super::tag_resource::tag_error;
use crate::api::Call;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    resource_arn: Option<Text<'a>>,
    tag_keys: Option<Vec<Text<'a>>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("resourceArn", &request.resource_arn, &limits::ARN);
    if request.tag_keys.is_none() {
        constraints.missing("tagKeys");
    }
    for (index, key) in request.tag_keys.iter().flatten().enumerate() {
        constraints.text(format_args!("tagKeys.{}.member", index + 1), key, &limits::TAG_KEY);
    }
    constraints.finish()?;
    let resource = found::taggable(call, arn)?;
    let keys: Vec<Arc<str>> = request.tag_keys.iter().flatten().map(|key| Arc::from(&**key)).collect();
    call.engine.untag(&resource, keys).await.map_err(|error| tag_error(error, arn))?;
    Ok(Reply::empty())
}
