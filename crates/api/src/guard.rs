//! Keeps browsers from being turned against this server: DNS rebinding and requests of foreign pages
//! (`design/security.md` S10, S11).
//!
//! A page can make a browser connect here, but not choose `Host`, and not leave out `Origin`. So a host
//! must be one that this server answers to, and a page must come from this very server.

use std::net::{IpAddr, Ipv6Addr};

use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::{HeaderMap, Uri};

use crate::error::ApiError;

/// The names, beside loopback and the address a connection came in at, that this server answers to.
pub(crate) struct Guard {
    allowed_hosts: Vec<String>,
}

impl Guard {
    pub(crate) fn new(allowed_hosts: &[String]) -> Guard {
        Guard { allowed_hosts: allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// `at`: the local address of the connection.
    pub(crate) fn check(&self, headers: &HeaderMap, uri: &Uri, at: IpAddr) -> Result<(), ApiError> {
        let authority = self.check_host(headers, uri, at)?;
        check_origin(headers, authority)
    }

    /// Enough for what is the same for everybody: a link on any page may lead to it. Gives the host.
    pub(crate) fn check_host<'h>(
        &self,
        headers: &'h HeaderMap,
        uri: &Uri,
        at: IpAddr,
    ) -> Result<&'h str, ApiError> {
        let authority = one(headers.get_all(HOST).iter()).ok_or(ApiError::ForeignHost)?;
        let named = [Some(authority), uri.authority().map(|authority| authority.as_str())];
        if !named.into_iter().flatten().all(|authority| self.answers_to(authority, at)) {
            return Err(ApiError::ForeignHost);
        }
        Ok(authority)
    }

    fn answers_to(&self, authority: &str, at: IpAddr) -> bool {
        let Some(host) = host_of(authority) else { return false };
        if let Some(address) = address_of(host) {
            return address.is_loopback() || address == at.to_canonical() || self.is_allowed(host);
        }
        let host = host.to_ascii_lowercase();
        // The SDKs put `sync-` before the host of StartSyncExecution and TestState.
        let name = host.strip_prefix("sync-").unwrap_or(&host);
        name == "localhost" || name.ends_with(".localhost") || self.is_allowed(name) || self.is_allowed(&host)
    }

    fn is_allowed(&self, host: &str) -> bool {
        self.allowed_hosts.iter().any(|allowed| allowed == host)
    }
}

/// A page's request is let in only from the origin it is sent to.
fn check_origin(headers: &HeaderMap, authority: &str) -> Result<(), ApiError> {
    if let Some(site) = headers.get("sec-fetch-site")
        && !matches!(site.as_bytes(), b"same-origin" | b"none")
    {
        return Err(ApiError::ForeignOrigin);
    }
    if !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    let origin = one(headers.get_all(ORIGIN).iter()).ok_or(ApiError::ForeignOrigin)?;
    let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    match from {
        Some(from) if from.eq_ignore_ascii_case(authority) => Ok(()),
        Some(_) | None => Err(ApiError::ForeignOrigin),
    }
}

/// The only value; none when there are several, or bytes that are no text.
fn one<'h>(mut values: impl Iterator<Item = &'h HeaderValue>) -> Option<&'h str> {
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

/// The host of `host:port`; a port must be a number.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inner, after) = rest.split_once(']')?;
            let host = &authority[..inner.len() + 2];
            (host, after.strip_prefix(':').or(after.is_empty().then_some("0"))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "0")),
    };
    (!host.is_empty() && port.parse::<u16>().is_ok()).then_some(host)
}

fn address_of(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical()),
        None => host.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4),
    }
}

#[cfg(test)]
mod tests;
