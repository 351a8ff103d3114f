//! One stream of a log group: made when it is first needed, filled batch after batch.
//!
//! Here: what CloudWatch Logs asks of a batch. Not here: how often a batch is attempted (`lane`).
//! INVARIANT: a stream belongs to one machine and one start of the server, so nobody else writes to it.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::lane::{Bounds, Carrier};
use crate::outside::{CallFault, Outside};
use crate::sink::Sink;

/// One log event.
pub(crate) struct Entry {
    pub(crate) timestamp_ms: i64,
    pub(crate) message: String,
}

/// `arn:aws:logs:<region>:<account>:log-group:<name>:*`
pub(crate) struct LogGroup {
    region: String,
    name: String,
}

pub(crate) struct Stream {
    outside: Rc<Outside>,
    group: LogGroup,
    name: String,
    is_made: bool,
    sink: Arc<Sink>,
}

impl LogGroup {
    pub(crate) fn parse(arn: &str) -> Option<LogGroup> {
        let (head, name) = arn.strip_suffix(":*")?.split_once(":log-group:")?;
        let region = head.split(':').nth(3)?;
        Some(LogGroup { region: region.to_owned(), name: name.to_owned() })
    }
}

impl Stream {
    /// AWS names its streams alike: the machine, the minute, and something that keeps them apart.
    pub(crate) fn new(outside: Rc<Outside>, group: LogGroup, machine: &str, sink: Arc<Sink>) -> Stream {
        let minute = Timestamp::now().strftime("%Y-%m-%d-%H-%M");
        // Without entropy streams of one minute share a name, which keeps their records all the same.
        let apart = getrandom::u32().unwrap_or_default();
        // What a stream's name must not have.
        let machine = machine.replace([':', '*'], "-");
        let name = format!("states/{machine}/{minute}/{apart:08x}");
        Stream { outside, group, name, is_made: false, sink }
    }

    async fn call(&self, operation: &str, input: Value) -> Result<Value, CallFault> {
        self.outside.call(&self.group.region, "logs", operation, &input).await
    }

    async fn make(&mut self) -> Result<(), CallFault> {
        let input = json!({"logGroupName": self.group.name, "logStreamName": self.name});
        match self.call("CreateLogStream", input).await {
            Err(CallFault::Said(error)) if error.code == "ResourceAlreadyExistsException" => {}
            other => {
                other?;
            }
        }
        self.is_made = true;
        Ok(())
    }

    async fn put(&mut self, entries: &mut Vec<Entry>) -> Result<(), CallFault> {
        if !self.is_made {
            self.make().await?;
        }
        // Chronological, as the service asks.
        entries.sort_by_key(|entry| entry.timestamp_ms);
        let events: Vec<Value> = entries
            .iter()
            .map(|entry| json!({"timestamp": entry.timestamp_ms, "message": entry.message}))
            .collect();
        let input = json!({
            "logGroupName": self.group.name, "logStreamName": self.name, "logEvents": events,
        });
        let answer = self.call("PutLogEvents", input).await?;
        let refused = refused(&answer["rejectedLogEventsInfo"], entries.len());
        if refused > 0 {
            entries.truncate(entries.len() - refused);
            self.sink.dropped(refused);
            self.sink.trouble("the log group refuses records that are too old or too new");
        }
        entries.clear();
        Ok(())
    }
}

/// How many events of a batch were too old or too new for the group.
fn refused(info: &Value, sent: usize) -> usize {
    let index = |name: &str| info[name].as_u64().and_then(|index| usize::try_from(index).ok());
    let old = index("expiredLogEventEndIndex").max(index("tooOldLogEventEndIndex")).unwrap_or(0);
    let first_new = index("tooNewLogEventStartIndex").unwrap_or(sent);
    old.min(sent) + sent.saturating_sub(first_new)
}

impl Carrier for Stream {
    type Item = Entry;
    /// PutLogEvents takes 10,000 events and 1,048,576 bytes, 26 of them for each event.
    const BOUNDS: Bounds =
        Bounds { items: 10_000, bytes: 1_048_576, bytes_each: 26, gather: Duration::from_millis(200) };

    async fn carry(&mut self, entries: &mut Vec<Entry>) -> Result<(), String> {
        self.put(entries).await.map_err(|fault| {
            // The group or the stream may have been taken away.
            self.is_made &= !matches!(fault, CallFault::Said(_));
            format!("cannot deliver to the log group `{}`: {fault}", self.group.name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_from_its_arn() {
        let group =
            LogGroup::parse("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/x:*");
        let group = group.unwrap();
        assert_eq!((&*group.region, &*group.name), ("eu-west-1", "/aws/vendedlogs/states/x"));
        assert!(LogGroup::parse("arn:aws:logs:eu-west-1:123456789012:log-group:x").is_none());
    }

    #[test]
    fn what_the_group_refuses_is_counted() {
        assert_eq!(refused(&Value::Null, 5), 0);
        assert_eq!(refused(&json!({"tooOldLogEventEndIndex": 2, "expiredLogEventEndIndex": 1}), 5), 2);
        assert_eq!(refused(&json!({"tooNewLogEventStartIndex": 4}), 5), 1);
    }
}
