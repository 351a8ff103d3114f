//! Where a connection leads: scheme, host and port. Connections are kept by it.

use http::header::InvalidHeaderValue;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Uri};

use super::error::Cause;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Target {
    pub(super) secure: bool,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Target {
    pub(super) fn of(uri: &Uri) -> Result<Target, Cause> {
        let secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(Cause::Uri),
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or(Cause::Uri)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Target { secure, host, port })
    }

    /// `host:port` as in CONNECT, always with the port.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// The value of the `host` header: without the port that the scheme implies.
    pub(super) fn host_header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let implied = if self.secure { 443 } else { 80 };
        HeaderValue::try_from(if self.port == implied { self.bracketed() } else { self.authority() })
    }

    pub(super) fn origin_form(&self, uri: &Uri) -> Uri {
        uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/")).into()
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}
