//! The canonical request: the one text that signer and verifier must agree on.
//!
//! Here: path, query, headers and body hash in their canonical form, and the string to sign over them.
//! Not here: which headers are signed; `signer` decides that, `verify` reads it from the request.
//! INVARIANT: signing and verifying build this text with the same functions.

use http::{HeaderMap, Method, Uri};
use sha2::{Digest, Sha256};

use super::key::Scope;
use super::time::SigningTime;
use super::{ALGORITHM, uri};

/// S3 signs the path as it names the object; all others encode it twice and resolve its dots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    Standard,
    /// Single encoding, no normalisation, and the body's hash in a header.
    S3,
}

/// What one canonical request is made of.
pub(super) struct Parts<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    /// Lower case, sorted, without repetition.
    pub(super) signed_headers: &'a [String],
    pub(super) body_sha256: &'a str,
    pub(super) dialect: Dialect,
    /// A query parameter that is not part of it: the signature itself.
    pub(super) without: Option<&'a str>,
}

impl Parts<'_> {
    pub(super) fn canonical_request(&self) -> String {
        let mut text = String::with_capacity(512);
        let mut line = |part: &str| {
            text.push_str(part);
            text.push('\n');
        };
        line(self.method.as_str());
        line(&path(self.uri.path(), self.dialect));
        line(&query(self.uri.query().unwrap_or_default(), self.without));
        for name in self.signed_headers {
            line(&format!("{name}:{}", header(self.headers, name)));
        }
        line("");
        line(&self.signed_headers.join(";"));
        text.push_str(self.body_sha256);
        text
    }

    pub(super) fn string_to_sign(&self, time: SigningTime, scope: &Scope<'_>) -> String {
        let digest = sha256_hex(self.canonical_request().as_bytes());
        format!("{ALGORITHM}\n{}\n{}\n{digest}", time.text(), scope_text(&time.date(), scope))
    }
}

/// `20150830/us-east-1/service/aws4_request`
pub(super) fn scope_text(date: &str, scope: &Scope<'_>) -> String {
    format!("{date}/{}/{}/aws4_request", scope.region, scope.service)
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    uri::hex(&Sha256::digest(bytes))
}

pub(super) fn path(path: &str, dialect: Dialect) -> String {
    match dialect {
        // Decoding first makes `%7E` and `~` the same object, as they are to S3.
        Dialect::S3 => non_empty(uri::encode(&uri::decode(path), b"/")),
        Dialect::Standard => uri::encode(normalised(path).as_bytes(), b"/"),
    }
}

fn non_empty(path: String) -> String {
    if path.is_empty() { "/".to_owned() } else { path }
}

/// Without empty segments and dots (RFC 3986, 5.2.4); a slash at the end stays.
fn normalised(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            other => segments.push(other),
        }
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let end = if matches!(last, "" | "." | "..") && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

pub(super) fn query(query: &str, without: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = pairs(query)
        .filter(|(name, _)| without.is_none_or(|without| name != without.as_bytes()))
        .map(|(name, value)| (uri::encode(&name, b""), uri::encode(&value, b"")))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Names and values of a query, decoded, in their order.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (uri::decode(name), uri::decode(value))
    })
}

/// All values of one header in their order, each trimmed, with single spaces.
fn header(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    });
    values.collect::<Vec<_>>().join(",")
}
