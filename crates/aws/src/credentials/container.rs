//! Credentials of an ECS task or an EKS pod: an agent beside the container gives them over HTTP.
//!
//! INVARIANT: the token of the pod goes only to the agent's own addresses, or over TLS.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, StatusCode, Uri};

use super::{Credentials, CredentialsFault, answer};
use crate::environment::Environment;
use crate::transport::{Patience, Transport};

const SOURCE: &str = "the container";
/// Where the agent of ECS listens.
const AGENT: &str = "http://169.254.170.2";
/// LIMIT: attempts at an agent that is on the same machine.
const ATTEMPTS_MAX: u32 = 3;
/// LIMIT: an answer with credentials.
const ANSWER_BYTES_MAX: usize = 64 << 10;

pub(super) async fn fetch(
    transport: &Transport,
    environment: &Environment,
) -> Result<Credentials, CredentialsFault> {
    let uri = uri(environment)?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri;
    if let Some(token) = token(environment)? {
        request.headers_mut().insert(AUTHORIZATION, token);
    }
    let body = get(transport, request, Duration::from_secs(2), ATTEMPTS_MAX, SOURCE).await?;
    answer::credentials(&body, "Token", SOURCE)
}

/// The address of the agent, if it is one that may have the token.
pub(super) fn uri(environment: &Environment) -> Result<Uri, CredentialsFault> {
    let wrong = |message: String| CredentialsFault::Configuration(message);
    if let Some(path) = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        let uri = format!("{AGENT}{path}").parse().ok().filter(|_| path.starts_with('/'));
        return uri
            .ok_or_else(|| wrong("expected a path in AWS_CONTAINER_CREDENTIALS_RELATIVE_URI".to_owned()));
    }
    let full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").unwrap_or_default();
    let uri: Uri =
        full.parse().map_err(|_| wrong("expected a URI in AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned()))?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_agent(host) => Ok(uri),
        _ => Err(wrong(format!(
            "expected https, or an address of this machine, in AWS_CONTAINER_CREDENTIALS_FULL_URI, found {host}"
        ))),
    }
}

fn is_agent(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            address.is_loopback() || [[169, 254, 170, 2], [169, 254, 170, 23]].contains(&address.octets())
        }
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23]
        }
        Err(_) => host == "localhost",
    }
}

/// The file is read each time: its token changes.
fn token(environment: &Environment) -> Result<Option<HeaderValue>, CredentialsFault> {
    let file = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let token = match file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| CredentialsFault::Unreachable {
            source_name: SOURCE,
            message: format!("cannot read {path}: {error}"),
        })?),
        None => environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned),
    };
    let value = |token: String| {
        let mut value = HeaderValue::try_from(token.trim_end()).ok()?;
        value.set_sensitive(true);
        Some(value)
    };
    let wrong = CredentialsFault::Answer { source_name: SOURCE, expected: "a token of one line" };
    token.map(|token| value(token).ok_or(wrong)).transpose()
}

/// One request to something on the same machine, tried a few times; the body of its answer.
pub(super) async fn get(
    transport: &Transport,
    request: Request<Bytes>,
    patience: Duration,
    attempts: u32,
    source_name: &'static str,
) -> Result<Bytes, CredentialsFault> {
    let patience =
        Patience { connect: patience, read: patience, exchange: None, answer_bytes_max: ANSWER_BYTES_MAX };
    let mut message = "it was not asked".to_owned();
    for _ in 0..attempts {
        match transport.send(request.clone(), &patience).await {
            Ok(response) if response.status() == StatusCode::OK => return Ok(response.into_body()),
            Ok(response) => {
                message = format!("it answered with status {}", response.status().as_u16());
                if response.status().is_client_error() {
                    break;
                }
            }
            Err(error) => message = error.to_string(),
        }
    }
    Err(CredentialsFault::Unreachable { source_name, message })
}
