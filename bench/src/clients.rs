//! Who asks: clients that start an execution and see its end before they start the next, and workers that
//! do the tasks of an activity.
//!
//! INVARIANT: an execution counts when its success was seen; any other answer ends the run with an error.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::connection::{Connection, Execution};
use crate::histogram::Histogram;
use crate::plan::Subject;
use crate::request::{self, EXECUTION_ARN, Start};

/// How the status stands in the answer that shows an end.
const STATUS: &str = "\"status\":\"";

/// What all clients of a run have in common.
pub(crate) struct Order {
    pub(crate) subject: Subject,
    pub(crate) host: String,
    pub(crate) start: Start,
    /// What a worker polls; empty when there are none.
    pub(crate) poll: Vec<u8>,
}

/// When a client measures and when it ends.
#[derive(Clone, Copy)]
pub(crate) enum Schedule {
    Between {
        open: Instant,
        close: Instant,
    },
    /// One execution to warm up, then so many that count.
    Executions(u64),
}

/// What the clients of one thread saw.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Of executions that ran while it counted: also those that ended only after the window, or the slowest
    /// would be missing.
    pub(crate) latencies: Histogram,
    /// Those that ended within the window: the rate.
    pub(crate) in_window: u64,
    /// All that ended, warm-up included.
    pub(crate) executions: u64,
    /// How many of them showed their end by the long poll.
    pub(crate) polled: u64,
}

impl Seen {
    pub(crate) fn nothing() -> Seen {
        Seen { latencies: Histogram::new(), in_window: 0, executions: 0, polled: 0 }
    }

    pub(crate) fn add(&mut self, other: &Seen) {
        self.latencies.add(&other.latencies);
        self.in_window += other.in_window;
        self.executions += other.executions;
        self.polled += other.polled;
    }
}

pub(crate) struct Client {
    connection: Connection,
    order: Arc<Order>,
    start: Start,
    poll: Vec<u8>,
    next_name: u64,
}

impl Client {
    /// Names count up from `first_name`.
    pub(crate) fn new(connection: Connection, order: &Arc<Order>, first_name: u64) -> Client {
        let start = order.start.clone();
        Client { connection, order: Arc::clone(order), start, poll: Vec::new(), next_name: first_name }
    }

    pub(crate) async fn run(mut self, schedule: Schedule, seen: Rc<RefCell<Seen>>) -> Result<()> {
        let mut begun = Instant::now();
        for number in 0.. {
            let polled = self.execute().await?;
            let ended = Instant::now();
            let (counts, last) = match schedule {
                Schedule::Between { open, close } => (ended >= open && begun < close, ended >= close),
                Schedule::Executions(count) => (number > 0, number >= count),
            };
            let mut seen = seen.borrow_mut();
            seen.executions += 1;
            seen.polled += u64::from(polled);
            seen.in_window += u64::from(counts && !last);
            if counts {
                seen.latencies.record(ended - begun);
            }
            if last {
                break;
            }
            begun = ended;
        }
        Ok(())
    }

    /// One execution until its success is seen; true when that took the long poll.
    async fn execute(&mut self) -> Result<bool> {
        let started = self.connection.exchange(self.start.named(self.next_name)).await?;
        self.next_name += 1;
        started.check_ok()?;
        if self.order.subject.is_synchronous() {
            return match started.text(STATUS) {
                Some(b"SUCCEEDED") => Ok(false),
                _ => bail!("expected a success, found {}", String::from_utf8_lossy(started.body)),
            };
        }
        let arn = started.text(EXECUTION_ARN).context("the answer of a start has no execution ARN")?;
        match (self.order.subject, started.execution) {
            (Subject::EmptyHandler, _) => return Ok(false),
            (Subject::OneStatePolled, _) | (_, Some(Execution::Running) | None) => {}
            (_, Some(Execution::Succeeded)) => return Ok(false),
            (_, Some(Execution::EndedOtherwise)) => bail!("an execution did not succeed"),
        }
        request::end_of(&mut self.poll, &self.order.host, arn);
        let ended = self.connection.exchange(&self.poll).await?;
        ended.check_ok()?;
        match ended.text(STATUS) {
            Some(b"SUCCEEDED") => Ok(true),
            _ => bail!("expected a success, found {}", String::from_utf8_lossy(ended.body)),
        }
    }
}

/// Does tasks until it is dropped.
pub(crate) async fn work(mut connection: Connection, order: Arc<Order>) -> Result<()> {
    let mut done = Vec::new();
    loop {
        let polled = connection.exchange(&order.poll).await?;
        polled.check_ok()?;
        // Without a token nothing was to do for the length of a long poll.
        let Some(token) = polled.text("\"taskToken\":\"") else { continue };
        request::send_task_success(&mut done, &order.host, token);
        connection.exchange(&done).await?.check_ok()?;
    }
}
