//! Proxies as the environment names them: `HTTPS_PROXY`, `HTTP_PROXY` and who is spared by `NO_PROXY`.
//!
//! Here: which proxy serves a place. How a tunnel is opened is in `connect`.
//! INVARIANT: loopback and link-local addresses (the metadata of an instance) are never asked for
//! through a proxy.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};

use super::error::Cause;
use super::target::Target;
use crate::environment::Environment;
use crate::sign::percent_decode;

#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<String>,
    http: Option<String>,
    spared: Vec<String>,
}

/// A proxy that speaks plain HTTP.
pub(super) struct Proxy {
    pub(super) target: Target,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxies {
    /// Lower-case names win, as everywhere; upper-case ones are read too.
    pub fn from_environment(environment: &Environment) -> Proxies {
        let get = |name: &str| {
            let found = environment.get(name).or_else(|| environment.get(&name.to_ascii_uppercase()));
            found.map(str::to_owned)
        };
        let spared = get("no_proxy").unwrap_or_default();
        Proxies {
            https: get("https_proxy"),
            http: get("http_proxy"),
            spared: spared.split(',').map(|host| host.trim().to_ascii_lowercase()).collect(),
        }
    }

    pub(super) fn for_target(&self, target: &Target) -> Result<Option<Proxy>, Cause> {
        let proxy = if target.secure { &self.https } else { &self.http };
        match proxy {
            Some(proxy) if !self.is_spared(target) => Proxy::parse(proxy).map(Some),
            _ => Ok(None),
        }
    }

    fn is_spared(&self, target: &Target) -> bool {
        let host = target.host.to_ascii_lowercase();
        if is_local(&host) {
            return true;
        }
        self.spared.iter().filter(|spared| !spared.is_empty()).any(|spared| {
            let (spared, port) = match spared.rsplit_once(':') {
                Some((name, port)) if !name.contains(':') => (name, port.parse().ok()),
                _ => (spared.as_str(), None),
            };
            let domain = spared.trim_start_matches("*.").trim_start_matches('.');
            let under = || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            port.is_none_or(|port: u16| port == target.port) && (spared == "*" || host == domain || under())
        })
    }
}

impl fmt::Debug for Proxies {
    /// Without the addresses: they may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("https", &self.https.is_some())
            .field("http", &self.http.is_some())
            .field("spared", &self.spared)
            .finish()
    }
}

impl Proxy {
    /// The text is never part of a message: it may hold a password.
    fn parse(text: &str) -> Result<Proxy, Cause> {
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = with_scheme.parse().map_err(|_| Cause::ProxyUri("found no URI".to_owned()))?;
        let target = Target::of(&uri).map_err(|cause| Cause::ProxyUri(cause.to_string()))?;
        if target.secure {
            return Err(Cause::ProxyUri("found one that wants TLS to itself".to_owned()));
        }
        let user = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
        let authorization = user.map(|(user, _)| {
            let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(percent_decode(user))))
                .expect("base64 fits into a header");
            value.set_sensitive(true);
            value
        });
        Ok(Proxy { target, authorization })
    }
}

fn is_local(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        // Over IPv6 the metadata of an instance and the agent of a pod have these addresses.
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.segments()[..3] == [0xfd00, 0xec2, 0],
        Err(_) => host == "localhost",
    }
}
