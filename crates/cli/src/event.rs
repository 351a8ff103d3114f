//! A history event as the API shows it: what `run` gets from the engine and `history` from a server.
//!
//! INVARIANT: nothing here knows how the engine keeps events; the AWS shape is the only source.

use anyhow::{Context as _, anyhow};
use serde_json::Value;

/// One event in AWS's shape, taken apart far enough to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) previous: u64,
    pub(crate) at_ms: i64,
    /// AWS's type name, for example `TaskStateEntered`.
    pub(crate) kind: String,
    /// The members of the event's `...EventDetails`; empty when it has none.
    details: serde_json::Map<String, Value>,
}

impl Event {
    pub(crate) fn from_aws(event: Value) -> anyhow::Result<Event> {
        let Value::Object(mut members) = event else {
            return Err(anyhow!("expected a history event to be a JSON object, found `{event}`"));
        };
        let id = members.get("id").and_then(Value::as_u64).context("a history event has no `id`")?;
        let kind = match members.remove("type") {
            Some(Value::String(kind)) => kind,
            _ => return Err(anyhow!("history event {id} has no `type`")),
        };
        let previous = members.get("previousEventId").and_then(Value::as_u64).unwrap_or(0);
        let seconds = members.get("timestamp").and_then(Value::as_f64).unwrap_or(0.0);
        let details = members
            .into_iter()
            .find_map(|(name, value)| match value {
                Value::Object(details) if name.ends_with("EventDetails") => Some(details),
                _ => None,
            })
            .unwrap_or_default();
        // Timestamps are seconds with three decimals: rounding brings the exact milliseconds back.
        Ok(Event { id, previous, at_ms: (seconds * 1_000.0).round() as i64, kind, details })
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.details.get(name).and_then(Value::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.details.get(name).and_then(Value::as_u64)
    }

    /// Name of the state, where the event says one.
    pub(crate) fn state_name(&self) -> Option<&str> {
        match self.kind.as_str() {
            "EvaluationFailed" => self.text("state"),
            kind if kind.ends_with("StateEntered") || kind.ends_with("StateExited") => self.text("name"),
            kind if kind.starts_with("MapIteration") => self.text("name"),
            _ => None,
        }
    }

    /// What the event says besides its state's name, for a listing: data as it stands, the rest as
    /// `name=value`.
    pub(crate) fn summary(&self) -> String {
        let shown = |(name, value): (&String, &Value)| match (name.as_str(), value) {
            ("name" | "state" | "roleArn", _) => None,
            (name, Value::Object(_)) if name.ends_with("Details") => None,
            ("input" | "output" | "parameters", Value::String(data)) => Some(data.clone()),
            (name, Value::String(text)) => Some(format!("{name}={text}")),
            (name, value) => Some(format!("{name}={value}")),
        };
        self.details.iter().filter_map(shown).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_taken_apart() {
        let event = Event::from_aws(json!({
            "timestamp": 1_700_000_000.123, "type": "ActivityFailed", "id": 7, "previousEventId": 6,
            "activityFailedEventDetails": {"error": "Jam", "cause": "paper"},
        }))
        .unwrap();
        assert_eq!((event.id, event.previous, event.at_ms), (7, 6, 1_700_000_000_123));
        assert_eq!(event.summary(), "error=Jam cause=paper");
        assert_eq!(event.state_name(), None);
    }

    #[test]
    fn data_is_shown_as_it_stands_and_names_are_not_repeated() {
        let event = Event::from_aws(json!({
            "timestamp": 1, "type": "TaskStateEntered", "id": 2, "previousEventId": 0,
            "stateEnteredEventDetails": {"name": "Ask", "input": "{\"a\":1}", "inputDetails": {"truncated": false}},
        }))
        .unwrap();
        assert_eq!(event.state_name(), Some("Ask"));
        assert_eq!(event.summary(), "{\"a\":1}");
    }

    #[test]
    fn what_is_no_event_is_refused() {
        assert_eq!(
            Event::from_aws(json!({"id": 3})).unwrap_err().to_string(),
            "history event 3 has no `type`"
        );
    }
}
