//! The yardstick: hyper on the same threads as the server's, reading a request's body and answering bytes
//! that are always the same. What a server does beyond this is its own cost.
//!
//! The layout follows the API's: one acceptor, a current-thread runtime per thread, connections handed out
//! in turn.

use std::net::TcpListener;
use std::thread;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

/// The size and shape of a start's answer.
const ANSWER: &[u8] =
    b"{\"executionArn\":\"arn:aws:states:us-east-1:000000000000:execution:one:0000000000000000\",\
                        \"startDate\":1795326381.351}";
/// LIMIT: sockets on their way to a thread.
const HANDED_OVER_MAX: usize = 256;

/// Serves until the process is ended.
pub(crate) fn serve(threads: usize) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut hand_over = Vec::new();
    for _ in 0..threads.max(1) {
        let (sender, arriving) = mpsc::channel(HANDED_OVER_MAX);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || LocalSet::new().block_on(&runtime, serve_all(arriving)));
        hand_over.push(sender);
    }
    eprintln!("empty handler {}{}", crate::process::READY, listener.local_addr()?);
    for thread in hand_over.iter().cycle() {
        let (socket, _) = listener.accept()?;
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        thread.blocking_send(socket)?;
    }
    Ok(())
}

async fn serve_all(mut arriving: mpsc::Receiver<std::net::TcpStream>) {
    while let Some(socket) = arriving.recv().await {
        // A socket that is already dead has nobody to tell.
        let Ok(socket) = TcpStream::from_std(socket) else { continue };
        tokio::task::spawn_local(async move {
            // How a connection ends is the client's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer)).await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    Ok(response)
}
