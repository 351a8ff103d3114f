//! Invokes the functions of a configuration: one JSON line in, one JSON line out.
//!
//! ```sh
//! echo '{"function":"charge-card","payload":{"orderId":7}}' |
//!     cargo run --package stairway-functions --example invoke -- stairway.toml
//! ```
//!
//! Lines are invoked as they come, without waiting for each other; each answer carries the number of its
//! line as `line`. Logs go to stderr.
//! INVARIANT: every line in has its line out before the program ends.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use functions::{Functions, FunctionsConfig, Invocation, InvocationType, LogLine, Owner, Surroundings};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

#[derive(Deserialize)]
struct File {
    functions: FunctionsConfig,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    function: String,
    qualifier: Option<String>,
    #[serde(default)]
    payload: Value,
    client_context: Option<String>,
    #[serde(default)]
    event: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("expected the name of a file with a [functions] table")?;
    let file = Path::new(&file);
    let config: File = toml::from_str(&std::fs::read_to_string(file)?)?;
    let config = config.functions.relative_to(file.parent().unwrap_or(Path::new(".")));
    let surroundings = Surroundings { environment: std::env::vars_os().collect(), log: Arc::new(show) };
    let functions = Functions::start(config, surroundings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(invoke_all(&functions))
}

async fn invoke_all(functions: &Functions) -> Result<(), Box<dyn Error>> {
    // A thread reads: tokio's own stdin would need more features than this crate has.
    let (sender, mut lines) = tokio::sync::mpsc::channel(16);
    std::thread::spawn(move || {
        std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.blocking_send(line))
    });
    let mut open = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => {
                    let (functions, line) = (functions.clone(), serde_json::from_str(&line)?);
                    open.spawn(async move { invoke(&functions, number, line).await });
                    number += 1;
                }
                None => break,
            },
            Some(answer) = open.join_next() => tell(&answer?)?,
        }
    }
    while let Some(answer) = open.join_next().await {
        tell(&answer?)?;
    }
    functions.shutdown().await;
    Ok(())
}

async fn invoke(functions: &Functions, number: usize, line: Line) -> Value {
    let invocation = Invocation {
        function: line.function,
        qualifier: line.qualifier,
        payload: line.payload.to_string().into(),
        client_context: line.client_context,
        trace_header: None,
        invocation_type: match line.event {
            true => InvocationType::Event,
            false => InvocationType::RequestResponse,
        },
        owner: Owner {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
        },
    };
    match functions.invoke(invocation).await {
        Ok(answer) => json!({
            "line": number,
            "status": answer.status,
            "functionError": answer.function_error.map(functions::FunctionError::as_str),
            "payload": String::from_utf8_lossy(&answer.payload),
            "executedVersion": answer.executed_version,
            "requestId": answer.request_id,
            "log": answer.log_tail,
        }),
        Err(error) => json!({
            "line": number,
            "status": error.status(),
            "error": error.name(),
            "message": error.to_string(),
        }),
    }
}

fn tell(answer: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{answer}")
}

fn show(line: LogLine) {
    let LogLine { function, request_id, text, .. } = line;
    // Nobody has to listen.
    let _ = writeln!(std::io::stderr().lock(), "{function} {} {text}", request_id.as_deref().unwrap_or("-"));
}
