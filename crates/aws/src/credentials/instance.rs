//! Credentials of an EC2 instance, from its metadata: version 2, which asks for a token first.
//!
//! Version 1 is not asked: whoever can make a server send a plain GET could read it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};

use super::{Credentials, CredentialsFault, answer, container};
use crate::environment::Environment;
use crate::transport::Transport;

const SOURCE: &str = "the instance";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const TOKEN_SECONDS: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");

pub(super) async fn fetch(
    transport: &Transport,
    environment: &Environment,
) -> Result<Credentials, CredentialsFault> {
    let endpoint = endpoint(environment);
    let number = |name: &str| environment.get(name).and_then(|text| text.parse().ok());
    let patience = Duration::from_secs(number("AWS_METADATA_SERVICE_TIMEOUT").unwrap_or(1).max(1));
    let attempts = number("AWS_METADATA_SERVICE_NUM_ATTEMPTS").and_then(|number| u32::try_from(number).ok());
    let attempts = attempts.unwrap_or(1).clamp(1, 10);
    let ask = async |method: Method, path: &str, header: (HeaderName, HeaderValue)| {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = format!("{endpoint}{path}").parse::<Uri>().map_err(|_| {
            CredentialsFault::Configuration("expected a URL in AWS_EC2_METADATA_SERVICE_ENDPOINT".to_owned())
        })?;
        request.headers_mut().insert(header.0, header.1);
        container::get(transport, request, patience, attempts, SOURCE).await
    };
    let wrong = |expected| CredentialsFault::Answer { source_name: SOURCE, expected };
    let lifetime = (TOKEN_SECONDS, HeaderValue::from_static("21600"));
    let token = ask(Method::PUT, "/latest/api/token", lifetime).await?;
    let mut token = HeaderValue::from_maybe_shared(token).map_err(|_| wrong("a token of one line"))?;
    token.set_sensitive(true);
    let roles = ask(Method::GET, ROLES, (TOKEN, token.clone())).await?;
    let role = std::str::from_utf8(&roles).ok().and_then(|roles| roles.lines().next());
    let role = role.filter(|role| !role.is_empty()).ok_or(wrong("the name of a role"))?;
    let body = ask(Method::GET, &format!("{ROLES}{role}"), (TOKEN, token)).await?;
    answer::credentials(&body, "Token", SOURCE)
}

pub(super) fn endpoint(environment: &Environment) -> String {
    let configured = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    let mode = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").unwrap_or_default();
    let default =
        if mode.eq_ignore_ascii_case("ipv6") { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" };
    configured.unwrap_or(default).trim_end_matches('/').to_owned()
}
