//! TagResource: sets tags of a state machine or activity, by key.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::TagError;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;
use crate::wire::tags::{TagShapes, check_tags, read_tags};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    resource_arn: Option<Text<'a>>,
    tags: Option<TagShapes<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("resourceArn", &request.resource_arn, &limits::ARN);
    if request.tags.is_none() {
        constraints.missing("tags");
    }
    check_tags(&mut constraints, request.tags.as_ref());
    constraints.finish()?;
    let resource = found::taggable(call, arn)?;
    let tags = read_tags(request.tags.as_ref(), arn, call.bounds.tags_max)?;
    call.engine.tag(&resource, tags).await.map_err(|error| tag_error(error, arn))?;
    Ok(Reply::empty())
}

pub(super) fn tag_error(error: TagError, arn: &str) -> ApiError {
    match error {
        TagError::ResourceNotFound => ApiError::ResourceNotFound(arn.to_owned()),
        TagError::TooManyTags => ApiError::TooManyTags(arn.to_owned()),
        TagError::NotWritten(why) => why.into(),
    }
}
