//! A sink that is slow: log records and status changes come here, and each call is answered after a second.
//!
//! It answers `{}` to whatever it is asked: CloudWatch Logs, EventBridge and a webhook at once.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

const SLOWNESS: Duration = Duration::from_secs(1);

/// Serves until the process is ended.
pub(crate) fn serve() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("slow sink {}{}", crate::process::READY, listener.local_addr()?);
        loop {
            let (socket, _) = listener.accept().await?;
            tokio::task::spawn_local(async move {
                // How a connection ends is the server's affair.
                let _ =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer)).await;
            });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // Taken in whole, as a service does before it answers; what is cut short is answered all the same.
    let _ = request.into_body().collect().await;
    tokio::time::sleep(SLOWNESS).await;
    Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))
}
