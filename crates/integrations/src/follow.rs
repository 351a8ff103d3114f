//! Jobs of `.sync` tasks: finding out how they end, and ending them when nobody wants them any more.

use std::time::Duration;

use asl::Document;
use asl::error_name::{self, Failure};
use asl::resource::{Pattern, Resource};
use engine::TaskCall;
use serde_json::{Value, json};

use crate::call::{document_of, value_of};
use crate::failure::{failure, runtime};
use crate::optimized::STEP_FUNCTIONS;
use crate::services::{Caller, Services};
use crate::states;

/// The first pause between two looks at a job, and the longest.
const PAUSE: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The output of the job, or its failure.
pub(crate) async fn to_its_end(
    services: &Services,
    call: &TaskCall,
    submitted: &Document,
) -> Result<Document, Failure> {
    let Resource::Service { service, pattern, .. } = &call.resource else {
        return Err(runtime(format!("{} has no jobs", call.resource.arn())));
    };
    match &**service {
        "states" => child(services, call, submitted, *pattern == Pattern::Sync { version: 2 }).await,
        _ => Err(runtime(format!("Stairway does not have the integration {} yet", call.resource.arn()))),
    }
}

/// Looks at a child until it has ended: often at first, for most children are short.
async fn child(
    services: &Services,
    call: &TaskCall,
    submitted: &Document,
    parsed: bool,
) -> Result<Document, Failure> {
    let caller = Caller::of(call);
    let arn = value_of(submitted)?["ExecutionArn"].clone();
    let mut pause = PAUSE;
    loop {
        let parameters = json!({ "ExecutionArn": arn });
        let looked = STEP_FUNCTIONS.answer(services, &caller, call, "describeExecution", &parameters).await;
        match looked.map(|answered| answered.result) {
            Ok(described) if described["Status"] == "SUCCEEDED" => {
                return document_of(&states::seen(&described, parsed));
            }
            Ok(described) if described["Status"] != "RUNNING" => {
                let cause = states::seen(&described, false).to_string();
                return Err(failure(error_name::TASK_FAILED, cause));
            }
            Ok(_) => {}
            Err(gone) if is_gone(&gone) => return Err(gone),
            // The look failed, not the job.
            Err(_) => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSE_MAX);
    }
}

fn is_gone(failure: &Failure) -> bool {
    failure.error.as_deref() == Some("StepFunctions.ExecutionDoesNotExistException")
}

/// Ends a job that nobody waits for any more, as far as it can be.
pub(crate) async fn cancel(services: &Services, call: &TaskCall, submitted: &Document) {
    let Resource::Service { service, .. } = &call.resource else { return };
    let Ok(Value::Object(answer)) = value_of(submitted) else { return };
    if let ("states", Some(arn)) = (&**service, answer.get("ExecutionArn")) {
        let caller = Caller::of(call);
        let parameters = json!({ "ExecutionArn": arn });
        // A child that has ended meanwhile needs no end.
        let _ = STEP_FUNCTIONS.answer(services, &caller, call, "stopExecution", &parameters).await;
    }
}
