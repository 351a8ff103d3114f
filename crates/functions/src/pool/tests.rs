use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};
use tokio::task::LocalSet;

use super::*;
use crate::config::FunctionConfig;
use crate::guardian::Guardian;
use crate::job::Reply;
use crate::name::{Owner, Pattern};

fn pool() -> (Pool, UnboundedReceiver<(u64, Sign)>) {
    let FunctionConfig::Process(config) = toml::from_str("command = ['true']").unwrap() else {
        panic!("a command makes a process")
    };
    let function = Rc::new(Function {
        name: "pay".into(),
        lambda_name: "pay".to_owned(),
        config,
        environment: Rc::default(),
        log: Arc::new(|_| ()),
        guardian: Rc::new(Guardian::new(false)),
    });
    let (signs_out, signs) = unbounded_channel();
    let (workers, idle, queue) = Default::default();
    (Pool { function, folder: None, workers, idle, queue, last_id: 0, signs_out }, signs)
}

fn job() -> (Box<Job>, oneshot::Receiver<Reply>) {
    let owner = Owner { partition: "aws".into(), region: "eu-west-1".into(), account: "123456789012".into() };
    let (reply, answer) = oneshot::channel();
    let job = Job {
        request_id: "ID".into(),
        function: Pattern::parse("pay").unwrap().resolve(owner),
        payload: Default::default(),
        client_context: None,
        trace_header: String::new(),
        returned: 0,
        reply: Some(reply),
        place: Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap(),
    };
    (Box::new(job), answer)
}

#[test]
fn a_job_is_kept_when_its_process_ends_in_the_moment_of_the_order() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (mut pool, _signs) = pool();
        let (orders, ended) = unbounded_channel();
        pool.workers.insert(7, Worker { orders, is_starting: false, is_stale: false });
        pool.idle.push(7);
        drop(ended);
        let (job, mut answer) = job();
        pool.take(job);
        assert_eq!((pool.queue.len(), pool.idle.len()), (1, 0));
        assert!(pool.workers.values().any(|worker| worker.is_starting), "another process is started for it");
        assert_eq!(answer.try_recv(), Err(oneshot::error::TryRecvError::Empty), "its caller still waits");
    });
}
