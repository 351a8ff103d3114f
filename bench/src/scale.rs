//! Very many executions that wait for a task token: what each costs in memory and on disk, how long a
//! restart takes, and how fast some of them are completed.
//!
//! A workflow hands its token to a queue (`scale/queue`) and waits. At a quarter, a half and all of the
//! executions the server is killed and started again on the same data: what grows faster than the number
//! of executions shows as a rising row. INVARIANT: tokens that are completed are spread over all starts.

mod queue;

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::task::{JoinSet, LocalSet};

use crate::connection::Connection;
use crate::cpus::{self, Layout};
use crate::machines::{Machine, STANDARD, create};
use crate::process::Process;
use crate::request::{self, Start};
use queue::Queue;

const CLIENTS: usize = 64;
/// LIMIT: how long a server may take to be ready again, and the queue to get what was sent.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(5);
/// How much more than in proportion a figure may grow from a quarter to all: the noise of shared machines.
const GROWTH_MAX: f64 = 1.5;

pub(crate) struct Scale {
    pub(crate) executions: usize,
    pub(crate) completed: usize,
}

struct Row {
    started: usize,
    started_per_second: f64,
    resident_bytes: u64,
    /// After a restart: nothing of the load is left in memory.
    restarted_bytes: u64,
    disk_bytes: u64,
    recovery: Duration,
    completion: Duration,
}

impl Scale {
    /// True when nothing grew faster than the number of executions.
    pub(crate) fn measure(&self, server: &Path) -> Result<bool> {
        let (layout, _) = Layout::all(&cpus::allowed()?)?;
        let folder = tempfile::tempdir()?;
        let stage = Stage {
            server: server.to_owned(),
            data: folder.path().join("data"),
            cpus: layout.server.clone(),
            queue: Queue::start()?,
        };
        println!(
            "executions that wait for a task token; {} are completed at each size ({})",
            self.completed, layout.name
        );
        println!(
            "{:>10} {:>9} {:>11} {:>11} {:>9} {:>12} {:>12}",
            "started", "per second", "resident", "restarted", "on disk", "first answer", "completed"
        );
        let machine = stage.machine()?;
        let quarter = self.executions / 4;
        let first = stage.grow(&machine, 0, quarter, self.completed)?;
        stage.grow(&machine, quarter, 2 * quarter, self.completed)?;
        let last = stage.grow(&machine, 2 * quarter, 4 * quarter, self.completed)?;
        let growth = last.started as f64 / first.started as f64;
        let grew = |name: &str, before: f64, after: f64| {
            let times = after / before.max(f64::MIN_POSITIVE);
            println!("{name} grew {times:.1} times while the executions grew {growth:.1} times");
            times <= growth * GROWTH_MAX
        };
        let recovery = grew("the time to the first answer", seconds(first.recovery), seconds(last.recovery));
        let memory = grew("memory", first.restarted_bytes as f64, last.restarted_bytes as f64);
        let completion = seconds(last.completion) / seconds(first.completion).max(f64::MIN_POSITIVE);
        println!("the time to complete {} grew {completion:.1} times", self.completed);
        Ok(recovery && memory)
    }
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

impl Row {
    fn line(&self) -> String {
        let each = |bytes: u64| format!("{:.0} B each", bytes as f64 / self.started as f64);
        format!(
            "{:>10} {:>9.0} {:>11} {:>11} {:>9} {:>10.2} s {:>10.2} s",
            self.started,
            self.started_per_second,
            each(self.resident_bytes),
            each(self.restarted_bytes),
            each(self.disk_bytes),
            seconds(self.recovery),
            seconds(self.completion),
        )
    }
}

struct Stage {
    server: PathBuf,
    data: PathBuf,
    cpus: Vec<usize>,
    queue: Queue,
}

impl Stage {
    fn machine(&self) -> Result<Machine> {
        let process = self.start()?;
        let machine = local(async {
            let mut connection = Connection::open(process.addr).await?;
            let definition = waiting_machine(&self.queue.url());
            create(
                &mut connection,
                &process.addr.to_string(),
                "waiting",
                STANDARD,
                definition,
                "{}".to_owned(),
                &Value::Null,
            )
            .await
        })?;
        process.end()?;
        Ok(machine)
    }

