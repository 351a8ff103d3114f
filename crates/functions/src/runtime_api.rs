//! The Lambda Runtime API of one process: a port of its own on this machine's loopback, since
//! `AWS_LAMBDA_RUNTIME_API` has no room for a path that would tell processes apart.
//!
//! Here: HTTP and its bounds. Not here: which call is right at which time (`life`).
//! INVARIANT: every call gets an answer; whoever is not addressed by its own address is refused, so that
//! no web page can speak to it.

mod body;
mod replies;

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{HOST, ORIGIN};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_local};

use crate::failure::{Failure, document};
use crate::limits::CONNECTIONS_MAX;
use body::Received;
use replies::{accepted, broken, error, not_found, refused};

const VERSION: &str = "/2018-06-01/runtime/";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// What a runtime says. There are at most as many at a time as it has connections.
pub(crate) enum Call {
    /// Asks for an invocation; one that is dropped is refused.
    Next(oneshot::Sender<Next>),
    Answer {
        request_id: String,
        result: Result<Bytes, Failure>,
        verdict: oneshot::Sender<Verdict>,
    },
    InitError {
        document: Bytes,
        verdict: oneshot::Sender<Verdict>,
    },
}

/// An invocation as the runtime receives it.
pub(crate) struct Next {
    pub(crate) request_id: Arc<str>,
    pub(crate) deadline_ms: u128,
    pub(crate) arn: String,
    pub(crate) trace_header: String,
    pub(crate) client_context: Option<String>,
    pub(crate) payload: Bytes,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Accepted,
    UnknownRequest,
    NotNow,
}

type Answer = Response<Full<Bytes>>;

/// The listener. The calls end when it is closed and its last connection is.
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    acceptor: JoinHandle<()>,
}

impl RuntimeApi {
    /// Must be called inside a `LocalSet`.
    pub(crate) fn open() -> io::Result<(RuntimeApi, UnboundedReceiver<Call>)> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (calls, receiver) = unbounded_channel();
        let acceptor = spawn_local(accept(TcpListener::from_std(listener)?, address, calls));
        Ok((RuntimeApi { address, acceptor }, receiver))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn close(&mut self) {
        self.acceptor.abort();
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.close();
    }
}

async fn accept(listener: TcpListener, address: SocketAddr, calls: UnboundedSender<Call>) {
    let open = Rc::new(Cell::new(0));
    loop {
        // An error is of one connection that never came about.
        let Ok((stream, _)) = listener.accept().await else { continue };
        if open.get() < CONNECTIONS_MAX {
            open.set(open.get() + 1);
            let (open, calls) = (open.clone(), calls.clone());
            spawn_local(async move {
                serve(stream, address, calls).await;
                open.set(open.get() - 1);
            });
        }
    }
}

async fn serve(stream: TcpStream, address: SocketAddr, calls: UnboundedSender<Call>) {
    // Small answers go out at once; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let host = address.to_string();
    let service = service_fn(|request| {
        let (calls, host) = (calls.clone(), host.clone());
        async move { Ok::<_, Infallible>(answer(request, &host, &calls).await) }
    });
    // A connection that breaks is the runtime's loss; its process shows what became of it.
    let _ = hyper::server::conn::http1::Builder::new()
        .half_close(false)
        // As Lambda writes them: not every client knows that case does not matter.
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: Request<Incoming>, host: &str, calls: &UnboundedSender<Call>) -> Answer {
    let headers = request.headers();
    let is_addressed = headers.get(HOST).is_some_and(|given| given.as_bytes() == host.as_bytes());
    if !is_addressed || headers.contains_key(ORIGIN) {
        return error(StatusCode::FORBIDDEN, "Forbidden", "expected a runtime of this machine");
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let Some(path) = path.strip_prefix(VERSION) else { return not_found(&path) };
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        (Method::GET, ["invocation", "next"]) => next(calls).await,
        (Method::POST, ["invocation", id, "response"]) => {
            take_answer(id, body::receive(request).await, calls).await
        }
        (Method::POST, ["invocation", id, "error"]) => {
            let error_type = error_type(request.headers());
            match body::receive(request).await {
                Ok(body) => {
                    let result = Err(failure_told(&error_type, body));
                    call(calls, |verdict| Call::Answer { request_id: (*id).to_owned(), result, verdict })
                        .await
                }
                Err(why) => broken(&why),
            }
        }
        (Method::POST, ["init", "error"]) => {
            let error_type = error_type(request.headers());
            match body::receive(request).await {
                Ok(body) => {
                    let document = error_document(&error_type, body);
                    call(calls, |verdict| Call::InitError { document, verdict }).await
                }
                Err(why) => broken(&why),
            }
        }
        _ => not_found(path),
    }
}

async fn next(calls: &UnboundedSender<Call>) -> Answer {
    let (question, invocation) = oneshot::channel();
    // Nobody listens to a process that is ending: then the question is dropped, and refused.
    let _ = calls.send(Call::Next(question));
    match invocation.await {
        Ok(next) => next.into_answer().unwrap_or_else(|_| {
            error(StatusCode::INTERNAL_SERVER_ERROR, "Internal", "the invocation does not fit into headers")
        }),
        Err(_) => refused(Verdict::NotNow),
    }
}

async fn take_answer(
    id: &str,
    body: Result<Received, hyper::Error>,
    calls: &UnboundedSender<Call>,
) -> Answer {
    let body = match body {
        Ok(body) => body,
        Err(why) => return broken(&why),
    };
    let is_too_large = body.is_too_large;
    let result = match (is_too_large, body.trailing_error()) {
        (true, _) => Err(Failure::AnswerTooLarge),
        (false, Some(document)) => Err(Failure::Told(document)),
        (false, None) => Ok(body.bytes),
    };
    let answer = call(calls, |verdict| Call::Answer { request_id: id.to_owned(), result, verdict }).await;
    match is_too_large && answer.status() == StatusCode::ACCEPTED {
        true => error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &format!("Exceeded maximum allowed payload size ({} bytes).", crate::limits::RESPONSE_BYTES_MAX),
        ),
        false => answer,
    }
}

async fn call(calls: &UnboundedSender<Call>, make: impl FnOnce(oneshot::Sender<Verdict>) -> Call) -> Answer {
    let (verdict, judged) = oneshot::channel();
    let _ = calls.send(make(verdict));
    match judged.await.unwrap_or(Verdict::NotNow) {
        Verdict::Accepted => accepted(),
        refusal => refused(refusal),
    }
}

fn failure_told(error_type: &str, body: Received) -> Failure {
    Failure::Told(error_document(error_type, body))
}

/// The document as it came where it is JSON; one around it where it is not.
fn error_document(error_type: &str, body: Received) -> Bytes {
    match !body.is_too_large && serde_json::from_slice::<serde::de::IgnoredAny>(&body.bytes).is_ok() {
        true => body.bytes,
        false => document(error_type, &body.excerpt()),
    }
}

fn error_type(headers: &HeaderMap) -> String {
    let given = headers.get(ERROR_TYPE).map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned());
    given.unwrap_or_else(|| "Unhandled".to_owned())
}
