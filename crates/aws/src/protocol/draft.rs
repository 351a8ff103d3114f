//! A request that is being put together.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use serde_json::Value;

use super::input::InputError;
use crate::http::{EndpointParameters, HostPrefix, Unsigned, UnsignedBody};
use crate::model::Operation;

#[derive(Default)]
pub(super) struct Draft {
    /// Percent-encoded.
    pub(super) path: String,
    /// Percent-encoded pairs and words, joined by `&`.
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) host_prefix: Option<String>,
    pub(super) endpoint_parameters: BTreeMap<String, Value>,
}

impl Draft {
    pub(super) fn header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    pub(super) fn has_header(&self, wanted: &str) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    }

    pub(super) fn query_pair(&mut self, name: &str, value: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        encode(&mut self.query, name, "");
        self.query.push('=');
        encode(&mut self.query, value, "");
    }

    pub(super) fn into_request(self, operation: Operation<'_>) -> Result<Request<Bytes>, InputError> {
        let uri = if self.query.is_empty() { self.path } else { format!("{}?{}", self.path, self.query) };
        let mut request = Request::new(self.body);
        *request.method_mut() = Method::from_bytes(operation.method().as_bytes()).map_err(invalid)?;
        *request.uri_mut() = Uri::try_from(uri).map_err(invalid)?;
        for (name, value) in self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(invalid)?;
            request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(invalid)?);
        }
        let extensions = request.extensions_mut();
        if let Some(prefix) = self.host_prefix {
            extensions.insert(HostPrefix(prefix));
        }
        if !self.endpoint_parameters.is_empty() {
            let values = self.endpoint_parameters.iter().map(|(name, value)| (name.clone(), value.into()));
            extensions.insert(EndpointParameters(values.collect()));
        }
        if operation.is_unsigned() {
            extensions.insert(Unsigned);
        }
        if operation.has_unsigned_body() {
            extensions.insert(UnsignedBody);
        }
        Ok(request)
    }
}

/// Percent-encodes all but the unreserved characters and those that are named safe.
pub(super) fn encode(out: &mut String, text: &str, safe: &str) {
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || safe.as_bytes().contains(&byte);
        if is_plain {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
}

fn invalid(error: impl std::error::Error) -> InputError {
    InputError::Http { reason: error.to_string() }
}
