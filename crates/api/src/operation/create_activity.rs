//! CreateActivity: a queue of work by name; creating it again gives the one that is there.

use serde::Deserialize;

use crate::api::Call;
use crate::domain::{ActivityArn, CreateActivityError};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::check_name;
use crate::wire::configuration::Encryption;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Structure, Text};
use crate::wire::read::read;
use crate::wire::tags::{TagShapes, check_tags, read_tags};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    name: Option<Text<'a>>,
    tags: Option<TagShapes<'a>>,
    encryption_configuration: Option<Structure<Encryption<'a>>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let name = constraints.required("name", &request.name, &limits::NAME);
    check_tags(&mut constraints, request.tags.as_ref());
    if let Some(encryption) = &request.encryption_configuration {
        encryption.check(&mut constraints);
    }
    constraints.finish()?;
    check_name(name)?;
    let encryption = match &request.encryption_configuration {
        Some(encryption) => encryption.canonical()?,
        None => None,
    };
    let arn = ActivityArn { owner: call.owner.clone(), name: name.into() };
    let tags = read_tags(request.tags.as_ref(), &arn.to_string(), call.bounds.tags_max)?;
    let created = call.engine.create_activity(arn.clone(), encryption, tags).await;
    let entry = created.map_err(|error| match error {
        CreateActivityError::AlreadyExists => ApiError::ActivityAlreadyExists(arn.to_string()),
        CreateActivityError::LimitExceeded => ApiError::ActivityLimitExceeded,
        CreateActivityError::NotWritten(why) => why.into(),
    })?;
    let mut json = Json::object();
    json.arn("activityArn", &entry.arn).timestamp("creationDate", entry.created_ms);
    Ok(Reply::json(json.finish()))
}
