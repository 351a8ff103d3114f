//! Asks a running server over HTTP/1.1 or https, signed as the AWS tools sign.
//!
//! Without a profile the key is one that names the account: a server without access keys asks for no more.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow};
use asl::arn::{ExecutionArn, Owner};
use aws::credentials::Credentials;
use aws::settings::Settings;
use aws::sign::{Dialect, Scope, Signer, sign};
use aws::transport::{Patience, Transport, TransportConfig};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Uri};
use serde_json::Value;

use crate::outside;
use crate::say::UsageError;

/// LIMIT: bytes of one answer: a page of 1,000 events with 256 KiB each would not be shown anyway.
const ANSWER_BYTES_MAX: usize = 512 * 1_048_576;
/// Longer than any wait that is asked for here.
const ANSWER_WAIT: Duration = Duration::from_secs(90);

/// Scheme, host and port of a server, without a slash at the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Endpoint(String);

impl Endpoint {
    pub(crate) fn parse(url: &str) -> Result<Endpoint, UsageError> {
        let refused =
            || UsageError(format!("expected --endpoint-url to be like http://127.0.0.1:8083, found `{url}`"));
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let path = uri.path_and_query().map(|path| path.as_str());
        match (uri.scheme_str(), uri.authority(), path) {
            (Some(scheme @ ("http" | "https")), Some(authority), None | Some("/")) => {
                Ok(Endpoint(format!("{scheme}://{authority}")))
            }
            _ => Err(refused()),
        }
    }
}

pub(crate) struct Client {
    endpoint: Endpoint,
    region: String,
    key: Credentials,
    transport: Transport,
}

impl Client {
    /// Asks for what belongs to `owner`, with the key of a profile of AWS's shared files.
    pub(crate) fn new(endpoint: Endpoint, owner: &Owner, profile: Option<&str>) -> anyhow::Result<Client> {
        let environment = outside::environment();
        let user_agent = HeaderValue::from_static(concat!("stairway/", env!("CARGO_PKG_VERSION")));
        let transport = TransportConfig::from_environment(&environment, user_agent)?;
        let key = match profile {
            None => Credentials::new(&*owner.account, "none", None),
            Some(name) => {
                let settings =
                    Settings::load(environment, Some(name)).map_err(|fault| UsageError(fault.to_string()))?;
                Credentials::in_profile(&settings).ok_or_else(|| {
                    UsageError(format!("expected an access key in the profile {name}, found none"))
                })?
            }
        };
        let region = owner.region.to_string();
        Ok(Client { endpoint, region, key, transport: Transport::new(transport)? })
    }

    /// An operation of the API.
    pub(crate) async fn call(&self, operation: &str, request: &Value) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/", self.endpoint.0))
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
            .body(Bytes::from(request.to_string()))?;
        self.send(request).await
    }

    /// What a server says of an execution beside AWS's operations.
    pub(crate) async fn of_execution(&self, arn: &str, asked: &str) -> anyhow::Result<Value> {
        let url = format!("{}/stairway/executions/{}/{asked}", self.endpoint.0, percent_encoded(arn));
        let request = Request::builder().uri(url).body(Bytes::new())?;
        self.send(request).await
    }

    async fn send(&self, mut request: Request<Bytes>) -> anyhow::Result<Value> {
        let signer = Signer {
            access_key_id: &self.key.access_key_id,
            secret: &self.key.secret,
            session_token: self.key.session_token.as_deref(),
            scope: Scope { region: &self.region, service: "states" },
            dialect: Dialect::Standard,
        };
        sign(&mut request, &signer, SystemTime::now().into())?;
        let patience =
            Patience { read: ANSWER_WAIT, answer_bytes_max: ANSWER_BYTES_MAX, ..Patience::default() };
        let answer = self.transport.send(request, &patience).await;
        let answer = answer.map_err(|error| anyhow!("{}", error.cause));
        let answer = answer.with_context(|| format!("no answer from {}", self.endpoint.0))?;
        Answer { status: answer.status().as_u16(), body: answer.into_body() }.value()
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
    fn an_endpoint_is_a_scheme_a_host_and_a_port() {
        let url = |url: &str| Endpoint::parse(url).map(|endpoint| endpoint.0);
        assert_eq!(url("http://127.0.0.1:8083").unwrap(), "http://127.0.0.1:8083");
        assert_eq!(url("http://[::1]:9/").unwrap(), "http://[::1]:9");
        assert_eq!(url("https://stairway.local").unwrap(), "https://stairway.local");
    }

    #[test]
    fn other_endpoints_are_refused() {
        let refused = |url| Endpoint::parse(url).unwrap_err().to_string();
        assert!(refused("localhost:8083").contains("found `localhost:8083`"));
        assert!(refused("ftp://localhost").contains("found `ftp://localhost`"));
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
