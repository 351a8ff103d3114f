//! Compares as the recordings' README says: exactly, after its replacements on our side.

use std::collections::BTreeMap;

use serde_json::Value;

/// Whole values that stand for any moment.
const MOMENTS: [&str; 5] = ["timestamp", "date", "datetime", "start-time", "entered-time"];

/// What the recorder put for a number that was drawn.
const DRAWN: &str = "RandomNumberGenerated";

/// What `DescribeExecution` shows and the bare crate knows.
const DESCRIBED: [&str; 5] = ["status", "input", "output", "error", "cause"];

/// Whether an execution ended as recorded; else what differs first.
pub(crate) fn same(expected: &Value, ended: &Value) -> Result<(), String> {
    let ended = replaced(ended);
    let mut comparison = Comparison::default();
    for name in ["status", "output", "error", "cause"] {
        if let Some(expected) = expected.get(name) {
            comparison.values(name, expected, &ended[name])?;
        }
    }
    if let Some(described) = expected.get("describe") {
        for name in DESCRIBED.iter().filter(|name| described.get(name).is_some()) {
            comparison.values(name, &described[name], &ended[name])?;
        }
    }
    match expected.get("history") {
        Some(history) => comparison.histories(history, &ended["history"]),
        None => Ok(()),
    }
}

