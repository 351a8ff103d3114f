//! One HTTP thread: a current-thread runtime with its connections and its engine client.

use std::rc::Rc;
use std::thread::{self, JoinHandle};

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

use super::acceptor::Accepted;
use super::connection;
use super::{ApiConfig, ServeError, Stopping};
use crate::api::Api;
use crate::domain::{Client, Engine};

/// Stack of a thread: definitions and payloads may be nested as deeply as `asl::limits::JSON_DEPTH_MAX`.
const STACK_BYTES: usize = 8 << 20;

pub(super) fn spawn(
    index: usize,
    engine: Engine,
    config: &ApiConfig,
    arriving: mpsc::Receiver<Accepted>,
    stopping: Stopping,
) -> Result<JoinHandle<()>, ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(ServeError::Thread)?;
    let config = config.clone();
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(ServeError::Entropy)?;
    thread::Builder::new()
        .name(format!("http-{index}"))
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let local = LocalSet::new();
            local.block_on(&runtime, async {
                let client = Rc::new(engine.client());
                let api = Api::new(engine, &config, stopping.clone(), u128::from_le_bytes(seed));
                tokio::select! {
                    () = serve(api, client, arriving, &stopping) => {}
                    () = stopping.closed() => {}
                }
            });
        })
        .map_err(ServeError::Thread)
}

/// Serves what arrives; when the server begins to end, what is there is finished.
async fn serve(
    api: Rc<Api>,
    client: Rc<Client>,
    mut arriving: mpsc::Receiver<Accepted>,
    stopping: &Stopping,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = arriving.recv() => match accepted {
                Some(accepted) => {
                    let serving = serve_one(Rc::clone(&api), Rc::clone(&client), accepted, stopping.clone());
                    connections.spawn_local(serving);
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

async fn serve_one(api: Rc<Api>, client: Rc<Client>, accepted: Accepted, stopping: Stopping) {
    let Accepted { socket, place } = accepted;
    // A socket that is already dead has nobody to tell.
    let Ok(socket) = TcpStream::from_std(socket) else { return };
    let Ok(local_addr) = socket.local_addr() else { return };
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let at = local_addr.ip();
    connection::serve(socket, &stopping, |request| {
        let (api, client) = (Rc::clone(&api), Rc::clone(&client));
        async move { api.handle(&client, at, request).await }
    })
    .await;
    drop(place);
}
