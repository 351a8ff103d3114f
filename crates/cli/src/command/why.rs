//! `stairway why`: what an execution on a running server waits for, since when, and what would wake it.
//!
//! Here: the sentences. Not here: what is waited for (`engine`), HTTP (`client`).
//! INVARIANT: one line for the execution and one for each branch that waits.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use serde::Deserialize;

use crate::client::{Client, Endpoint, execution_arn};
use crate::{duration, say};

/// Tell what an execution on a running server waits for
///
/// One line for each branch: the state, what it waits for and since when, what would wake it,
/// and when the wait ends by itself.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Why {
    /// ARN of the execution
    arn: String,
    /// Where the server listens
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8083")]
    endpoint_url: String,
    /// Sign with the access key of this profile in AWS's shared files
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(crate) fn why(arguments: &Why) -> anyhow::Result<ExitCode> {
    let arn = execution_arn(&arguments.arn)?;
    let client =
        Client::new(Endpoint::parse(&arguments.endpoint_url)?, &arn.owner, arguments.profile.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(client.of_execution(&arguments.arn, "waits"))?;
    let execution: Waits = serde_json::from_value(answer)
        .map_err(|error| anyhow!("expected what an execution waits for in the server's answer: {error}"))?;
    let mut stdout = std::io::stdout().lock();
    for line in execution.lines() {
        writeln!(stdout, "{}", say::clean(&line)).context("cannot write to stdout")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The server's answer; moments in seconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Waits {
    status: String,
    start_date: f64,
    now: f64,
    timeout_date: Option<f64>,
    #[serde(default)]
    parked: bool,
    #[serde(default)]
    waits: Vec<Branch>,
    #[serde(default)]
    more: usize,
}

#[derive(Deserialize)]
struct Branch {
    path: Vec<String>,
    since: f64,
    reason: String,
    retries: u64,
    resource: Option<String>,
    pollers: Option<usize>,
    until: Option<f64>,
}

impl Waits {
    fn lines(&self) -> Vec<String> {
        if self.status != "RUNNING" {
            return vec![format!("{}: it waits for nothing any more", self.status)];
        }
        if self.parked {
            return vec![
                "RUNNING: a step of it failed inside the server, which has logged a panic; it goes on when the server starts again"
                    .to_owned(),
            ];
        }
        let mut first = format!("RUNNING for {}", self.ago(self.start_date));
        if let Some(at) = self.timeout_date {
            first.push_str(&format!(", times out in {}", self.left(at)));
        }
        let branches = self.waits.iter().map(|branch| format!("  {}", self.line(branch)));
        let more = (self.more > 0).then(|| format!("  and {} branches more", self.more));
        [first].into_iter().chain(branches).chain(more).collect()
    }

    fn line(&self, branch: &Branch) -> String {
        let Branch { path, since, retries, .. } = branch;
        let attempt = match retries {
            0 => String::new(),
            retries => format!(", attempt {}", retries + 1),
        };
        let state = path.join(" › ");
        format!("{state}: {}; since {}{attempt}{}", branch.sentence(), self.ago(*since), self.limit(branch))
    }

    fn limit(&self, branch: &Branch) -> String {
        match (branch.until, branch.reason.as_str()) {
            (Some(until), "TIME" | "RETRY") => format!("; goes on in {}", self.left(until)),
            (Some(until), _) => format!("; times out in {}", self.left(until)),
            (None, "TURN") => String::new(),
            (None, _) => "; no time limit".to_owned(),
        }
    }

    fn ago(&self, at: f64) -> String {
        duration::show(((self.now - at) * 1_000.0) as i64)
    }

    fn left(&self, at: f64) -> String {
        duration::show(((at - self.now) * 1_000.0) as i64)
    }
}

impl Branch {
    /// What is waited for, and what would end it.
    fn sentence(&self) -> String {
        let resource = self.resource.as_deref().unwrap_or_default();
        match self.reason.as_str() {
            "TURN" => "its turn comes by itself".to_owned(),
            "TIME" => "waits for the time of its Wait state".to_owned(),
            "RETRY" => "waits before the next attempt".to_owned(),
            "WORKER" => {
                let workers = match self.pollers {
                    None | Some(0) => "no worker asks for tasks of it now".to_owned(),
                    Some(1) => "1 worker asks for tasks of it".to_owned(),
                    Some(count) => format!("{count} workers ask for tasks of it"),
                };
                format!("waits for GetActivityTask of {resource} ({workers})")
            }
            "WORKER_ANSWER" => format!(
                "a worker of {resource} has the task; waits for SendTaskSuccess or SendTaskFailure with its token"
            ),
            "CALL" => format!("waits for the answer of {resource}"),
            "JOB" => format!("waits for the end of the job that {resource} started"),
            "TASK_TOKEN" => {
                format!(
                    "waits for SendTaskSuccess or SendTaskFailure with the token that {resource} passed on"
                )
            }
            other => format!("waits for {other} {resource}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(answer: Value) -> Vec<String> {
        serde_json::from_value::<Waits>(answer).unwrap().lines()
    }

    #[test]
    fn each_branch_is_a_line() {
        let branch = |reason: &str, more: Value| {
            let mut branch = json!({"path": ["All[1]", "Pack"], "since": 1_000.0, "reason": reason, "retries": 0,
                "enteredEventId": 3});
            branch.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            branch
        };
        let lines = told(json!({
            "executionArn": "arn", "status": "RUNNING", "startDate": 990.0, "now": 1_030.0, "timeoutDate": 4_630.0,
            "waits": [
                branch("WORKER", json!({"resource": "a", "pollers": 0})),
                branch("WORKER_ANSWER", json!({"resource": "a", "until": 1_040.5, "retries": 2})),
                branch("TASK_TOKEN", json!({"resource": "q"})),
                branch("TIME", json!({"until": 1_031.0})),
            ],
            "more": 7,
        }));
        assert_eq!(
            lines,
            [
                "RUNNING for 40.0 s, times out in 1 h 00 min",
                "  All[1] › Pack: waits for GetActivityTask of a (no worker asks for tasks of it now); since 30.0 s; no time limit",
                "  All[1] › Pack: a worker of a has the task; waits for SendTaskSuccess or SendTaskFailure with its token; since 30.0 s, attempt 3; times out in 10.5 s",
                "  All[1] › Pack: waits for SendTaskSuccess or SendTaskFailure with the token that q passed on; since 30.0 s; no time limit",
                "  All[1] › Pack: waits for the time of its Wait state; since 30.0 s; goes on in 1.000 s",
                "  and 7 branches more",
            ]
        );
    }

    #[test]
    fn an_ended_execution_waits_for_nothing() {
        let ended = json!({"status": "FAILED", "startDate": 1.0, "now": 2.0});
        assert_eq!(told(ended), ["FAILED: it waits for nothing any more"]);
    }
}
