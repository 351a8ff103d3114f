//! The functions of the settings, plugged in: the environment that the command was started in, their logs as
//! lines for people.
//!
//! Not here: what a function is and how it runs (`functions`).
//! INVARIANT: what a function writes reaches a terminal without control characters.

use std::sync::Arc;

use anyhow::Context as _;
use functions::{Functions, FunctionsConfig, LogLine, Surroundings};

use crate::say;

/// LIMIT: characters of a request id that are shown: enough to tell invocations apart.
const SHOWN_ID_CHARS: usize = 8;

/// `tell` receives a line for people; it is called from the thread of the functions.
pub(crate) fn start(
    config: FunctionsConfig,
    tell: impl Fn(String) + Send + Sync + 'static,
) -> anyhow::Result<Functions> {
    let log = Arc::new(move |line: LogLine| tell(shown(&line)));
    let surroundings = Surroundings { environment: std::env::vars_os().collect(), log };
    Functions::start(config, surroundings).context("cannot start the thread of the functions")
}

/// Waits until no process of theirs is left.
pub(crate) fn end(functions: &Functions) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(functions.shutdown());
    Ok(())
}

fn shown(line: &LogLine) -> String {
    let id = line.request_id.as_deref().and_then(|id| id.get(..SHOWN_ID_CHARS));
    let id = id.map(|id| format!(" [{id}]")).unwrap_or_default();
    say::clean(&format!("function {}{id}: {}", line.function, line.text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_function_and_its_invocation() {
        let line = |request_id: Option<&str>| {
            let request_id = request_id.map(Into::into);
            let text = "charged\tit \u{1b}[1m".to_owned();
            shown(&LogLine { function: "pay".into(), request_id, stream: functions::Stream::Stdout, text })
        };
        assert_eq!(line(None), "function pay: charged it \u{fffd}[1m");
        assert_eq!(
            line(Some("4f1e0b6c-8a3d-4d7e-9b1a-0c2f5e6d7a8b")),
            "function pay [4f1e0b6c]: charged it \u{fffd}[1m"
        );
    }
}
