//! Status changes to an event bus: PutEvents, ten at a time.
//!
//! INVARIANT: what the bus did not take of a call is attempted again, and nothing else of it.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::change::event::{Change, DETAIL_TYPE};
use crate::lane::{Bounds, Carrier};
use crate::outside::Outside;

pub(crate) struct EventBridge {
    outside: Rc<Outside>,
    bus: String,
    source: String,
}

impl EventBridge {
    pub(crate) fn new(outside: Rc<Outside>, bus: &str, source: &str) -> EventBridge {
        EventBridge { outside, bus: bus.to_owned(), source: source.to_owned() }
    }

    /// The bus is in the region of its ARN, or where the execution is.
    fn region<'a>(&'a self, change: &'a Change) -> &'a str {
        let mut parts = self.bus.split(':');
        match (parts.next(), parts.nth(2)) {
            (Some("arn"), Some(region)) => region,
            _ => &change.region,
        }
    }

    fn entry(&self, change: &Change) -> Value {
        json!({
            // Seconds, with their fraction.
            "Time": change.at_ms as f64 / 1_000.0,
            "Source": self.source,
            "DetailType": DETAIL_TYPE,
            "Resources": [&*change.execution_arn],
            "Detail": change.detail.to_string(),
            "EventBusName": self.bus,
        })
    }
}

impl Carrier for EventBridge {
    type Item = Rc<Change>;
    /// PutEvents takes ten entries of 256 KiB together; entries are smaller than what they count for.
    const BOUNDS: Bounds =
        Bounds { items: 10, bytes: 256 * 1_024, bytes_each: 0, gather: Duration::from_millis(50) };

    async fn carry(&mut self, changes: &mut Vec<Rc<Change>>) -> Result<(), String> {
        let Some(first) = changes.first().cloned() else { return Ok(()) };
        let region = self.region(&first);
        // One call goes to one region; the others are left for the next attempt, which comes at once.
        let (now, later): (Vec<_>, Vec<_>) =
            changes.drain(..).partition(|change| self.region(change) == region);
        *changes = now;
        let entries: Vec<Value> = changes.iter().map(|change| self.entry(change)).collect();
        let called = self.outside.call(region, "events", "PutEvents", &json!({"Entries": entries})).await;
        let refusal = match called {
            Ok(answer) => keep_refused(changes, &answer["Entries"]),
            Err(fault) => Some(fault.to_string()),
        };
        changes.extend(later);
        match refusal {
            Some(why) => Err(format!("cannot deliver to the event bus `{}`: {why}", self.bus)),
            None if changes.is_empty() => Ok(()),
            None => Box::pin(self.carry(changes)).await,
        }
    }
}

/// Keeps what the bus did not take; why it did not.
fn keep_refused<T>(changes: &mut Vec<T>, answers: &Value) -> Option<String> {
    let mut answers = answers.as_array().into_iter().flatten();
    let mut refusal = None;
    changes.retain(|_| {
        let answer = answers.next().unwrap_or(&Value::Null);
        let Some(code) = answer["ErrorCode"].as_str() else { return false };
        refusal = Some(format!("{code}: {}", answer["ErrorMessage"].as_str().unwrap_or_default()));
        true
    });
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_refused_is_kept() {
        let mut changes = vec![1, 2, 3];
        let answers =
            json!([{"EventId": "a"}, {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}, {}]);
        assert_eq!(keep_refused(&mut changes, &answers).as_deref(), Some("ThrottlingException: slow"));
        assert_eq!(changes, [2]);
        assert_eq!(keep_refused(&mut changes, &json!([{"EventId": "b"}])), None);
        assert!(changes.is_empty());
    }
}
