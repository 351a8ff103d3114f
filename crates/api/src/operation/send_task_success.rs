//! SendTaskSuccess: a task's output, by its token.

use asl::Document;
use serde::Deserialize;

use super::found;
use crate::api::Call;
use crate::domain::TaskResult;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::{Payload, Text};
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    task_token: Option<Text<'a>>,
    output: Option<Payload>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    let token = constraints.required("taskToken", &request.task_token, &limits::TASK_TOKEN);
    match &request.output {
        Some(output) => {
            constraints.measured("output", output.bytes, output.characters, &call.bounds.payload());
        }
        None => constraints.missing("output"),
    }
    constraints.finish()?;
    let output = request
        .output
        .map(|output| output_of(output, call.bounds.payload_bytes_max))
        .transpose()?
        .unwrap_or_else(Document::empty_object);
    let completed = call.client.complete_task(token, TaskResult::Succeeded(output)).await;
    completed.map_err(found::task_error)?;
    Ok(Reply::empty())
}

fn output_of(output: Payload, bytes_max: usize) -> Result<Document, ApiError> {
    if output.bytes > bytes_max {
        return Err(ApiError::InvalidOutput(format!(
            "The output has {} bytes, more than the limit of {bytes_max}.",
            output.bytes
        )));
    }
    output.document.map_err(|error| ApiError::InvalidOutput(error.message))
}
