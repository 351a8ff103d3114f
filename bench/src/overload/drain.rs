//! What drains the server while it has too much to do: completions, heartbeats and stops at a steady rate, which
//! must all be taken; and lists, the first to be refused.
//!
//! INVARIANT: everything that is drained was there before the load began.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use super::{is_done, local, until};
use crate::connection::Connection;
use crate::histogram::Histogram;
use crate::machines::Machines;
use crate::request::{self, EXECUTION_ARN, Start};

/// Tasks that are completed in a second, each after a heartbeat, and as many executions that are stopped.
const EACH_SECOND: u64 = 20;
/// Between the names of those that are stopped and the others.
const STOPPED: u64 = 1 << 32;

pub(super) struct Drain {
    addr: SocketAddr,
    machine_arn: String,
    tokens: Vec<Vec<u8>>,
    stopped: Vec<Vec<u8>>,
    seconds: u64,
}

pub(super) struct Drained {
    pub(super) completed: u64,
    pub(super) refused: u64,
    pub(super) p99_ms: f64,
    pub(super) lists: u64,
    pub(super) lists_refused: u64,
}

impl Drain {
    /// Starts what will be drained.
    pub(super) fn prepare(addr: SocketAddr, machines: &Machines, seconds: u64) -> Result<Drain> {
        local(async {
            let host = addr.to_string();
            let mut connection = Connection::open(addr).await?;
            let mut start = Start::new(&host, "StartExecution", &machines.task.arn, &machines.task.input);
            let poll = request::get_activity_task(&host, &machines.activity_arn);
            let (mut tokens, mut stopped) = (Vec::new(), Vec::new());
            for number in 0..EACH_SECOND * seconds {
                connection.exchange(start.named(number)).await?.check_ok()?;
                let polled = connection.exchange(&poll).await?;
                polled.check_ok()?;
                tokens.push(polled.text("\"taskToken\":\"").context("a task was to be had")?.to_vec());
                let started = connection.exchange(start.named(STOPPED + number)).await?;
                started.check_ok()?;
                stopped.push(started.text(EXECUTION_ARN).context("a start answers with an ARN")?.to_vec());
                // Its task is taken, so that the next poll is not given it.
                connection.exchange(&poll).await?.check_ok()?;
            }
            Ok(Drain { addr, machine_arn: machines.one.arn.clone(), tokens, stopped, seconds })
        })
    }

    pub(super) fn run(self) -> Result<Drained> {
        local(async {
            let host = self.addr.to_string();
            let mut connection = Connection::open(self.addr).await?;
            let mut drained = Drained { completed: 0, refused: 0, p99_ms: 0.0, lists: 0, lists_refused: 0 };
            let mut latencies = Histogram::new();
            let begun = Instant::now();
            let list = json!({"stateMachineArn": self.machine_arn, "maxResults": 10}).to_string();
            let list = request::operation(&host, "ListExecutions", &list);
            for (number, (token, stopped)) in self.tokens.iter().zip(&self.stopped).enumerate() {
                let number = number as u64;
                until(
                    begun
                        + Duration::from_secs(self.seconds).mul_f64(number as f64 / self.tokens.len() as f64),
                )
                .await;
                for request in drain_one(&host, token, stopped) {
                    let asked = Instant::now();
                    let answer = connection.exchange(&request).await?;
                    let is_done = is_done(answer.status, answer.body)?;
                    latencies.record(asked.elapsed());
                    drained.completed += u64::from(is_done);
                    drained.refused += u64::from(!is_done);
                }
                if number.is_multiple_of(EACH_SECOND) {
                    let answer = connection.exchange(&list).await?;
                    drained.lists += 1;
                    drained.lists_refused += u64::from(!is_done(answer.status, answer.body)?);
                }
            }
            drained.p99_ms = latencies.quantile_ms(0.99).unwrap_or_default();
            Ok(drained)
        })
    }
}

/// A heartbeat and an answer for one task, and a stop of another execution.
fn drain_one(host: &str, token: &[u8], stopped: &[u8]) -> [Vec<u8>; 3] {
    let text = String::from_utf8_lossy;
    let heartbeat = json!({"taskToken": text(token)}).to_string();
    let stop = json!({"executionArn": text(stopped)}).to_string();
    let mut done = Vec::new();
    request::send_task_success(&mut done, host, token);
    [
        request::operation(host, "SendTaskHeartbeat", &heartbeat),
        done,
        request::operation(host, "StopExecution", &stop),
    ]
}
