//! The yardstick: hyper on the same threads as the server's, parsing the body of a start and answering what
//! a start answers, with nothing in between. What a server does beyond this is its own cost.
//!
//! It is the bare handler of the measurements that the design's figures are shares of. One that answers
//! fixed bytes and parses nothing was a fifth faster there.
//! The layout follows the API's: one acceptor, a current-thread runtime per thread, connections handed out
//! in turn.

use std::borrow::Cow;
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

/// What a start says.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start<'a> {
    #[serde(borrow)]
    state_machine_arn: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    input: Cow<'a, str>,
}

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

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, anyhow::Error> {
    let target = request.headers().get("x-amz-target");
    let is_sync = target.is_some_and(|target| target.as_bytes().ends_with(b".StartSyncExecution"));
    let body = request.into_body().collect().await?.to_bytes();
    let start: Start<'_> = serde_json::from_slice(&body)?;
    let answer = if is_sync { ended(&start)? } else { started(&start) };
    let mut response = Response::new(Full::new(Bytes::from(answer)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    Ok(response)
}

fn started(Start { state_machine_arn, name, input }: &Start<'_>) -> String {
    let machine = state_machine_arn.replace(":stateMachine:", ":execution:");
    // Read, so that it is parsed; three digits of its length stand where the milliseconds would.
    let digits = input.len() % 1_000;
    format!("{{\"executionArn\":\"{machine}:{name}\",\"startDate\":1795326381.{digits:03}}}")
}

/// What an execution answers whose output is its input, byte for byte but for dates and uuid.
fn ended(Start { state_machine_arn, name, input }: &Start<'_>) -> Result<String, anyhow::Error> {
    let machine = state_machine_arn.replace(":stateMachine:", ":express:");
    let payload = serde_json::to_string(input)?;
    Ok(format!(
        "{{\"executionArn\":\"{machine}:{name}:01a1b2c3-d4e5-7f60-8abc-def012345678\",\
         \"stateMachineArn\":\"{state_machine_arn}\",\"name\":\"{name}\",\"startDate\":1795326381.123,\
         \"stopDate\":1795326381.123,\"status\":\"SUCCEEDED\",\"input\":{payload},\
         \"inputDetails\":{{\"included\":true}},\"output\":{payload},\"outputDetails\":{{\"included\":true}},\
         \"billingDetails\":{{\"billedMemoryUsedInMB\":64,\"billedDurationInMilliseconds\":100}}}}"
    ))
}
