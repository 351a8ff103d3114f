//! SendTaskHeartbeat: sets a task's heartbeat clock back; no event is recorded.

use serde::Deserialize;

use super::found;
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
    task_token: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let token = constraints.required("taskToken", &request.task_token, &limits::TASK_TOKEN);
    constraints.finish()?;
    call.client.heartbeat_task(token).await.map_err(found::task_error)?;
    Ok(Reply::empty())
}
