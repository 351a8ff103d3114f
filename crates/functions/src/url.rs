//! A function at an HTTP address: the payload is posted, the answer is what comes back.
//!
//! - The request carries the headers of the Runtime API (`Lambda-Runtime-Aws-Request-Id`,
//!   `Lambda-Runtime-Deadline-Ms`, `Lambda-Runtime-Invoked-Function-Arn`, `Lambda-Runtime-Trace-Id`,
//!   `Lambda-Runtime-Client-Context`).
//! - A status of 200 to 299 is the function's answer; `X-Amz-Function-Error` makes an error of it.
//!
//! INVARIANT: no redirect is followed, and only the address of the configuration is ever asked.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::answer::{FunctionError, InvokeError};
use crate::config::UrlConfig;
use crate::failure::Failure;
use crate::job::Job;
use crate::limits::RESPONSE_BYTES_MAX;
use crate::log::{LogLine, LogSink, Stream};

/// LIMIT: characters of an unusable answer that are repeated.
const EXCERPT_CHARS: usize = 1_024;
/// The members of an error document, as the official runtime clients write it.
const ERROR_MEMBERS: &[&str] = &["errorMessage", "errorType", "requestId", "stackTrace", "trace", "cause"];

/// An address without encryption: functions are neighbours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Address {
    host: String,
    port: u16,
    authority: String,
    path: String,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Address, String> {
        let refused = || format!("expected a `url` like http://127.0.0.1:8080/charge, found `{url}`");
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let authority = uri.authority().ok_or_else(refused)?;
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') || authority.host().is_empty()
        {
            return Err(refused());
        }
        Ok(Address {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

/// Runs until it is told to stop; what is open then is given up.
pub(crate) async fn run(
    name: Arc<str>,
    config: UrlConfig,
    log: LogSink,
    mut jobs: UnboundedReceiver<Box<Job>>,
    mut stopping: watch::Receiver<bool>,
) {
    let caller = Rc::new(Caller { name, config, log });
    let turns = Arc::new(Semaphore::new(caller.config.concurrency));
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            Some(job) = jobs.recv() => {
                let (caller, turns) = (caller.clone(), turns.clone());
                open.spawn_local(async move {
                    // The turns are never closed.
                    let _turn = turns.acquire_owned().await;
                    if job.is_wanted() {
                        caller.ask(job).await;
                    }
                });
            }
            Some(_) = open.join_next() => {}
        }
    }
}

struct Caller {
    name: Arc<str>,
    config: UrlConfig,
    log: LogSink,
}

struct Heard {
    status: u16,
    headers: HeaderMap,
    /// None when there was more than an answer may have.
    body: Option<Bytes>,
}

impl Caller {
    async fn ask(&self, job: Box<Job>) {
        let UrlConfig { timeout, address, .. } = &self.config;
        match tokio::time::timeout(*timeout, exchange(address, &job, *timeout)).await {
            Err(_) => self.fail(job, Failure::TimedOut(*timeout)),
            Ok(Err(why)) => job.refuse(InvokeError::Unreachable(format!("{address} failed: {why}"))),
            Ok(Ok(Heard { body: None, .. })) => self.fail(job, Failure::AnswerTooLarge),
            Ok(Ok(Heard { status, headers, body: Some(body) })) => self.judge(job, status, &headers, body),
        }
    }

    fn judge(&self, job: Box<Job>, status: u16, headers: &HeaderMap, body: Bytes) {
        let is_document = is_error_document(&body);
        let told = headers.get("x-amz-function-error").map(|error| match error.as_bytes() {
            b"Handled" => FunctionError::Handled,
            _ => FunctionError::Unhandled,
        });
        match status {
            200..=299 => {
                // Lambda's own emulator has no header for errors.
                let error = told.or(is_document.then_some(FunctionError::Unhandled));
                let payload = if body.is_empty() { Bytes::from_static(b"null") } else { body };
                job.answer(payload, error, String::new());
            }
            _ if is_document => self.fail(job, Failure::Told(body)),
            429 => job.refuse(InvokeError::TooManyRequests),
            500.. => {
                let message =
                    format!("{} answered with status {status}: {}", self.config.address, excerpt(&body));
                job.refuse(InvokeError::Service(message));
            }
            _ => {
                let (url, excerpt) = (self.config.address.to_string(), excerpt(&body));
                self.fail(job, Failure::Status { url, status, excerpt });
            }
        }
    }

    fn fail(&self, job: Box<Job>, failure: Failure) {
        if let Some(text) = failure.log_line(&job.request_id) {
            let (function, request_id) = (self.name.clone(), Some(job.request_id.clone()));
            (self.log)(LogLine { function, request_id, stream: Stream::Platform, text });
        }
        job.fail(&failure, String::new());
    }
}

type Problem = Box<dyn std::error::Error + Send + Sync>;

async fn exchange(address: &Address, job: &Job, timeout: Duration) -> Result<Heard, Problem> {
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Both end with this future, whoever drops it.
    let mut connection = JoinSet::from_iter([connection]);
    let response = sender.send_request(request(address, job, timeout)?).await?;
    let (parts, body) = response.into_parts();
    let body = match Limited::new(body, RESPONSE_BYTES_MAX).collect().await {
        Ok(body) => Some(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => None,
        Err(error) => return Err(error),
    };
    connection.abort_all();
    Ok(Heard { status: parts.status.as_u16(), headers: parts.headers, body })
}

fn request(address: &Address, job: &Job, timeout: Duration) -> Result<Request<Full<Bytes>>, Problem> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&address.path)
        .header(HOST, &address.authority)
        .header(CONTENT_TYPE, "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", &*job.request_id)
        .header("Lambda-Runtime-Deadline-Ms", deadline.as_millis().to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", job.function.arn())
        .header("Lambda-Runtime-Trace-Id", &job.trace_header);
    if let Some(context) = &job.client_context {
        request = request.header("Lambda-Runtime-Client-Context", context);
    }
    Ok(request.body(Full::new(job.payload.clone()))?)
}

/// Whether this is how the runtime clients describe an error, and nothing else.
fn is_error_document(body: &Bytes) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else { return false };
    members.contains_key("errorType")
        && members.contains_key("errorMessage")
        && members.keys().all(|member| ERROR_MEMBERS.contains(&member.as_str()))
}

fn excerpt(body: &Bytes) -> String {
    String::from_utf8_lossy(body).chars().take(EXCERPT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_http() {
        let shown = |url: &str| Address::parse(url).map(|address| address.to_string());
        assert_eq!(shown("http://127.0.0.1:9000/a?b=c").unwrap(), "http://127.0.0.1:9000/a?b=c");
        assert_eq!(shown("http://localhost").unwrap(), "http://localhost/");
        assert_eq!(Address::parse("http://[::1]:80/").unwrap().host, "::1");
        for url in ["https://localhost/", "localhost:80", "/charge", "http://", "http://user:key@localhost/"]
        {
            assert!(shown(url).unwrap_err().starts_with("expected a `url` like"), "{url}");
        }
    }

    #[test]
    fn an_error_document_is_told_from_an_answer() {
        let is = |body: &'static str| is_error_document(&Bytes::from_static(body.as_bytes()));
        assert!(is(r#"{"errorMessage":"m","errorType":"T","requestId":"","stackTrace":[]}"#));
        assert!(is(r#"{"errorType":"Error","errorMessage":"failure","trace":[]}"#));
        assert!(!is(r#"{"errorType":"Error","errorMessage":"failure","orders":[]}"#));
        assert!(!is(r#"{"errorMessage":"m"}"#));
        assert!(!is("[]"));
        assert!(!is("oops"));
    }
}
