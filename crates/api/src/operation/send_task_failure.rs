//! SendTaskFailure: a task's error and cause, both optional, by its token.

use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::TaskResult;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::Text;
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    task_token: Option<Text<'a>>,
    error: Option<Text<'a>>,
    cause: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let token = constraints.required("taskToken", &request.task_token, &limits::TASK_TOKEN);
    let error = constraints.optional("error", &request.error, &limits::ERROR);
    let cause = constraints.optional("cause", &request.cause, &limits::CAUSE);
    constraints.finish()?;
    let result = TaskResult::Failed { error: error.map(Into::into), cause: cause.map(Into::into) };
    call.client.complete_task(token, result).await.map_err(found::task_error)?;
    Ok(Reply::empty())
}
