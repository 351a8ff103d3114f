//! One HTTP thread: a current-thread runtime with its connections and its engine client.

use std::rc::Rc;
use std::thread::{self, JoinHandle};

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

use super::acceptor::Accepted;
use super::connection;
use super::{ApiConfig, ServeError, Stopping, Tls};
use crate::access::Admission;
use crate::api::Api;
use crate::domain::{Client, Engine};

/// Stack of a thread: definitions and payloads may be nested as deeply as `asl::limits::JSON_DEPTH_MAX`.
const STACK_BYTES: usize = 8 << 20;

/// LIMIT: threads that read from the store for one HTTP thread. Reads beyond that wait for one of them.
const READERS_MAX: usize = 16;

/// What all HTTP threads share.
pub(super) struct House<'a> {
    pub(super) engine: Engine,
    pub(super) config: &'a ApiConfig,
    pub(super) admission: &'a Admission,
}

pub(super) fn spawn(
    index: usize,
    house: House<'_>,
    arriving: mpsc::Receiver<Accepted>,
    stopping: Stopping,
) -> Result<JoinHandle<()>, ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(READERS_MAX)
        .build()
        .map_err(ServeError::Thread)?;
    let House { engine, config, admission } = house;
    let (config, admission) = (config.clone(), admission.clone());
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(ServeError::Entropy)?;
    thread::Builder::new()
        .name(format!("http-{index}"))
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let local = LocalSet::new();
            local.block_on(&runtime, async {
                let client = Rc::new(engine.client());
                let api = Api::new(engine, &config, admission, stopping.clone(), u128::from_le_bytes(seed));
                let serving = Serving { api, client, tls: config.tls };
                tokio::select! {
                    () = serve(serving, arriving, &stopping) => {}
                    () = stopping.closed() => {}
                }
            });
        })
        .map_err(ServeError::Thread)
}

/// What a connection is served with.
#[derive(Clone)]
struct Serving {
    api: Rc<Api>,
    client: Rc<Client>,
    tls: Option<Tls>,
}

/// Serves what arrives; when the server begins to end, what is there is finished.
async fn serve(serving: Serving, mut arriving: mpsc::Receiver<Accepted>, stopping: &Stopping) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = arriving.recv() => match accepted {
                Some(accepted) => {
                    connections.spawn_local(serve_one(serving.clone(), accepted, stopping.clone()));
                }
                None => break,
            },
            // Ended connections are taken out as they end.
            Some(_) = connections.join_next() => {}
            () = stopping.begun() => break,
        }
    }
    drop(arriving);
    while connections.join_next().await.is_some() {}
}

async fn serve_one(serving: Serving, accepted: Accepted, stopping: Stopping) {
    let Accepted { socket, place } = accepted;
    // A socket that is already dead has nobody to tell.
    let Ok(socket) = TcpStream::from_std(socket) else { return };
    let Ok(local_addr) = socket.local_addr() else { return };
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let at = local_addr.ip();
    let handle = |request| {
        let Serving { api, client, .. } = serving.clone();
        async move { api.handle(&client, at, request).await }
    };
    match &serving.tls {
        None => connection::serve(socket, &stopping, handle).await,
        Some(tls) => tokio::select! {
            // Who cannot agree on TLS is told so by TLS itself.
            accepted = tls.accept(socket) => if let Some(stream) = accepted {
                connection::serve(stream, &stopping, handle).await;
            },
            () = stopping.begun() => {}
        },
    }
    drop(place);
}
