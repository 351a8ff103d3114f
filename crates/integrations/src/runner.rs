//! The runner: one thread on which all calls of services are made, many at a time.
//!
//! Here: handing calls over from the engine's threads, and ending what is no longer wanted.
//! Not here: what a call does (`call`), how a job is followed (`follow`).
//! INVARIANT: the engine's threads never wait here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::thread;

use asl::Document;
use asl::resource::{Pattern, Resource};
use aws::sign::SecretKey;
use engine::{InDoubt, TaskCall, TaskKey, TaskRunner, Uid};
use functions::Functions;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, LocalSet};

use crate::services::{Outside, Services};
use crate::turns::{Turn, Turns};
use crate::{call, follow, in_doubt};

/// LIMIT: calls under way at once; half of what one transport lets be exchanged at a time, for jobs are followed
/// over the same.
const CALLS_MAX: usize = 1_024;

/// The handle that the engine is given. Cheap to clone.
#[derive(Clone)]
pub struct Integrations(Arc<Inner>);

struct Inner {
    orders: UnboundedSender<Order>,
    /// Where this server's own API listens, once it does.
    own_api: OnceLock<OwnApi>,
}

/// This server's own API, for itself.
#[derive(Clone)]
pub struct OwnApi {
    pub url: String,
    /// Signs for whatever account a nested execution belongs to.
    pub secret: SecretKey,
}

enum Order {
    Call(TaskCall),
    Follow(TaskCall, Document),
    Ended(Uid, TaskKey),
}

/// An attempt: its execution, and the event that scheduled it.
type Attempt = (Uid, u64);

/// Jobs that are followed.
type Followed = Rc<RefCell<HashMap<Attempt, Job>>>;

/// Jobs whose submission has not been answered yet, and whether somebody still wants them.
type Submitting = Rc<RefCell<HashMap<Attempt, bool>>>;

struct Job {
    watch: AbortHandle,
    call: TaskCall,
    submitted: Document,
}

impl Integrations {
    /// Starts the thread. Calls that come before `listens` has been said wait for nothing but their own kind.
    pub fn start(outside: Outside, functions: Functions) -> io::Result<Integrations> {
        let (orders, arriving) = unbounded_channel();
        let inner = Arc::new(Inner { orders, own_api: OnceLock::new() });
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let integrations = Integrations(Arc::clone(&inner));
        // The thread holds the address only, so that it ends with the last handle.
        let own_api = Arc::downgrade(&inner);
        let own_api = move || own_api.upgrade().and_then(|inner| inner.own_api.get().cloned());
        thread::Builder::new().name("integrations".into()).spawn(move || {
            let services = Rc::new(Services::new(outside, functions, Box::new(own_api)));
            LocalSet::new().block_on(&runtime, serve(arriving, services));
        })?;
        Ok(integrations)
    }

    /// This server's own API listens here: nested executions are started through it.
    pub fn listens(&self, own_api: OwnApi) {
        // Said once, when the server has its address.
        let _ = self.0.own_api.set(own_api);
    }

    fn order(&self, order: Order) {
        // Without its thread the process is about to end, and recovery makes the call again or says why not.
        let _ = self.0.orders.send(order);
    }
}

impl TaskRunner for Integrations {
    fn call(&self, call: TaskCall) {
        self.order(Order::Call(call));
    }

    fn follow(&self, call: TaskCall, submitted: Document) {
        self.order(Order::Follow(call, submitted));
    }

    fn in_doubt(&self, call: &TaskCall) -> InDoubt {
        in_doubt::of(call)
    }

    fn ended(&self, execution: Uid, task: TaskKey) {
        self.order(Order::Ended(execution, task));
    }
}

async fn serve(mut arriving: UnboundedReceiver<Order>, services: Rc<Services>) {
    let (followed, submitting) = (Followed::default(), Submitting::default());
    let turns = Turns::new(CALLS_MAX);
    loop {
        let order = tokio::select! {
            order = arriving.recv() => order,
            () = turns.freed() => {
                begin(&services, &submitting, &turns);
                continue;
            }
        };
        let Some(order) = order else { return };
        match order {
            Order::Call(call) => {
                turns.wait((call.execution, call.task.scheduled), call);
                begin(&services, &submitting, &turns);
            }
            Order::Follow(call, submitted) => follow_job(&services, &followed, call, submitted),
            Order::Ended(execution, task) => {
                turns.forget(&(execution, task.scheduled));
                if let Some(is_wanted) = submitting.borrow_mut().get_mut(&(execution, task.scheduled)) {
                    *is_wanted = false;
                }
                let job = followed.borrow_mut().remove(&(execution, task.scheduled));
                if let Some(job) = job {
                    job.watch.abort();
                    let services = Rc::clone(&services);
                    tokio::task::spawn_local(async move {
                        follow::cancel(&services, &job.call, &job.submitted).await;
                    });
                }
            }
        }
    }
}

/// Makes the calls whose turn it is. One that is no longer wanted then runs on, as AWS's do; its answer finds nobody.
fn begin(services: &Rc<Services>, submitting: &Submitting, turns: &Turns<Attempt, TaskCall>) {
    while let Some((call, turn)) = turns.next() {
        if is_job(&call) {
            submit_job(services, submitting, call, turn);
        } else {
            let services = Rc::clone(services);
            tokio::task::spawn_local(async move {
                let answer = call::make(&services, &call).await;
                drop(turn);
                call::answer(&call, answer);
            });
        }
    }
}

fn is_job(call: &TaskCall) -> bool {
    matches!(call.resource, Resource::Service { pattern: Pattern::Sync { .. }, .. })
}

/// A job that is no longer wanted when its submission is answered is ended at once: nobody would follow it.
fn submit_job(
    services: &Rc<Services>,
    submitting: &Submitting,
    call: TaskCall,
    turn: Turn<Attempt, TaskCall>,
) {
    let key = (call.execution, call.task.scheduled);
    submitting.borrow_mut().insert(key, true);
    let (services, submitting) = (Rc::clone(services), Rc::clone(submitting));
    tokio::task::spawn_local(async move {
        let answer = call::make(&services, &call).await;
        drop(turn);
        // First, so that its own answer does not make it unwanted.
        let is_wanted = submitting.borrow_mut().remove(&key).unwrap_or(true);
        match answer {
            Ok(submitted) if !is_wanted => follow::cancel(&services, &call, &submitted).await,
            answer => call::answer(&call, answer),
        }
    });
}

fn follow_job(services: &Rc<Services>, followed: &Followed, call: TaskCall, submitted: Document) {
    let key = (call.execution, call.task.scheduled);
    let (watched, answer) = (call.clone(), submitted.clone());
    let (services, ours) = (Rc::clone(services), Rc::clone(followed));
    let watch = tokio::task::spawn_local(async move {
        let end = follow::to_its_end(&services, &watched, &answer).await;
        // First, so that its own end does not cancel it.
        ours.borrow_mut().remove(&key);
        match end {
            Ok(output) => watched.succeeded(output),
            Err(failure) => watched.failed(failure),
        }
    });
    followed.borrow_mut().insert(key, Job { watch: watch.abort_handle(), call, submitted });
}
