//! The `[functions]` table: which functions there are, and what answers each.
//!
//! ```toml
//! [functions.charge-card]
//! command = ["python3", "-m", "awslambdaric", "app.handler"]
//! directory = "functions/charge-card"
//!
//! [functions."arn:aws:lambda:us-east-1:123456789012:function:notify:prod"]
//! url = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"
//! ```
//!
//! Not here: the file around it (`cli`).
//! INVARIANT: a configuration that was read can be used; every number in it is within its bounds.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::environment;
use crate::limits::{CONCURRENCY_MAX, IDLE_SECONDS_MAX, MEMORY_MEGABYTES, QUEUE_MAX, TIMEOUT_SECONDS_MAX};
use crate::name::Pattern;
use crate::url::Address;

/// Lambda's own default.
const TIMEOUT_SECONDS: u64 = 3;
/// Lambda's own default.
const MEMORY_SIZE: u32 = 128;
const CONCURRENCY: usize = 10;
const QUEUE: usize = 1_000;
const IDLE_SECONDS: u64 = 300;

/// Names or ARNs of functions, each with what answers it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct FunctionsConfig(BTreeMap<Pattern, FunctionConfig>);

/// What answers a function.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "Table")]
pub enum FunctionConfig {
    Process(ProcessConfig),
    Url(UrlConfig),
}

/// A local process that speaks the Lambda Runtime API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProcessConfig {
    /// Program and arguments; a program with a `/` in it is looked for from `directory`.
    pub command: Vec<String>,
    /// Where it is started; `LAMBDA_TASK_ROOT`.
    pub directory: PathBuf,
    /// `_HANDLER`.
    pub handler: String,
    pub environment: BTreeMap<String, String>,
    /// Names of variables that it receives from the environment that Stairway was started in.
    pub pass_environment: Vec<String>,
    pub timeout: Duration,
    /// How many processes there may be at once.
    pub concurrency: usize,
    /// How many invocations may wait for one.
    pub queue: usize,
    /// Megabytes, told to the function and not enforced.
    pub memory_size: u32,
    /// How long a process without work is kept.
    pub idle: Duration,
    /// Whether processes are started anew when a file in `directory` changed.
    pub reload: bool,
}

/// An HTTP address that answers invocations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UrlConfig {
    pub url: String,
    pub(crate) address: Address,
    pub timeout: Duration,
    /// How many requests there may be at once.
    pub concurrency: usize,
    /// How many invocations may wait.
    pub queue: usize,
}

impl FunctionsConfig {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Pattern, &FunctionConfig)> {
        self.0.iter()
    }

    /// Makes folders that were written relatively lie below `folder`: that of the file with the table.
    pub fn relative_to(mut self, folder: &Path) -> FunctionsConfig {
        for function in self.0.values_mut() {
            if let FunctionConfig::Process(process) = function {
                process.directory = folder.join(&process.directory);
            }
        }
        self
    }
}

/// What is written for one function.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    command: Option<Vec<String>>,
    url: Option<String>,
    directory: Option<PathBuf>,
    handler: Option<String>,
    environment: Option<BTreeMap<String, String>>,
    pass_environment: Option<Vec<String>>,
    timeout_seconds: Option<u64>,
    concurrency: Option<usize>,
    queue: Option<usize>,
    memory_size: Option<u32>,
    idle_seconds: Option<u64>,
    reload: Option<bool>,
}

impl TryFrom<Table> for FunctionConfig {
    type Error = String;

    fn try_from(mut table: Table) -> Result<FunctionConfig, String> {
        match (table.command.take(), table.url.take()) {
            (Some(command), None) => process(command, table).map(FunctionConfig::Process),
            (None, Some(url)) => address(url, &table).map(FunctionConfig::Url),
            (Some(_), Some(_)) => Err("expected `command` or `url` of a function, found both".to_owned()),
            (None, None) => Err("expected `command` or `url` of a function, found neither".to_owned()),
        }
    }
}

fn process(command: Vec<String>, table: Table) -> Result<ProcessConfig, String> {
    let (Some(program), Some(last)) = (command.first(), command.last()) else {
        return Err("expected a program in `command`, found an empty list".to_owned());
    };
    if program.is_empty() {
        return Err("expected a program in `command`, found an empty text".to_owned());
    }
    let environment = table.environment.unwrap_or_default();
    let pass_environment = table.pass_environment.unwrap_or_default();
    for name in environment.keys().chain(&pass_environment) {
        checked_variable(name)?;
    }
    let memory_size = table.memory_size.unwrap_or(MEMORY_SIZE);
    let idle_seconds = table.idle_seconds.unwrap_or(IDLE_SECONDS);
    Ok(ProcessConfig {
        handler: table.handler.unwrap_or_else(|| last.clone()),
        command,
        directory: table.directory.unwrap_or_else(|| PathBuf::from(".")),
        environment,
        pass_environment,
        timeout: checked_timeout(table.timeout_seconds)?,
        concurrency: checked_concurrency(table.concurrency)?,
        queue: checked_queue(table.queue)?,
        memory_size: within("memory_size", memory_size, MEMORY_MEGABYTES)?,
        idle: Duration::from_secs(within("idle_seconds", idle_seconds, 1..=IDLE_SECONDS_MAX)?),
        reload: table.reload.unwrap_or(false),
    })
}

fn address(url: String, table: &Table) -> Result<UrlConfig, String> {
    let of_processes = [
        ("directory", table.directory.is_some()),
        ("handler", table.handler.is_some()),
        ("environment", table.environment.is_some()),
        ("pass_environment", table.pass_environment.is_some()),
        ("memory_size", table.memory_size.is_some()),
        ("idle_seconds", table.idle_seconds.is_some()),
        ("reload", table.reload.is_some()),
    ];
    if let Some((key, _)) = of_processes.iter().find(|(_, is_set)| *is_set) {
        return Err(format!("expected `{key}` only beside `command`, found it beside `url`"));
    }
    Ok(UrlConfig {
        address: Address::parse(&url)?,
        url,
        timeout: checked_timeout(table.timeout_seconds)?,
        concurrency: checked_concurrency(table.concurrency)?,
        queue: checked_queue(table.queue)?,
    })
}

fn checked_variable(name: &str) -> Result<(), String> {
    if environment::is_ours(name) {
        return Err(format!("expected no `{name}` in the environment of a function: Stairway sets it"));
    }
    match name.is_empty() || name.contains(['=', '\0']) {
        true => Err(format!("expected the name of a variable, found `{name}`")),
        false => Ok(()),
    }
}

fn checked_timeout(seconds: Option<u64>) -> Result<Duration, String> {
    let seconds = within("timeout_seconds", seconds.unwrap_or(TIMEOUT_SECONDS), 1..=TIMEOUT_SECONDS_MAX)?;
    Ok(Duration::from_secs(seconds))
}

fn checked_concurrency(processes: Option<usize>) -> Result<usize, String> {
    within("concurrency", processes.unwrap_or(CONCURRENCY), 1..=CONCURRENCY_MAX)
}

fn checked_queue(waiting: Option<usize>) -> Result<usize, String> {
    within("queue", waiting.unwrap_or(QUEUE), 0..=QUEUE_MAX)
}

fn within<T: PartialOrd + Display>(key: &str, value: T, bounds: RangeInclusive<T>) -> Result<T, String> {
    match bounds.contains(&value) {
        true => Ok(value),
        false => Err(format!("expected `{key}` to be {} to {}, found {value}", bounds.start(), bounds.end())),
    }
}

#[cfg(test)]
mod tests;
