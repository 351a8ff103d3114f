//! One connection: HTTP/1.1 with the bounds that keep a hostile or broken client harmless.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::Stopping;
use crate::reply::HttpResponse;

/// LIMIT: time to send a request's head, and to stay idle between requests (`design/security.md` S31).
const HEAD_TIME_MAX: Duration = Duration::from_secs(60);
/// LIMIT: bytes of a request's head, and of a body held unread. hyper itself bounds the headers to 100.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// LIMIT: how long, and by how many bytes, a client may go on that was refused in the middle of its request.
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);
const LINGER_BYTES_MAX: u64 = 1 << 20;

pub(super) async fn serve<S, F, R>(mut socket: S, stopping: &Stopping, handle: F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Request<Incoming>) -> R,
    R: Future<Output = HttpResponse>,
{
    let service = service_fn(|request| {
        let response = handle(request);
        async move { Ok::<_, Infallible>(response.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        // Answers are small: one copy is cheaper than a write of two pieces.
        .writev(false)
        .serve_connection(TokioIo::new(&mut socket), service);
    let mut connection = pin!(connection);
    // How a connection broke is the client's affair: it got the answers it got.
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = stopping.begun() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
            return;
        }
    }
    linger(socket).await;
}

/// Reads what a client still sends that was refused in the middle of its request. Closing a socket that
/// holds unread bytes resets the connection, and with it the refusal that the client has not read yet.
/// Of a client that has closed its side this is one read.
async fn linger(mut socket: impl AsyncRead + AsyncWrite + Unpin) {
    let _ = socket.shutdown().await;
    let mut rest = socket.take(LINGER_BYTES_MAX);
    let _ = timeout(LINGER_TIME_MAX, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
}
