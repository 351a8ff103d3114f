//! One event as AWS shows it, and its JSON shape.

use std::sync::Arc;

use asl::Document;
use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub struct HistoryEvent {
    pub id: u64,
    pub previous_event_id: u64,
    pub timestamp_ms: i64,
    /// AWS's name of the event type, for example `TaskStateEntered`.
    pub type_name: &'static str,
    /// The state that the event is about, where it is about one.
    pub state_name: Option<Arc<str>>,
    /// AWS's name of the details member and what is in it; none for types without details.
    pub details: Option<(&'static str, Vec<(&'static str, Detail)>)>,
}

/// One member of an event's details.
#[derive(Clone, Debug)]
pub enum Detail {
    Text(Arc<str>),
    Number(u64),
    /// Execution data: left out when the reader asks for none.
    Data(Document),
    /// Variables and their values: execution data, too.
    Variables(Vec<(Arc<str>, Document)>),
    /// A structure of texts.
    Members(Vec<(&'static str, Arc<str>)>),
}

impl HistoryEvent {
    pub fn type_name(&self) -> &str {
        self.type_name
    }

    pub fn state_name(&self) -> Option<&str> {
        self.state_name.as_deref()
    }

    /// A member of the details that is text, by AWS's name.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.member(member).and_then(|detail| match detail {
            Detail::Text(text) => Some(&**text),
            Detail::Data(document) => Some(document.text()),
            Detail::Number(_) | Detail::Variables(_) | Detail::Members(_) => None,
        })
    }

    fn member(&self, member: &str) -> Option<&Detail> {
        let (_, members) = self.details.as_ref()?;
        members.iter().find(|(name, _)| *name == member).map(|(_, detail)| detail)
    }

    /// AWS's shape: a member of `GetExecutionHistory`'s `events`.
    pub fn to_json(&self, include_data: bool) -> Value {
        let mut event = Map::new();
        event.insert("timestamp".into(), json!(self.timestamp_ms as f64 / 1_000.0));
        event.insert("type".into(), json!(self.type_name));
        event.insert("id".into(), json!(self.id));
        event.insert("previousEventId".into(), json!(self.previous_event_id));
        if let Some((name, members)) = &self.details {
            event.insert((*name).into(), details_json(members, include_data));
        }
        Value::Object(event)
    }
}

fn details_json(members: &[(&'static str, Detail)], include_data: bool) -> Value {
    let mut details = Map::new();
    for (name, detail) in members {
        match detail {
            Detail::Text(text) => {
                details.insert((*name).into(), json!(text));
            }
            Detail::Number(number) => {
                details.insert((*name).into(), json!(number));
            }
            Detail::Data(document) if include_data => {
                details.insert((*name).into(), json!(document.text()));
                if let "input" | "output" = *name {
                    // The API never truncates; only log records do.
                    details.insert(format!("{name}Details"), json!({ "truncated": false }));
                }
            }
            Detail::Variables(variables) if include_data => {
                let texts = variables.iter().map(|(name, value)| (name.to_string(), json!(value.text())));
                details.insert((*name).into(), Value::Object(texts.collect()));
                details.insert(format!("{name}Details"), json!({ "truncated": false }));
            }
            Detail::Members(members) => {
                let texts = members.iter().map(|(name, text)| ((*name).to_owned(), json!(text)));
                details.insert((*name).into(), Value::Object(texts.collect()));
            }
            Detail::Data(_) | Detail::Variables(_) => {}
        }
    }
    Value::Object(details)
}
