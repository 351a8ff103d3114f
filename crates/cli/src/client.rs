//! Asks a running server over HTTP/1.1: one connection per question, no signature.
//!
//! The credential scope is sent all the same, because account and region of a request come from it.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use asl::arn::{ExecutionArn, Owner};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::say::UsageError;

/// LIMIT: bytes of one answer: a page of 1,000 events with 256 KiB each would not be shown anyway.
const ANSWER_BYTES_MAX: usize = 512 * 1_048_576;
/// Longer than any wait that is asked for here.
const ANSWER_WAIT: Duration = Duration::from_secs(90);

/// Host and port of a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Endpoint {
    authority: String,
    host: String,
    port: u16,
}

impl Endpoint {
    pub(crate) fn parse(url: &str) -> Result<Endpoint, UsageError> {
        let refused = |found: &str| {
            UsageError(format!("expected --endpoint-url to be like http://127.0.0.1:8083, found {found}"))
        };
        let uri: Uri = url.parse().map_err(|_| refused(&format!("`{url}`")))?;
        match (uri.scheme_str(), uri.host(), uri.path_and_query().map(|path| path.as_str())) {
            (Some("http"), Some(host), None | Some("/")) => Ok(Endpoint {
                authority: uri.authority().map(ToString::to_string).unwrap_or_default(),
                host: host.trim_matches(['[', ']']).to_owned(),
                port: uri.port_u16().unwrap_or(80),
            }),
            (Some("https"), ..) => Err(refused("https, which is not supported yet")),
            _ => Err(refused(&format!("`{url}`"))),
        }
    }
}

pub(crate) struct Client {
    endpoint: Endpoint,
    authorization: String,
}

impl Client {
    pub(crate) fn new(endpoint: Endpoint, owner: &Owner) -> Client {
        let Owner { account, region, .. } = owner;
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={account}/20000101/{region}/states/aws4_request, \
             SignedHeaders=host, Signature={:064}",
            0
        );
        Client { endpoint, authorization }
    }

    /// An operation of the API.
    pub(crate) async fn call(&self, operation: &str, request: &Value) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
            .header(HOST, &self.endpoint.authority)
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::new(Bytes::from(request.to_string())))?;
        self.send(request).await
    }

    /// What a server says of an execution beside AWS's operations.
    pub(crate) async fn of_execution(&self, arn: &str, asked: &str) -> anyhow::Result<Value> {
        let path = format!("/stairway/executions/{}/{asked}", percent_encoded(arn));
        let request = Request::builder()
            .uri(path)
            .header(HOST, &self.endpoint.authority)
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::default())?;
        self.send(request).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Value> {
        let place = || format!("no answer from http://{}", self.endpoint.authority);
        tokio::time::timeout(ANSWER_WAIT, self.exchange(request))
            .await
            .map_err(|_| anyhow!("nothing came for {} s", ANSWER_WAIT.as_secs()))
            .with_context(place)?
            .with_context(place)?
            .value()
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let stream = TcpStream::connect((self.endpoint.host.as_str(), self.endpoint.port)).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        connection.abort();
        let body = body.map_err(|error| anyhow!("the answer broke off: {error}"))?.to_bytes();
        Ok(Answer { status, body })
    }
}

/// The ARN of an execution, from an argument.
pub(crate) fn execution_arn(text: &str) -> Result<ExecutionArn, UsageError> {
    text.parse().map_err(|_| {
        UsageError(format!(
            "expected the ARN of an execution (`arn:aws:states:<region>:<account>:execution:<state machine>:<name>`), found `{text}`"
        ))
    })
}

/// An ARN as part of a path: names may hold characters of any script.
fn percent_encoded(arn: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":-._~".contains(&byte);
    let encoded = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    arn.bytes().map(encoded).collect()
}

struct Answer {
    status: u16,
    body: Bytes,
}

impl Answer {
    fn value(self) -> anyhow::Result<Value> {
        let value: Option<Value> = serde_json::from_slice(&self.body).ok();
        match (self.status, value) {
            (200, Some(value)) => Ok(value),
            (_, Some(Value::Object(error))) if error.contains_key("__type") => {
                let name = error["__type"].as_str().unwrap_or_default();
                let name = name.rsplit('#').next().unwrap_or(name);
                let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
                Err(anyhow!("the server answered {name}: {message}"))
            }
            (status, _) => {
                Err(anyhow!("expected a JSON answer from a Stairway server, found HTTP status {status}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_port() {
        let parts = |url: &str| Endpoint::parse(url).map(|endpoint| (endpoint.host, endpoint.port));
        assert_eq!(parts("http://127.0.0.1:8083").unwrap(), ("127.0.0.1".to_owned(), 8083));
        assert_eq!(parts("http://[::1]:9/").unwrap(), ("::1".to_owned(), 9));
        assert_eq!(parts("http://stairway.local").unwrap(), ("stairway.local".to_owned(), 80));
    }

    #[test]
    fn other_endpoints_are_refused() {
        let refused = |url| Endpoint::parse(url).unwrap_err().to_string();
        assert!(refused("localhost:8083").contains("found `localhost:8083`"));
        assert!(refused("https://localhost").contains("https, which is not supported yet"));
        assert!(refused("http://localhost/path").contains("found `http://localhost/path`"));
    }

    #[test]
    fn names_of_any_script_fit_into_a_path() {
        assert_eq!(percent_encoded("arn:aws:states:a/ü"), "arn:aws:states:a%2F%C3%BC");
    }

    #[test]
    fn errors_are_named_as_aws_names_them() {
        let answer = |status, body: &'static str| Answer { status, body: Bytes::from(body) }.value();
        assert_eq!(
            answer(400, r#"{"__type":"com.amazonaws.states#ExecutionDoesNotExist","message":"none"}"#)
                .unwrap_err()
                .to_string(),
            "the server answered ExecutionDoesNotExist: none"
        );
        assert!(answer(404, "<html>").unwrap_err().to_string().ends_with("found HTTP status 404"));
        assert_eq!(answer(200, "{}").unwrap(), serde_json::json!({}));
    }
}
