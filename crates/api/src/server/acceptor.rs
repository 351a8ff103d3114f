//! The acceptor: one thread that accepts, counts, and hands sockets to the HTTP threads in turn.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{ServeError, Stopping};

/// LIMIT: open connections; each may hold a request body in memory. Long polls of 1,000 workers for each
/// of a few activities fit (`spec/features.md` 5.1, "Activity pollers per ARN").
const CONNECTIONS_MAX: usize = 8_192;
/// LIMIT: sockets on their way to one thread. A thread that lags so far holds up the acceptor, and the
/// kernel's backlog takes the rest.
const HANDED_OVER_MAX: usize = 256;
/// How long to leave the listener alone when the process has no file descriptors left.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// A socket and its place under the bound.
pub(super) struct Accepted {
    pub(super) socket: TcpStream,
    pub(super) place: OwnedSemaphorePermit,
}

pub(super) fn hand_over() -> (mpsc::Sender<Accepted>, mpsc::Receiver<Accepted>) {
    mpsc::channel(HANDED_OVER_MAX)
}

pub(super) fn spawn(
    listener: std::net::TcpListener,
    threads: Vec<mpsc::Sender<Accepted>>,
    stopping: Stopping,
) -> Result<JoinHandle<()>, ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(ServeError::Thread)?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener).map_err(ServeError::Thread)?
    };
    thread::Builder::new()
        .name("http-accept".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept_all(&listener, &threads) => {}
                    () = stopping.begun() => {}
                }
            });
        })
        .map_err(ServeError::Thread)
}

/// Ends only when an HTTP thread is gone.
async fn accept_all(listener: &TcpListener, threads: &[mpsc::Sender<Accepted>]) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    for thread in threads.iter().cycle() {
        let accepted = accept(listener, &places).await;
        if thread.send(accepted).await.is_err() {
            return;
        }
    }
}

/// The next connection that there is a place for.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Accepted {
    loop {
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            // A connection that was gone before it was accepted concerns nobody; anything else (no file
            // descriptors, no memory) will not have passed by the next instant.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(_) => {
                tokio::time::sleep(EXHAUSTED_PAUSE).await;
                continue;
            }
        };
        let Ok(socket) = socket.into_std() else { continue };
        match Arc::clone(places).try_acquire_owned() {
            Ok(place) => return Accepted { socket, place },
            Err(_) => refuse(&socket),
        }
    }
}

/// Over the bound: an answer that SDKs take as a reason to try again. It fits into the empty buffer of
/// the socket, so this does not wait for the peer.
fn refuse(mut socket: &TcpStream) {
    const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let _ = socket.write_all(BUSY);
}
