//! ListTagsForResource.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::{Tag, Taggable};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    resource_arn: Option<Text<'a>>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("resourceArn", &request.resource_arn, &limits::ARN);
    constraints.finish()?;
    let not_found = || ApiError::ResourceNotFound(arn.to_owned());
    match found::taggable(call, arn)? {
        Taggable::StateMachine(arn) => {
            Ok(shown(&call.engine.state_machine(&arn).ok_or_else(not_found)?.tags))
        }
        Taggable::Activity(arn) => Ok(shown(&call.engine.activity(&arn).ok_or_else(not_found)?.tags)),
    }
}

fn shown(tags: &[Tag]) -> Reply {
    let mut json = Json::object();
    json.list("tags", tags, |json, tag| {
        json.string("key", &tag.key).string("value", &tag.value);
    });
    Reply::json(json.finish())
}