    /// Goes on from so many executions to so many.
    fn grow(&self, machine: &Machine, from: usize, to: usize, completed: usize) -> Result<Row> {
        let process = self.start()?;
        let host = process.addr.to_string();
        let idle_bytes = process.resident_bytes()?;
        let begun = Instant::now();
        let start = Start::new(&host, "StartExecution", &machine.arn, &machine.input);
        spread(process.addr, to - from, async move |at, connection| {
            let request = start.clone().named((from + at) as u64).to_vec();
            connection.exchange(&request).await?.check_ok()
        })?;
        let started_per_second = (to - from) as f64 / begun.elapsed().as_secs_f64();
        self.queue.await_count(to, PATIENCE)?;
        process.settle()?;
        let resident_bytes = process.resident_bytes()?.saturating_sub(idle_bytes);
        // Killed, as after a loss of power.
        drop(process);
        let disk_bytes = bytes_in(&self.data)?;
        let begun = Instant::now();
        let process = self.start()?;
        let host = process.addr.to_string();
        let last = format!("{:016x}", to - 1);
        let describe = json!({"executionArn": execution_arn(&machine.arn, &last)}).to_string();
        local(first_answer(process.addr, &request::operation(&host, "DescribeExecution", &describe)))?;
        let recovery = begun.elapsed();
        process.settle()?;
        let restarted_bytes = process.resident_bytes()?.saturating_sub(idle_bytes);
        let tokens = self.queue.take_spread(completed);
        let begun = Instant::now();
        spread(process.addr, tokens.len(), async move |at, connection| {
            let mut request = Vec::new();
            request::send_task_success(&mut request, &host, &tokens[at]);
            connection.exchange(&request).await?.check_ok()
        })?;
        let completion = begun.elapsed();
        process.end()?;
        let row = Row {
            started: to,
            started_per_second,
            resident_bytes,
            restarted_bytes,
            disk_bytes,
            recovery,
            completion,
        };
        println!("{}", row.line());
        Ok(row)
    }

    /// The queue is the server's SQS.
    fn start(&self) -> Result<Process> {
        let (url, data) = (self.queue.url(), self.data.display().to_string());
        let environment = [
            ("AWS_ENDPOINT_URL_SQS", &*url),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_REGION", "us-east-1"),
        ];
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data];
        Process::start(&self.cpus, &self.server, &arguments, &environment)
    }
}

fn waiting_machine(queue_url: &str) -> Value {
    json!({"StartAt": "Approve", "States": {"Approve": {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": format!("{queue_url}/0/bench"), "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": true
    }}})
}

fn execution_arn(machine_arn: &str, name: &str) -> String {
    format!("{}:{name}", machine_arn.replace(":stateMachine:", ":execution:"))
}

fn local<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Asks until there is an answer.
async fn first_answer(addr: SocketAddr, request: &[u8]) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let answered = async { Connection::open(addr).await?.exchange(request).await?.check_ok() }.await;
        if answered.is_ok() || Instant::now() >= until {
            return answered;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Does something so many times, over several connections.
fn spread<Once>(addr: SocketAddr, count: usize, once: Once) -> Result<()>
where
    Once: AsyncFn(usize, &mut Connection) -> Result<()> + 'static,
{
    let (once, next) = (Rc::new(once), Rc::new(Cell::new(0)));
    let all = async {
        let mut working = JoinSet::new();
        for _ in 0..CLIENTS {
            let (once, next) = (Rc::clone(&once), Rc::clone(&next));
            working.spawn_local(async move {
                let mut connection = Connection::open(addr).await?;
                while next.get() < count {
                    let at = next.replace(next.get() + 1);
                    once(at, &mut connection).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = working.join_next().await {
            ended.context("a client panicked")??;
        }
        Ok(())
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, all)
}

fn bytes_in(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        total += if data.is_dir() { bytes_in(&entry.path())? } else { data.len() };
    }
    Ok(total)
}