/// Texts that hold a JSON object become that object, as the recorder did it: not inside of them again.
fn replaced(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => object,
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(replaced).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), replaced(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// What each placeholder has stood for so far: equal ones stand for equal texts, others for others.
#[derive(Default)]
struct Comparison {
    placeholders: BTreeMap<String, String>,
}

impl Comparison {
    fn histories(&mut self, expected: &Value, ours: &Value) -> Result<(), String> {
        let events = |history: &Value| history.as_array().cloned().unwrap_or_default();
        let (expected, ours) = (events(expected), events(ours));
        if expected.iter().any(has_no_id) {
            return self.events_in_order(&expected, &ours);
        }
        for (expected, ours) in expected.iter().zip(&ours) {
            self.values(&format!("event {}", expected["id"]), expected, ours)?;
        }
        if expected.len() == ours.len() {
            return Ok(());
        }
        Err(format!("{} events, AWS recorded {}", ours.len(), expected.len()))
    }

    /// Of blocks at work side by side some recordings keep only what does not depend on their turns: ids
    /// are taken away, and events left out. What is there must come in its order.
    fn events_in_order(&mut self, expected: &[Value], ours: &[Value]) -> Result<(), String> {
        let mut following = ours.iter();
        for expected in expected {
            let found = following.any(|ours| {
                let mut ours = ours.clone();
                if has_no_id(expected) {
                    ours["id"] = expected["id"].clone();
                    ours["previousEventId"] = expected["previousEventId"].clone();
                }
                let mut attempt = Comparison { placeholders: self.placeholders.clone() };
                let fits = attempt.values("event", expected, &ours).is_ok();
                if fits {
                    self.placeholders = attempt.placeholders;
                }
                fits
            });
            if !found {
                return Err(format!("no such event in its place: {expected}"));
            }
        }
        Ok(())
    }

    fn values(&mut self, place: &str, expected: &Value, ours: &Value) -> Result<(), String> {
        let is_same = match (expected, ours) {
            (Value::Object(expected), Value::Object(ours)) => {
                let names = expected.keys().chain(ours.keys().filter(|name| !expected.contains_key(*name)));
                for name in names {
                    let member = |object: &serde_json::Map<String, Value>| {
                        object.get(name).cloned().unwrap_or(Value::String("(absent)".into()))
                    };
                    self.values(&format!("{place}/{name}"), &member(expected), &member(ours))?;
                }
                true
            }
            (Value::Array(expected), Value::Array(ours)) => {
                for (at, (expected, ours)) in expected.iter().zip(ours).enumerate() {
                    self.values(&format!("{place}[{at}]"), expected, ours)?;
                }
                expected.len() == ours.len()
            }
            (Value::String(expected), ours) if MOMENTS.contains(&expected.as_str()) => {
                is_moment(ours) || ours == expected
            }
            (Value::String(expected), Value::Number(_)) => expected == DRAWN,
            (Value::String(expected), Value::String(ours)) => {
                expected == ours || self.stands_for(expected, ours)
            }
            // A few recordings have every JSON text parsed, not only objects.
            (expected, Value::String(text)) => {
                serde_json::from_str(text).is_ok_and(|ours: Value| *expected == ours)
            }
            _ => expected == ours,
        };
        if is_same { Ok(()) } else { Err(format!("{place}: AWS: {expected}, we: {ours}")) }
    }

    /// Whether a text with placeholders such as `<uuid:1>` fits, and fits what they stood for before.
    fn stands_for(&mut self, expected: &str, ours: &str) -> bool {
        let Some((before, rest)) = expected.split_once('<') else { return expected == ours };
        let Some((name, after)) = rest.split_once('>') else { return false };
        let Some(ours) = ours.strip_prefix(before) else { return false };
        if let Some(known) = self.placeholders.get(name).cloned() {
            return ours.strip_prefix(&*known).is_some_and(|ours| self.stands_for(after, ours));
        }
        // It ends where the text up to the next placeholder begins.
        let literal = after.split_once('<').map_or(after, |(literal, _)| literal);
        let end = if literal.is_empty() { Some(ours.len()) } else { ours.find(literal) };
        let Some((value, ours)) = end.map(|end| ours.split_at(end)) else { return false };
        if self.placeholders.values().any(|known| known == value) {
            return false;
        }
        self.placeholders.insert(name.into(), value.into());
        self.stands_for(after, ours)
    }
}

fn has_no_id(event: &Value) -> bool {
    event["id"].is_array()
}

/// A number of seconds, or an ISO 8601 date and time.
fn is_moment(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => {
            let digits = |range: std::ops::Range<usize>| {
                text.get(range).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            };
            digits(0..4) && digits(5..7) && digits(8..10) && text.get(10..11) == Some("T") && digits(11..13)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

#[test]
fn what_differs_is_found() {
    use serde_json::json;

    let recorded = json!({"status": "SUCCEEDED", "output": {"id": "<uuid:1>", "at": "date"}, "history": [
        {"id": 1, "previousEventId": 0, "timestamp": "timestamp", "d": {"input": "[1, 2]", "twice": "<uuid:1>-<uuid:2>"}},
    ]});
    let ours = |output: &str, previous: u64, timestamp: Value, details: Value| {
        let event = json!({"id": 1, "previousEventId": previous, "timestamp": timestamp, "d": details});
        same(&recorded, &json!({"status": "SUCCEEDED", "output": output, "history": [event]}))
    };
    let output = r#"{"id":"u","at":"2026-01-02T03:04:05Z"}"#;
    let details = json!({"input": "[1, 2]", "twice": "u-v"});
    assert_eq!(ours(output, 0, json!(1.5), details.clone()), Ok(()));
    let differing = [
        ours(r#"{"id":"u","at":"yesterday"}"#, 0, json!(1.5), details.clone()),
        ours(r#"{"id":"u"}"#, 0, json!(1.5), details.clone()),
        ours(output, 1, json!(1.5), details.clone()),
        ours(output, 0, json!(null), details),
        ours(output, 0, json!(1.5), json!({"input": "[1,2]", "twice": "u-v"})),
        ours(output, 0, json!(1.5), json!({"input": "[1, 2]", "twice": "u-u"})),
        ours(output, 0, json!(1.5), json!({"input": "[1, 2]", "twice": "v-u"})),
        ours(output, 0, json!(1.5), json!({"input": "[1, 2]"})),
        ours(output, 0, json!(1.5), json!({"input": "[1, 2]", "twice": "u-v", "more": 1})),
    ];
    for (at, difference) in differing.iter().enumerate() {
        assert!(difference.is_err(), "the difference {at} is not found");
    }
}
