//! GetActivityTask: a long poll for work.
//!
//! A worker that hangs up gives its place in the queue up: hyper then drops this future, and with it the
//! engine's.

use std::time::Duration;

use serde::Deserialize;

use crate::api::Call;
use crate::domain::PollActivityError;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::activity_of;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

/// LIMIT: AWS holds the request for up to 60 seconds. One second less lets the default read timeout of
/// boto3 and the AWS CLI, 60 seconds as well, see the empty answer instead of an error.
const WAIT: Duration = Duration::from_secs(59);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    activity_arn: Option<Text<'a>>,
    worker_name: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let arn = constraints.required("activityArn", &request.activity_arn, &limits::ARN);
    let worker = constraints.optional("workerName", &request.worker_name, &limits::NAME);
    constraints.finish()?;
    let does_not_exist = || ApiError::ActivityDoesNotExist(arn.to_owned());
    let activity = activity_of(&call.owner, arn)?.ok_or_else(does_not_exist)?;
    let polled = tokio::select! {
        biased;
        polled = call.client.poll_activity(&activity, worker.map(Into::into), WAIT) => polled,
        () = call.stopping.begun() => Ok(None),
    };
    let task = polled.map_err(|error| match error {
        PollActivityError::DoesNotExist => does_not_exist(),
        PollActivityError::WorkerLimitExceeded => ApiError::ActivityWorkerLimitExceeded,
        PollActivityError::Throttled => ApiError::Throttled,
        PollActivityError::Unavailable => ApiError::Unavailable,
    })?;
    let Some(task) = task else {
        let mut json = Json::object();
        json.null("taskToken").null("input");
        return Ok(Reply::json(json.finish()));
    };
    let mut json = Json::with_room(64 + task.token.len() + task.input.text().len() * 9 / 8);
    json.string("taskToken", &task.token).string("input", task.input.text());
    Ok(Reply::json(json.finish()))
}
