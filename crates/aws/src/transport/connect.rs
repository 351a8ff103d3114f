//! Opening a connection: the address, TCP, a tunnel through a proxy, TLS, the task that drives it.
//!
//! INVARIANT: nothing of a request is sent here, so every failure here is one of a request not sent.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::error::Cause;
use super::proxy::{Proxies, Proxy};
use super::target::Target;
use super::written::Written;

/// LIMIT: the head of an answer. hyper bounds the number of headers at 100.
const HEAD_BYTES_MAX: usize = 128 << 10;
/// LIMIT: what a proxy says to a CONNECT.
const PROXY_HEAD_BYTES_MAX: usize = 8 << 10;
/// LIMIT: addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

pub(super) struct Connector {
    pub(super) tls: TlsConnector,
    pub(super) proxies: Proxies,
}

/// A connection ready for a request.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) written: Written,
    /// It leads to a proxy that forwards requests: it wants the whole URI.
    pub(super) forwards: bool,
    pub(super) proxy_authorization: Option<HeaderValue>,
}

impl Connector {
    pub(super) async fn connect(&self, target: &Target, by: Instant) -> Result<Connection, Cause> {
        let proxy = self.proxies.for_target(target)?;
        let late = |_| Cause::ConnectTimeout { host: target.host.clone() };
        timeout_at(by, self.open(target, proxy, by)).await.map_err(late)?
    }

    async fn open(&self, target: &Target, proxy: Option<Proxy>, by: Instant) -> Result<Connection, Cause> {
        let stream = tcp(proxy.as_ref().map_or(target, |proxy| &proxy.target), by).await?;
        match proxy {
            None if target.secure => handshake(target, self.encrypted(target, stream).await?).await,
            None => handshake(target, stream).await,
            Some(proxy) if target.secure => {
                let stream = tunnel(target, &proxy, stream).await?;
                handshake(target, self.encrypted(target, stream).await?).await
            }
            Some(proxy) => {
                let connection = handshake(target, stream).await?;
                Ok(Connection { forwards: true, proxy_authorization: proxy.authorization, ..connection })
            }
        }
    }

    async fn encrypted(
        &self,
        target: &Target,
        stream: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static, Cause> {
        let name = ServerName::try_from(target.host.clone()).map_err(|_| Cause::Uri)?;
        let failed = |error| Cause::Tls { host: target.host.clone(), error };
        self.tls.connect(name, stream).await.map_err(failed)
    }
}

/// Tries the addresses in the order of the resolver; each but the last gets half of the time that is left.
async fn tcp(target: &Target, by: Instant) -> Result<TcpStream, Cause> {
    let host = &target.host;
    let found = lookup_host((host.as_str(), target.port)).await;
    let found = found.map_err(|error| Cause::Resolve { host: host.clone(), error })?;
    let addresses: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (index, address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let half = now + by.saturating_duration_since(now) / 2;
        let address_by = if index + 1 == addresses.len() { by } else { half };
        match timeout_at(address_by, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it small requests wait for acknowledgements; a socket that refuses it still works.
                _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(Cause::Connect { host: host.clone(), error: last })
}

/// CONNECT: from here on the stream leads to the target.
async fn tunnel(target: &Target, proxy: &Proxy, mut stream: TcpStream) -> Result<TcpStream, Cause> {
    let broken = |error: io::Error| Cause::Proxy(error.to_string());
    let authority = target.authority();
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(authorization) = &proxy.authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(broken)?;
    // Byte by byte: what comes after the head belongs to the target.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == PROXY_HEAD_BYTES_MAX {
            return Err(Cause::Proxy("its answer is too long".to_owned()));
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let status = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    let accepted =
        status.starts_with("HTTP/1.") && status.split(' ').nth(1).is_some_and(|code| code.starts_with('2'));
    if accepted { Ok(stream) } else { Err(Cause::Proxy(status)) }
}

async fn handshake<S>(target: &Target, stream: S) -> Result<Connection, Cause>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let written = Written::default();
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(TokioIo::new(written.counted(stream)))
        .await
        .map_err(|error| Cause::Connect { host: target.host.clone(), error: io::Error::other(error) })?;
    // What breaks it is told to whoever waits for an answer; there is nobody else to tell.
    tokio::spawn(async move { _ = connection.await });
    Ok(Connection { sender, written, forwards: false, proxy_authorization: None })
}
