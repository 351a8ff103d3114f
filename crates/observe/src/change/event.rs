//! "Step Functions Execution Status Change": the event that AWS sends to EventBridge.
//!
//! INVARIANT: what has no value is null, dates are milliseconds, and what is too long for an event is left out
//! and said to be (`spec/features.md` 6.2).

use std::sync::Arc;

use asl::Document;
use engine::{Ended, ExecutionStatus, Happened, NotRedrivable};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::log::record::{PAYLOAD_BYTES_MAX, escaped_len};

pub(crate) const DETAIL_TYPE: &str = "Step Functions Execution Status Change";
/// Who speaks, where nobody asks for another name.
const SOURCE: &str = "aws.states";
/// The documentation's example of a time-out has it, though DescribeExecution has no error then.
const TIMED_OUT: &str = "States.Timeout";
/// What an event has beside input and output, about.
const FRAME_BYTES: usize = 1_500;

pub(crate) struct Change {
    pub(crate) execution_arn: Arc<str>,
    pub(crate) region: Arc<str>,
    pub(crate) at_ms: i64,
    /// The same at every attempt, so that a receiver can tell one that came twice.
    id: String,
    pub(crate) detail: Value,
}

/// What happened to the status.
pub(crate) enum Changed<'a> {
    /// Started or redriven.
    Running,
    Ended(&'a Ended),
}

impl Change {
    pub(crate) fn of(happened: &Happened, changed: Changed<'_>) -> Change {
        let identity = happened.identity();
        let (status, ended, not_redrivable) = match changed {
            Changed::Running => (ExecutionStatus::Running, None, Some(NotRedrivable::Running)),
            Changed::Ended(ended) => (ended.status, Some(ended), happened.not_redrivable),
        };
        let output = ended.and_then(|ended| ended.output.as_ref());
        let shown = Shown::of(&happened.input, output);
        let through = happened.origin.through.as_ref();
        let machine = &identity.state_machine_arn;
        let error = ended.and_then(|ended| ended.error.as_deref());
        let error = error.or((status == ExecutionStatus::TimedOut).then_some(TIMED_OUT));
        let (redrive_status, reason) = redrive(status, not_redrivable);
        let redriven_ms = happened.redriven.map(|redriven| redriven.at_ms);
        let detail = json!({
            "executionArn": &*identity.arn,
            "stateMachineArn": &**machine,
            "name": &*identity.name,
            "status": status.as_str(),
            "startDate": happened.started_ms,
            "stopDate": ended.map(|ended| ended.at_ms),
            "input": shown.input,
            "output": shown.output,
            "stateMachineVersionArn": through.map(|through| through.version_arn(machine)),
            "stateMachineAliasArn": through.and_then(|through| through.alias_arn(machine)),
            "redriveCount": happened.redrive_count(),
            "redriveDate": redriven_ms,
            "redriveStatus": redrive_status,
            "redriveStatusReason": reason,
            "inputDetails": {"included": shown.input.is_some()},
            "outputDetails": output.map(|_| json!({"included": shown.output.is_some()})),
            "error": error,
            "cause": ended.and_then(|ended| ended.cause.as_deref()),
        });
        Change {
            execution_arn: Arc::clone(&identity.arn),
            region: Arc::clone(&identity.region),
            at_ms: ended.map_or(redriven_ms.unwrap_or(happened.started_ms), |ended| ended.at_ms),
            id: uuid(),
            detail,
        }
    }

    /// The whole event, as a target of an EventBridge rule receives it.
    pub(crate) fn envelope(&self) -> Value {
        let account = self.execution_arn.split(':').nth(4).unwrap_or_default();
        let time = Timestamp::from_millisecond(self.at_ms).unwrap_or_default();
        json!({
            "version": "0",
            "id": self.id,
            "detail-type": DETAIL_TYPE,
            "source": SOURCE,
            "account": account,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": &*self.region,
            "resources": [&*self.execution_arn],
            "detail": self.detail,
        })
    }

    /// About what it takes while it waits.
    pub(crate) fn bytes(&self) -> usize {
        let len = |member: &str| self.detail[member].as_str().map_or(0, str::len);
        FRAME_BYTES + len("input") + len("output") + len("cause")
    }
}

struct Shown<'a> {
    input: Option<&'a str>,
    output: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(input: &'a Document, output: Option<&'a Document>) -> Shown<'a> {
        let input_bytes = escaped_len(input.text());
        let output_bytes = output.map_or(0, |output| escaped_len(output.text()));
        Shown {
            input: (input_bytes + output_bytes <= PAYLOAD_BYTES_MAX).then(|| input.text()),
            output: output.filter(|_| output_bytes <= PAYLOAD_BYTES_MAX).map(Document::text),
        }
    }
}

fn redrive(status: ExecutionStatus, refusal: Option<NotRedrivable>) -> (&'static str, String) {
    match refusal {
        Some(refusal) => ("NOT_REDRIVABLE", refusal.reason().to_owned()),
        None => ("REDRIVABLE", format!("Execution is {} and is redrivable", status.as_str())),
    }
}

/// A UUID of version 4; all zeros but for that where there is no entropy.
fn uuid() -> String {
    let mut bytes = [0; 16];
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &number[..8], &number[8..12], &number[12..16], &number[16..20], &number[20..])
}

#[cfg(test)]
mod tests;
