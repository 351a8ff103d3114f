//! The sockets: one acceptor hands connections round robin to HTTP threads, each a runtime of its own.
//!
//! A thread per core with its own runtime, rather than one runtime over all cores, lets the engine's
//! `Client` collect the commands of one event-loop turn and hand them over with one wake
//! (`design/performance.md` E.3). Long polls are futures on these threads and hold up nobody.
//! INVARIANT: what is accepted counts against the bound on connections until it is closed.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;

use crate::access::{Access, Admission};
use crate::domain::Engine;
use crate::quotas::ApiQuotas;
use crate::telemetry::Telemetry;
use crate::test_case::TestCases;
use crate::throttle::Throttle;
use crate::wire::arn::{is_account, is_region};

mod acceptor;
mod connection;
mod http_thread;
mod tls;

pub use tls::{Tls, TlsFault};

/// What the API is told from outside.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// The account of callers whose access key id does not name one.
    pub default_account: String,
    /// The region of callers who do not sign.
    pub default_region: String,
    /// HTTP threads; at least one is started.
    pub threads: usize,
    /// Host names, beside those of this machine's loopback, by which clients may address the server.
    pub allowed_hosts: Vec<String>,
    /// Whom the server answers.
    pub access: Access,
    /// A signature that was answered is refused, unless the request only reads.
    pub refuse_replays: bool,
    /// Connections are TLS only, when this is there.
    pub tls: Option<Tls>,
    /// Who counts calls and shows metrics; without, there is no `/metrics`.
    pub telemetry: Option<Arc<dyn Telemetry>>,
    pub quotas: ApiQuotas,
    /// Slows each account to AWS's rates; none slows nobody.
    pub throttle: Option<Arc<Throttle>>,
    /// Where the test cases of mocked executions come from; none when there are none.
    pub test_cases: Option<Arc<dyn TestCases>>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        ApiConfig {
            default_account: "000000000000".to_owned(),
            default_region: "us-east-1".to_owned(),
            threads: thread::available_parallelism().map_or(1, |cores| cores.get()),
            allowed_hosts: Vec::new(),
            access: Access::Anybody,
            refuse_replays: false,
            tls: None,
            telemetry: None,
            quotas: ApiQuotas::default(),
            throttle: None,
            test_cases: None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {addr}: {source}")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("cannot start an HTTP thread: {0}")]
    Thread(#[source] io::Error),
    #[error("cannot get entropy from the operating system: {0}")]
    Entropy(getrandom::Error),
    #[error("the default account must be twelve digits, found `{0}`")]
    Account(String),
    #[error("the default region must be lower-case letters, digits and hyphens, found `{0}`")]
    Region(String),
}

/// A server that listens. Dropping it closes its connections at once; `shutdown` lets them finish.
pub struct Server {
    local_addr: SocketAddr,
    /// One per thread: what every connection polls must not be shared between cores.
    stops: Vec<watch::Sender<Stage>>,
    threads: Vec<JoinHandle<()>>,
}

/// How far the server has come to its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Serving,
    Finishing,
    Closed,
}

/// Tells those who wait for long that the server is about to end.
#[derive(Clone)]
pub(crate) struct Stopping(watch::Receiver<Stage>);

impl Stopping {
    pub(crate) fn new() -> (watch::Sender<Stage>, Stopping) {
        let (stop, stages) = watch::channel(Stage::Serving);
        (stop, Stopping(stages))
    }

    /// Answers when the server begins to end.
    pub(crate) async fn begun(&self) {
        self.reached(Stage::Finishing).await;
    }

    pub(crate) fn is_serving(&self) -> bool {
        *self.0.borrow() == Stage::Serving
    }

    #[cfg(test)]
    pub(crate) fn by_hand() -> (impl Fn(), Stopping) {
        let (stages, stopping) = Stopping::new();
        let stop = move || {
            stages.send_replace(Stage::Finishing);
        };
        (stop, stopping)
    }

    async fn closed(&self) {
        self.reached(Stage::Closed).await;
    }

    async fn reached(&self, stage: Stage) {
        let mut stages = self.0.clone();
        // An error means that the sender is gone, and the server with it.
        let _ = stages.wait_for(|reached| *reached >= stage).await;
    }
}

impl Server {
    /// Listens and serves until `shutdown` or drop.
    pub fn bind(addr: SocketAddr, engine: Engine, config: ApiConfig) -> Result<Server, ServeError> {
        if !is_account(&config.default_account) {
            return Err(ServeError::Account(config.default_account));
        }
        if !is_region(&config.default_region) {
            return Err(ServeError::Region(config.default_region));
        }
        let listen = |source| ServeError::Listen { addr, source };
        let listener = TcpListener::bind(addr).map_err(listen)?;
        let local_addr = listener.local_addr().map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;

        // From here on an early return drops `server`, which ends the threads that were started.
        let mut server = Server { local_addr, stops: Vec::new(), threads: Vec::new() };
        let mut sockets = Vec::new();
        let admission = Admission::of(&config);
        for index in 0..config.threads.max(1) {
            let (hand_over, arriving) = acceptor::hand_over();
            sockets.push(hand_over);
            let stopping = server.stopping();
            let house = http_thread::House { engine: engine.clone(), config: &config, admission: &admission };
            server.threads.push(http_thread::spawn(index, house, arriving, stopping)?);
        }
        let stopping = server.stopping();
        server.threads.push(acceptor::spawn(listener, sockets, stopping)?);
        Ok(server)
    }

    fn stopping(&mut self) -> Stopping {
        let (stop, stopping) = Stopping::new();
        self.stops.push(stop);
        stopping
    }

    fn enter(&self, stage: Stage) {
        for stop in &self.stops {
            stop.send_replace(stage);
        }
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Stops accepting, answers what is being asked, ends long polls, and closes. What has not finished
    /// after `grace` is cut off. Blocks until all threads have ended.
    pub fn shutdown(mut self, grace: Duration) {
        self.enter(Stage::Finishing);
        let closed_by = std::time::Instant::now() + grace;
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            let left = closed_by.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(Duration::from_millis(5)));
        }
        self.close();
    }

    fn close(&mut self) {
        self.enter(Stage::Closed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has already said so; the others still have to be waited for.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
