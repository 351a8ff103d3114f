//! TLS 1.2 and 1.3 of the door, with rustls and ring.
//!
//! Here: a certificate with its key, from PEM, and the handshake. Not here: where the files are (`cli`).
//! INVARIANT: a certificate that is renewed counts from the next connection on; the others keep theirs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::current::Current;

/// LIMIT: time for a handshake, against clients that hold a place and say nothing.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// A certificate chain with its key. Cheap to clone; all clones see a renewal.
#[derive(Clone)]
pub struct Tls(Current<ServerConfig>);

/// Why a certificate and a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    #[error("expected PEM certificates, found {0}")]
    Certificates(String),
    #[error("expected a PEM private key, found {0}")]
    Key(String),
    #[error("the certificate and the key do not serve together: {0}")]
    Together(String),
}

impl Tls {
    /// The server's certificate first, then those that lead to its authority.
    pub fn new(certificates: &[u8], key: &[u8]) -> Result<Tls, TlsFault> {
        config(certificates, key).map(|config| Tls(Current::new(config)))
    }

    /// What is wrong leaves the old certificate in use.
    pub fn renew(&self, certificates: &[u8], key: &[u8]) -> Result<(), TlsFault> {
        config(certificates, key).map(|config| self.0.replace(config))
    }

    /// None when the client and we did not come to terms in time.
    pub(super) async fn accept(&self, socket: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.0.get());
        timeout(HANDSHAKE_TIME_MAX, acceptor.accept(socket)).await.ok()?.ok()
    }
}

fn config(certificates: &[u8], key: &[u8]) -> Result<ServerConfig, TlsFault> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.map_err(|error| TlsFault::Certificates(error.to_string()))?;
    if chain.is_empty() {
        return Err(TlsFault::Certificates("none".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| TlsFault::Key(error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| TlsFault::Together(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}
