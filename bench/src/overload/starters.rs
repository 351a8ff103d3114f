//! Those who start executions, faster than the server can take them, and what they saw second by second.
//!
//! INVARIANT: who is refused waits as an SDK does, longer each time, and asks for something new then.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::JoinSet;

use super::{is_done, until};
use crate::connection::Connection;
use crate::cpus;
use crate::histogram::Histogram;
use crate::request::Start;

const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// LIMIT: how often the pause doubles.
const DOUBLINGS_MAX: u32 = 5;
/// LIMIT: how long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// When a connection asks again.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// When the answer is there.
    Closed,
    /// Each time that so much has passed, or at once when that is past.
    Open(Duration),
}

pub(super) struct Starters {
    pub(super) addr: SocketAddr,
    pub(super) cpus: Vec<usize>,
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) seconds: u64,
    pub(super) machine_arn: String,
    pub(super) input: String,
    /// Keeps the names of runs on one server apart.
    pub(super) run: u64,
}

#[derive(Clone)]
pub(super) struct Started {
    /// By the second in which the answer came.
    done: Vec<u64>,
    refused: u64,
    latencies: Histogram,
}

impl Started {
    fn nothing(seconds: u64) -> Started {
        Started { done: vec![0; seconds as usize], refused: 0, latencies: Histogram::new() }
    }

    fn add(&mut self, other: &Started) {
        self.done.iter_mut().zip(&other.done).for_each(|(sum, more)| *sum += more);
        self.refused += other.refused;
        self.latencies.add(&other.latencies);
    }

    pub(super) fn seconds(&self) -> usize {
        self.done.len()
    }

    pub(super) fn done_in(&self, second: usize) -> f64 {
        self.done[second] as f64
    }

    /// A second, without the first ones.
    pub(super) fn rate_from(&self, first: usize) -> f64 {
        self.done[first..].iter().sum::<u64>() as f64 / (self.seconds() - first) as f64
    }

    pub(super) fn show(&self, title: &str, first: usize) {
        let quantile = |share| self.latencies.quantile_ms(share).unwrap_or_default();
        println!(
            "{title:<28} {:>10.0} {:>10.0} {:>10.1} {:>10.1}",
            self.rate_from(first),
            self.refused as f64 / self.seconds() as f64,
            quantile(0.5),
            quantile(0.99)
        );
    }
}

impl Starters {
    pub(super) fn run(&self) -> Result<Started> {
        let threads = self.cpus.len();
        let begun = Instant::now();
        let seen = thread::scope(|scope| {
            let running: Vec<_> =
                (0..threads).map(|index| scope.spawn(move || self.thread(index, threads, begun))).collect();
            let joined = running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread of the load panicked")));
            joined.collect::<Result<Vec<Started>>>()
        })?;
        let mut all = Started::nothing(self.seconds);
        seen.iter().for_each(|seen| all.add(seen));
        Ok(all)
    }

    fn thread(&self, index: usize, threads: usize, begun: Instant) -> Result<Started> {
        cpus::pin(self.cpus[index])?;
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        runtime.block_on(async {
            let seen = Rc::new(RefCell::new(Started::nothing(self.seconds)));
            let mut running = JoinSet::new();
            for number in (index..self.connections).step_by(threads) {
                let host = self.addr.to_string();
                let starter = Starter {
                    connection: Connection::open(self.addr).await?,
                    addr: self.addr,
                    start: Start::new(&host, "StartExecution", &self.machine_arn, &self.input),
                    next_name: self.run << 48 | (number as u64 + 1) << 24,
                    chance: number as u64 + 1,
                    begun,
                    seen: Rc::clone(&seen),
                };
                let (pace, seconds) = (self.pace, self.seconds);
                running.spawn_local(starter.run(pace, seconds));
            }
            while let Some(ended) = running.join_next().await {
                ended.context("a client panicked")??;
            }
            let seen = seen.borrow().clone();
            Ok(seen)
        })
    }
}

struct Starter {
    connection: Connection,
    addr: SocketAddr,
    start: Start,
    next_name: u64,
    chance: u64,
    begun: Instant,
    seen: Rc<RefCell<Started>>,
}

impl Starter {
    async fn run(mut self, pace: Pace, seconds: u64) -> Result<()> {
        let close = self.begun + Duration::from_secs(seconds);
        let (mut due, mut refusals) = (Instant::now(), 0);
        while Instant::now() < close {
            let asked = Instant::now();
            let is_done = tokio::time::timeout(PATIENCE, self.ask()).await.context("no answer came")??;
            let answered = Instant::now();
            let second = (answered - self.begun).as_secs() as usize;
            let mut next = answered;
            {
                let mut seen = self.seen.borrow_mut();
                if is_done && let Some(done) = seen.done.get_mut(second) {
                    *done += 1;
                    seen.latencies.record(answered - asked);
                }
                seen.refused += u64::from(!is_done);
            }
            if is_done {
                refusals = 0;
            } else {
                next += PAUSE_FIRST.mul_f64(f64::from(1 << refusals.min(DOUBLINGS_MAX)) * self.draw());
                refusals += 1;
            }
            if let Pace::Open(every) = pace {
                due = (due + every).max(asked);
                next = next.max(due);
            }
            until(next.min(close)).await;
        }
        Ok(())
    }

    async fn ask(&mut self) -> Result<bool> {
        let request = self.start.named(self.next_name);
        self.next_name += 1;
        let answer = self.connection.exchange(request).await?;
        let (status, is_done) = (answer.status, is_done(answer.status, answer.body)?);
        if status == 503 {
            self.connection = Connection::open(self.addr).await?;
        }
        Ok(is_done)
    }

    /// Between a half and one.
    fn draw(&mut self) -> f64 {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        0.5 + (self.chance >> 40) as f64 / f64::from(1 << 25)
    }
}
