//! `stairway history`: the events of an execution on a running server, one line each.
//!
//! Here: paging, following, and how a line looks. Not here: HTTP (`client`).
//! INVARIANT: every event is printed once, in the order of its id.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};

use crate::client::{Client, Endpoint, execution_arn};
use crate::event::Event;
use crate::say;

/// LIMIT: events of one page (API model, `PageSize`).
const PAGE_EVENTS_MAX: u64 = 1_000;
/// While it follows, the server is asked for the end, and after that long for new events.
const FOLLOW_WAIT_SECONDS: u64 = 1;
/// Columns for the data of an event when stdout is not a terminal.
const DATA_COLUMNS: usize = 120;

/// Print the history of an execution on a running server, one line per event
///
/// A line has the event's id, the id of the event before it, the time (UTC), the type,
/// the state, and the beginning of its data.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct History {
    /// ARN of the execution
    arn: String,
    /// Go on until the execution has ended
    #[arg(long)]
    follow: bool,
    /// Where the server listens
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8083")]
    endpoint_url: String,
    /// Sign with the key of this profile, for a server with access keys; AWS_CA_BUNDLE is trusted
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(crate) fn history(arguments: History) -> anyhow::Result<ExitCode> {
    let arn = execution_arn(&arguments.arn)?;
    let endpoint = Endpoint::parse(&arguments.endpoint_url)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let reader = Reader {
            client: Client::new(endpoint, &arn.owner, arguments.profile.as_deref())?,
            arn: arguments.arn,
            columns: columns(),
        };
        reader.print(arguments.follow).await
    })?;
    Ok(ExitCode::SUCCESS)
}

struct Reader {
    client: Client,
    arn: String,
    /// Columns of a whole line; none when nothing needs to be cut to a terminal.
    columns: Option<usize>,
}

impl Reader {
    async fn print(&self, follow: bool) -> anyhow::Result<()> {
        // The token of the last page that was read, to read on from it: there is none after the last.
        let mut page_token = None;
        let mut last_id = 0;
        let mut is_over = !follow;
        loop {
            let next = self.print_page(page_token.as_deref(), &mut last_id).await?;
            match next {
                Some(next) => page_token = Some(next),
                None if is_over => return Ok(()),
                None => is_over = self.has_ended().await?,
            }
        }
    }

    /// Prints what is new on a page; gives the token of the next one.
    async fn print_page(&self, token: Option<&str>, last_id: &mut u64) -> anyhow::Result<Option<String>> {
        let mut request = json!({"executionArn": self.arn, "maxResults": PAGE_EVENTS_MAX});
        if let Some(token) = token {
            request["nextToken"] = token.into();
        }
        let mut page = self.client.call("GetExecutionHistory", &request).await?;
        let Value::Array(events) = page["events"].take() else {
            return Err(anyhow!("expected `events` in the server's answer, found none"));
        };
        let mut stdout = std::io::stdout().lock();
        for event in events {
            let event = Event::from_aws(event)?;
            if event.id > *last_id {
                *last_id = event.id;
                writeln!(stdout, "{}", self.line(&event)).context("cannot write to stdout")?;
            }
        }
        Ok(page["nextToken"].as_str().map(str::to_owned))
    }

    /// Asks for the end; waits for it a little.
    async fn has_ended(&self) -> anyhow::Result<bool> {
        let asked = format!("end?wait={FOLLOW_WAIT_SECONDS}");
        let execution = self.client.of_execution(&self.arn, &asked).await?;
        match execution["status"].as_str() {
            Some(status) => Ok(status != "RUNNING"),
            None => Err(anyhow!("expected `status` in the server's answer, found `{execution}`")),
        }
    }

    fn line(&self, event: &Event) -> String {
        let line = line(event);
        match self.columns {
            Some(columns) => say::fit(&line, columns).into_owned(),
            None => line,
        }
    }
}

fn line(event: &Event) -> String {
    let time = jiff::Timestamp::from_millisecond(event.at_ms)
        .map_or_else(|_| event.at_ms.to_string(), |time| format!("{time:.3}"));
    let state = event.state_name().unwrap_or("");
    let data = event.summary();
    let line = format!(
        "{:>5} {:>5}  {time}  {:<24} {:<20} {}",
        event.id,
        event.previous,
        event.kind,
        say::clean(state),
        say::fit(&say::clean(&data), DATA_COLUMNS)
    );
    line.trim_end().to_owned()
}

fn columns() -> Option<usize> {
    let stdout = std::io::stdout();
    let size = rustix::termios::tcgetwinsize(&stdout).ok().filter(|_| stdout.is_terminal())?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let event = Event::from_aws(json!({
            "timestamp": 1_700_000_000.5, "type": "TaskStateEntered", "id": 12, "previousEventId": 3,
            "stateEnteredEventDetails": {"name": "Charge\ncard", "input": "{\"a\": 1}"},
        }));
        assert_eq!(
            line(&event.unwrap()),
            "   12     3  2023-11-14T22:13:20.500Z  TaskStateEntered         Charge card          {\"a\": 1}"
        );
    }
}
