//! HTTP/1.1 over TCP and TLS: one request, one answer.
//!
//! Here: the exchange over a connection that is new or was kept. Redirects are not followed, bodies are
//! not decompressed, nothing is tried twice but what surely never left.
//! Not here: signatures, endpoints, attempts.
//! INVARIANT: `Outcome::NotSent` is said only when no byte of the request was handed to the connection;
//! every other failure is `Outcome::Unknown`.

mod body;
mod connect;
mod error;
mod pool;
mod proxy;
mod target;
mod tls;
mod written;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub use error::{Cause, Outcome, TransportError};
pub use proxy::Proxies;

use connect::{Connection, Connector};
use pool::Pool;
use target::Target;

use crate::environment::Environment;

/// LIMIT: exchanges at one time over one transport; others wait for their turn within their connect time-out.
const EXCHANGES_MAX: usize = 2_048;

/// How a transport reaches the world.
#[derive(Clone)]
pub struct TransportConfig {
    pub proxies: Proxies,
    /// Certificate authorities in PEM that are trusted instead of the public ones.
    pub ca_bundle: Option<Vec<u8>>,
    pub user_agent: HeaderValue,
}

impl TransportConfig {
    /// `AWS_CA_BUNDLE`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of an environment.
    pub fn from_environment(
        environment: &Environment,
        user_agent: HeaderValue,
    ) -> Result<TransportConfig, Cause> {
        let read = |path: &str| {
            std::fs::read(path).map_err(|error| Cause::CaBundle(format!("cannot read {path}: {error}")))
        };
        Ok(TransportConfig {
            proxies: Proxies::from_environment(environment),
            ca_bundle: environment.get("AWS_CA_BUNDLE").map(read).transpose()?,
            user_agent,
        })
    }
}

/// The patience of one exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// Until there is a connection, over TLS and through a proxy where needed.
    pub connect: Duration,
    /// Silence of the server: until the answer begins, and between any two pieces of it.
    pub read: Duration,
    /// For everything together.
    pub exchange: Option<Duration>,
    /// LIMIT: bytes of an answer; a longer one is refused as soon as it says so.
    pub answer_bytes_max: usize,
}

impl Default for Patience {
    /// As the AWS SDKs wait. 16 MiB is above every answer that ends in a payload (Lambda's is 6 MB).
    fn default() -> Patience {
        Patience {
            connect: Duration::from_millis(3_100),
            read: Duration::from_secs(60),
            exchange: None,
            answer_bytes_max: 16 << 20,
        }
    }
}

/// Connections to anywhere. Cheap to clone; clones share the connections that were kept.
///
/// A kept connection is driven by the runtime that opened it: share a transport among runtimes only if
/// they all run.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    connector: Connector,
    pool: Pool,
    turns: Semaphore,
    user_agent: HeaderValue,
}

impl Transport {
    pub fn new(config: TransportConfig) -> Result<Transport, Cause> {
        Ok(Transport(Arc::new(Inner {
            connector: Connector {
                tls: tls::connector(config.ca_bundle.as_deref())?,
                proxies: config.proxies,
            },
            pool: Pool::default(),
            turns: Semaphore::new(EXCHANGES_MAX),
            user_agent: config.user_agent,
        })))
    }

    /// Sends a request whose URI is absolute, and waits for the whole answer.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        patience: &Patience,
    ) -> Result<Response<Bytes>, TransportError> {
        let begun = Instant::now();
        let end = patience.exchange.map(|exchange| begun + exchange);
        let connect_by = earliest(begun + patience.connect, end);
        let target = Target::of(request.uri()).map_err(TransportError::not_sent)?;
        let turn = timeout_at(connect_by, self.0.turns.acquire()).await;
        let _turn = turn.map_err(|_| TransportError::not_sent(Cause::Busy))?;
        let mut kept = self.0.pool.take(&target).await;
        loop {
            let reused = kept.is_some();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => {
                    self.0.connector.connect(&target, connect_by).await.map_err(TransportError::not_sent)?
                }
            };
            let wired = self.wired(&request, &target, &connection).map_err(TransportError::not_sent)?;
            match exchange(&mut connection, wired, patience, end).await {
                Ok(response) => {
                    self.0.pool.keep(target, connection);
                    return Ok(response);
                }
                // The server had closed a connection that was kept: another will do, for nothing was sent.
                Err(error) if reused && error.outcome == Outcome::NotSent => {
                    kept = self.0.pool.take(&target).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The request as it goes over this connection: the path alone, or all of the URI to a proxy.
    fn wired(
        &self,
        request: &Request<Bytes>,
        target: &Target,
        connection: &Connection,
    ) -> Result<Request<Full<Bytes>>, Cause> {
        let uri = match connection.forwards {
            true => request.uri().clone(),
            false => target.origin_form(request.uri()),
        };
        let mut wired = Request::new(Full::new(request.body().clone()));
        *wired.method_mut() = request.method().clone();
        *wired.uri_mut() = uri;
        *wired.headers_mut() = request.headers().clone();
        let headers = wired.headers_mut();
        if !headers.contains_key(HOST) {
            headers.insert(HOST, target.host_header().map_err(|_| Cause::Uri)?);
        }
        if !headers.contains_key(USER_AGENT) {
            headers.insert(USER_AGENT, self.0.user_agent.clone());
        }
        if let Some(authorization) = connection.proxy_authorization.clone() {
            headers.insert(PROXY_AUTHORIZATION, authorization);
        }
        Ok(wired)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

async fn exchange(
    connection: &mut Connection,
    request: Request<Full<Bytes>>,
    patience: &Patience,
    end: Option<Instant>,
) -> Result<Response<Bytes>, TransportError> {
    let before = connection.written.bytes();
    let answer_by = earliest(Instant::now() + patience.read, end);
    match timeout_at(answer_by, connection.sender.send_request(request)).await {
        // The task of the connection may be writing at this very moment.
        Err(_) => Err(TransportError::unknown(Cause::ReadTimeout)),
        // The connection is gone, so what was written until now is all that ever was.
        Ok(Err(error)) if connection.written.bytes() == before => {
            Err(TransportError::not_sent(Cause::Connection(error)))
        }
        Ok(Err(error)) => Err(TransportError::unknown(Cause::Connection(error))),
        Ok(Ok(response)) => body::collect(response, patience, end).await.map_err(TransportError::unknown),
    }
}

fn earliest(one: Instant, other: Option<Instant>) -> Instant {
    other.map_or(one, |other| one.min(other))
}
