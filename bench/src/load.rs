//! One run: so many clients in a closed loop, spread over a thread per processor, and what they saw.
//!
//! Each thread is pinned and has a runtime of its own; connections are opened before the clock starts.
//! INVARIANT: a run ends. Whoever waits longer than `PATIENCE` for an answer ends it with an error.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::clients::{Client, Order, Schedule, Seen, work};
use crate::connection::Connection;
use crate::cpus;
use crate::plan::Subject;

/// LIMIT: beyond the time that a run is planned for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Load {
    pub(crate) addr: SocketAddr,
    pub(crate) clients: usize,
    pub(crate) cpus: Vec<usize>,
    pub(crate) span: Span,
    pub(crate) order: Arc<Order>,
    /// Keeps the names of runs on one server apart.
    pub(crate) run: u64,
}

#[derive(Clone, Copy)]
pub(crate) enum Span {
    Time {
        warm_up: Duration,
        window: Duration,
    },
    /// Executions of each client.
    Executions(u64),
}

/// What the threads of a run share.
struct Together {
    barrier: Barrier,
    begun: OnceLock<Instant>,
}

impl Load {
    pub(crate) fn run(&self) -> Result<Seen> {
        let threads = self.cpus.len().min(self.clients);
        let together = Together { barrier: Barrier::new(threads), begun: OnceLock::new() };
        let seen = thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|index| {
                    let together = &together;
                    scope.spawn(move || self.thread(index, threads, together))
                })
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread of the load panicked")))
                .collect::<Result<Vec<Seen>>>()
        })?;
        let mut all = Seen::nothing();
        seen.iter().for_each(|seen| all.add(seen));
        Ok(all)
    }

    fn thread(&self, index: usize, threads: usize, together: &Together) -> Result<Seen> {
        cpus::pin(self.cpus[index])?;
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        runtime.block_on(async {
            let clients: Vec<usize> = (index..self.clients).step_by(threads).collect();
            let connected = self.connect(&clients).await;
            together.barrier.wait().await;
            let seen = Rc::new(RefCell::new(Seen::nothing()));
            let ended = match connected {
                Ok((clients, workers)) => self.drive(clients, workers, together, &seen).await,
                Err(error) => {
                    together.barrier.wait().await;
                    Err(error)
                }
            };
            ended.map(|()| seen.borrow().clone())
        })
    }

    /// The connections of clients and, where there are tasks to do, of one worker a client.
    async fn connect(&self, clients: &[usize]) -> Result<(Vec<Client>, Vec<Connection>)> {
        let (mut opened, mut workers) = (Vec::new(), Vec::new());
        for client in clients {
            let first_name = self.run << 48 | (*client as u64 + 1) << 32;
            opened.push(Client::new(Connection::open(self.addr).await?, &self.order, first_name));
            if self.order.subject == Subject::Activity {
                workers.push(Connection::open(self.addr).await?);
            }
        }
        Ok((opened, workers))
    }

    async fn drive(
        &self,
        clients: Vec<Client>,
        workers: Vec<Connection>,
        together: &Together,
        seen: &Rc<RefCell<Seen>>,
    ) -> Result<()> {
        let begun = *together.begun.get_or_init(Instant::now);
        let (schedule, planned) = match self.span {
            Span::Time { warm_up, window } => {
                let open = begun + warm_up;
                (Schedule::Between { open, close: open + window }, warm_up + window)
            }
            Span::Executions(count) => (Schedule::Executions(count), Duration::ZERO),
        };
        let mut working = JoinSet::new();
        for connection in workers {
            working.spawn_local(work(connection, Arc::clone(&self.order)));
        }
        let mut running = JoinSet::new();
        for client in clients {
            running.spawn_local(client.run(schedule, Rc::clone(seen)));
        }
        let all_ended = async {
            loop {
                tokio::select! {
                    ended = running.join_next() => match ended {
                        Some(ended) => ended.context("a client panicked")??,
                        None => return Ok(()),
                    },
                    Some(ended) = working.join_next() => ended.context("a worker panicked")??,
                }
            }
        };
        let ended = tokio::time::timeout(planned + PATIENCE, all_ended).await.unwrap_or_else(|_| {
            bail!("clients had no answer {} s after the end of the run", PATIENCE.as_secs())
        });
        // A worker may hold a task of a client on another thread: all stay until every client is done.
        together.barrier.wait().await;
        ended
    }
}
