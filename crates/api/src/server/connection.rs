//! One connection: HTTP/1.1 with the bounds that keep a hostile or broken client harmless.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::Stopping;
use crate::reply::HttpResponse;

/// LIMIT: time to send a request's head, and to stay idle between requests (`design/security.md` S31).
const HEAD_TIME_MAX: Duration = Duration::from_secs(60);
/// LIMIT: bytes of a request's head, and of a body held unread. hyper itself bounds the headers to 100.
const HEAD_BYTES_MAX: usize = 64 << 10;

pub(super) async fn serve<F, R>(socket: TcpStream, stopping: &Stopping, handle: F)
where
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
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    // How a connection broke is the client's affair: it got the answers it got.
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = stopping.begun() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
