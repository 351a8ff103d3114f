//! A log record in AWS's shape: one event of a history, as a line of JSON.
//!
//! INVARIANT: a record fits into one event of CloudWatch Logs: payloads beyond `PAYLOAD_BYTES_MAX` are left out
//! and marked as truncated, and everything else in an event is shorter.

use execution::{Detail, HistoryEvent};
use serde_json::{Map, Value, json};

/// LIMIT: bytes of an escaped payload (`spec/features.md` 5.1); events of CloudWatch Logs had 256 KiB.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 248 * 1_024;
/// Escaping makes at most this much of a byte.
const ESCAPED_MAX: usize = 6;

/// Numbers are texts in log records.
pub(crate) fn text(
    event: &HistoryEvent,
    execution_arn: &str,
    redrive_count: u32,
    include_data: bool,
) -> String {
    let members = event.details.as_ref().map(|(_, members)| members.as_slice()).unwrap_or_default();
    json!({
        "id": event.id.to_string(),
        "type": event.type_name,
        "details": details(members, include_data),
        "previous_event_id": event.previous_event_id.to_string(),
        "event_timestamp": event.timestamp_ms.to_string(),
        "execution_arn": execution_arn,
        "redrive_count": redrive_count.to_string(),
    })
    .to_string()
}

fn details(members: &[(&'static str, Detail)], include_data: bool) -> Value {
    let mut details = Map::new();
    for (name, detail) in members {
        let (shown, has_data) = match detail {
            Detail::Text(text) => (Some(json!(text)), false),
            Detail::Number(number) => (Some(json!(number)), false),
            Detail::Members(members) => {
                let members = members.iter().map(|(name, text)| ((*name).to_owned(), json!(text)));
                (Some(Value::Object(members.collect())), false)
            }
            Detail::Data(_) | Detail::Variables(_) if !include_data => continue,
            Detail::Data(document) => {
                let fits = is_within(document.text());
                (fits.then(|| json!(document.text())), matches!(*name, "input" | "output"))
            }
            Detail::Variables(variables) => {
                let fits = variables.iter().map(|(_, value)| escaped_len(value.text())).sum::<usize>()
                    <= PAYLOAD_BYTES_MAX;
                let texts = variables.iter().map(|(name, value)| (name.to_string(), json!(value.text())));
                (fits.then(|| Value::Object(texts.collect())), true)
            }
        };
        if has_data {
            details.insert(format!("{name}Details"), json!({ "truncated": shown.is_none() }));
        }
        if let Some(shown) = shown {
            details.insert((*name).to_owned(), shown);
        }
    }
    Value::Object(details)
}

/// Whether a payload is short enough to be shown.
pub(crate) fn is_within(text: &str) -> bool {
    text.len() * ESCAPED_MAX <= PAYLOAD_BYTES_MAX || escaped_len(text) <= PAYLOAD_BYTES_MAX
}

/// Bytes of a text within a JSON string.
pub(crate) fn escaped_len(text: &str) -> usize {
    let added = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
        0x00..0x20 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(added).sum::<usize>()
}

#[cfg(test)]
mod tests;
