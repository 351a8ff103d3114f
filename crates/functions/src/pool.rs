//! The processes of one function: which are idle, which invocations wait, when another is started.
//!
//! Not here: what happens in a process (`life`).
//! INVARIANT: a job is in the queue or in exactly one process; a process that ends gives back what it has
//! not begun.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::spawn_local;

use crate::failure::Failure;
use crate::job::Job;
use crate::life::{self, Ending, Function, Order, Sign};
use crate::log::Stream;
use crate::watch::Folder;

/// LIMIT: how often a job may come back from processes that ended with it before it could begin.
const RETURNS_MAX: u32 = 3;

/// Runs until it is told to stop.
pub(crate) async fn run(
    function: Rc<Function>,
    mut jobs: UnboundedReceiver<Box<Job>>,
    mut stopping: watch::Receiver<bool>,
) {
    let (signs_out, mut signs) = unbounded_channel();
    let folder = function.config.reload.then(|| Folder::new(&function.config.directory));
    let mut pool = Pool {
        function,
        folder,
        workers: HashMap::new(),
        idle: Vec::new(),
        queue: VecDeque::new(),
        last_id: 0,
        signs_out,
    };
    loop {
        tokio::select! {
            // Told to stop, or nobody is left who could.
            _ = stopping.changed() => break,
            Some(job) = jobs.recv() => pool.take(job),
            Some((id, sign)) = signs.recv() => pool.hear(id, sign),
        }
    }
    // From here on callers see that nobody listens.
    drop(jobs);
    pool.close(&mut signs).await;
}

struct Pool {
    function: Rc<Function>,
    /// Looked at for changes, where that was asked for.
    folder: Option<Folder>,
    workers: HashMap<u64, Worker>,
    /// The one that worked last is last, and works next: the others may grow old.
    idle: Vec<u64>,
    queue: VecDeque<Box<Job>>,
    last_id: u64,
    signs_out: UnboundedSender<(u64, Sign)>,
}

struct Worker {
    orders: UnboundedSender<Order>,
    is_starting: bool,
    /// Runs code that has changed since.
    is_stale: bool,
}

impl Pool {
    fn take(&mut self, job: Box<Job>) {
        if self.folder.as_mut().is_some_and(Folder::has_changed) {
            self.function.log(
                Stream::Platform,
                None,
                "a file changed: processes are started anew".to_owned(),
            );
            self.workers.values_mut().for_each(|worker| worker.is_stale = true);
            for id in std::mem::take(&mut self.idle) {
                drop(self.order(id, Order::End));
            }
        }
        self.queue.push_back(job);
        self.distribute();
    }

    fn hear(&mut self, id: u64, sign: Sign) {
        match sign {
            Sign::Idle => {
                let Some(worker) = self.workers.get_mut(&id) else { return };
                worker.is_starting = false;
                match worker.is_stale {
                    true => drop(self.order(id, Order::End)),
                    false => self.idle.push(id),
                }
            }
            Sign::Over(Ending { job, failure }) => {
                self.workers.remove(&id);
                self.idle.retain(|idle| *idle != id);
                job.into_iter().for_each(|job| self.take_back(job));
                failure.into_iter().for_each(|failure| self.fail_first(&failure));
            }
        }
        self.distribute();
    }

    /// Hands out what waits, and starts processes for the rest.
    fn distribute(&mut self) {
        self.queue.retain(|job| job.is_wanted());
        while let Some(id) = self.idle.pop_if(|_| !self.queue.is_empty()) {
            if let Some(job) = self.queue.pop_front()
                && let Some(Order::Work(job)) = self.order(id, Order::Work(job))
            {
                self.queue.push_front(job);
            }
        }
        let mut starting = self.workers.values().filter(|worker| worker.is_starting).count();
        while starting < self.queue.len() && self.workers.len() < self.function.config.concurrency {
            self.start(starting);
            starting += 1;
        }
    }

    /// The job at this place in the queue says what the process is told about its region and version.
    fn start(&mut self, place: usize) {
        self.last_id += 1;
        let id = self.last_id;
        let (orders, receiver) = unbounded_channel();
        let name = self.queue[place].function.clone();
        spawn_local(life::live(id, self.function.clone(), name, receiver, self.signs_out.clone()));
        self.workers.insert(id, Worker { orders, is_starting: true, is_stale: false });
    }

    /// Gives the order back when the process has begun to end; its last sign is on the way then.
    fn order(&self, id: u64, order: Order) -> Option<Order> {
        match self.workers.get(&id) {
            Some(worker) => worker.orders.send(order).err().map(|refused| refused.0),
            None => Some(order),
        }
    }

    /// A job that its process had not begun when it ended.
    fn take_back(&mut self, mut job: Box<Job>) {
        job.returned += 1;
        match job.returned < RETURNS_MAX {
            true => self.queue.push_front(job),
            false => self.fail(job, &Failure::exited(None)),
        }
    }

    /// A process that never became ready was started for the job that has waited longest.
    fn fail_first(&mut self, failure: &Failure) {
        self.queue.retain(|job| job.is_wanted());
        if let Some(job) = self.queue.pop_front() {
            self.fail(job, failure);
        }
    }

    fn fail(&self, job: Box<Job>, failure: &Failure) {
        let line = failure.log_line(&job.request_id);
        if let Some(line) = &line {
            self.function.log(Stream::Platform, Some(&job.request_id), line.clone());
        }
        job.fail(failure, line.map(|line| line + "\n").unwrap_or_default());
    }

    /// Ends all processes and waits for their end.
    async fn close(mut self, signs: &mut UnboundedReceiver<(u64, Sign)>) {
        self.queue.clear();
        for worker in self.workers.values() {
            let _ = worker.orders.send(Order::End);
        }
        while !self.workers.is_empty() {
            match signs.recv().await {
                Some((id, Sign::Over(_))) => drop(self.workers.remove(&id)),
                Some((_, Sign::Idle)) => {}
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
