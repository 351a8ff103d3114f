//! Signing what we send: in headers, or in the query of a URL that is given away.
//!
//! Here: which headers are signed, and where the signature goes.
//! INVARIANT: signing a request again (for another attempt) replaces the old signature.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use super::canonical::{Dialect, Parts, scope_text, sha256_hex};
use super::key::{Scope, SecretKey};
use super::time::SigningTime;
use super::{ALGORITHM, names, uri};
use crate::http::UnsignedBody;

/// Headers that proxies and the connection own: whatever is said of them must not break a signature.
const NEVER_SIGNED: &[&str] = &[
    "authorization",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Who signs, and for what.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret: &'a SecretKey,
    pub session_token: Option<&'a str>,
    pub scope: Scope<'a>,
    pub dialect: Dialect,
}

/// What stands for the hash of a body that is not part of the signature.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Signs a request in its headers. Its URI names the host, or a `host` header does.
pub fn sign(request: &mut Request<Bytes>, signer: &Signer<'_>, time: SigningTime) -> Result<(), http::Error> {
    let has_unsigned_body = request.extensions().get::<UnsignedBody>().is_some();
    let body_sha256 = if has_unsigned_body { UNSIGNED.to_owned() } else { sha256_hex(request.body()) };
    request.headers_mut().remove(AUTHORIZATION);
    set_host(request)?;
    let headers = request.headers_mut();
    headers.insert(names::DATE, HeaderValue::try_from(time.text())?);
    headers.remove(names::TOKEN);
    if let Some(token) = signer.session_token {
        let mut token = HeaderValue::try_from(token)?;
        token.set_sensitive(true);
        headers.insert(names::TOKEN, token);
    }
    if signer.dialect == Dialect::S3 || has_unsigned_body {
        headers.insert(names::CONTENT_SHA256, HeaderValue::try_from(&body_sha256)?);
    }
    let signed_headers = signed_headers(headers);
    let signature = signature(request, signer, time, &signed_headers, &body_sha256);
    let text = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
        signer.access_key_id,
        scope_text(&time.date(), &signer.scope),
        signed_headers.join(";"),
    );
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}

/// Signs a request in its query: whoever has the URL may send it until it expires.
pub fn presign(
    request: &mut Request<Bytes>,
    signer: &Signer<'_>,
    time: SigningTime,
    expires: Duration,
) -> Result<(), http::Error> {
    set_host(request)?;
    let signed_headers = signed_headers(request.headers());
    let scope = scope_text(&time.date(), &signer.scope);
    let mut added = vec![
        (names::QUERY_ALGORITHM, ALGORITHM.to_owned()),
        (names::QUERY_CREDENTIAL, format!("{}/{scope}", signer.access_key_id)),
        (names::QUERY_DATE, time.text()),
        (names::QUERY_EXPIRES, expires.as_secs().to_string()),
        (names::QUERY_SIGNED_HEADERS, signed_headers.join(";")),
    ];
    added.extend(signer.session_token.map(|token| (names::QUERY_TOKEN, token.to_owned())));
    append_query(request, &added)?;
    let body_sha256 = match signer.dialect {
        Dialect::Standard => sha256_hex(request.body()),
        // S3 cannot know the body of a URL that was given away.
        Dialect::S3 => UNSIGNED.to_owned(),
    };
    let signature = signature(request, signer, time, &signed_headers, &body_sha256);
    append_query(request, &[(names::QUERY_SIGNATURE, signature)])
}

fn signature(
    request: &Request<Bytes>,
    signer: &Signer<'_>,
    time: SigningTime,
    signed_headers: &[String],
    body_sha256: &str,
) -> String {
    let parts = Parts {
        method: request.method(),
        uri: request.uri(),
        headers: request.headers(),
        signed_headers,
        body_sha256,
        dialect: signer.dialect,
        without: None,
    };
    let text = parts.string_to_sign(time, &signer.scope);
    uri::hex(&signer.secret.signing_key(&time.date(), &signer.scope).signature(&text))
}

fn signed_headers(headers: &HeaderMap) -> Vec<String> {
    let mut signed: Vec<String> = headers
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| !NEVER_SIGNED.contains(name))
        .map(str::to_owned)
        .collect();
    signed.sort_unstable();
    signed
}

/// The header that a server sees: the authority of the URI, without the port that its scheme implies.
fn set_host(request: &mut Request<Bytes>) -> Result<(), http::Error> {
    let uri = request.uri();
    let Some(authority) = uri.authority() else { return Ok(()) };
    let host = match (uri.scheme_str(), authority.port_u16()) {
        (Some("https"), Some(443)) | (Some("http"), Some(80)) | (_, None) => authority.host().to_owned(),
        (_, Some(port)) => format!("{}:{port}", authority.host()),
    };
    request.headers_mut().insert(HOST, HeaderValue::try_from(host)?);
    Ok(())
}

fn append_query(request: &mut Request<Bytes>, pairs: &[(&str, String)]) -> Result<(), http::Error> {
    let mut text = request.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
    for (name, value) in pairs {
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&format!("{name}={}", uri::encode(value.as_bytes(), b"")));
    }
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text)?);
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(())
}
