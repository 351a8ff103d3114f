//! Why an exchange failed, and whether the server can have seen the request.

use std::io;

use thiserror::Error;

/// What a caller may conclude of a request that got no answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// No byte of it was handed to a connection: sending again does nothing twice.
    NotSent,
    /// It may have arrived and been carried out.
    Unknown,
}

#[derive(Debug, Error)]
#[error("{cause}")]
pub struct TransportError {
    pub outcome: Outcome,
    pub cause: Cause,
}

#[derive(Debug, Error)]
pub enum Cause {
    #[error("expected an absolute http or https URI with a host")]
    Uri,
    #[error("expected certificates in PEM in the CA bundle: {0}")]
    CaBundle(String),
    #[error("expected a proxy like http://host:port: {0}")]
    ProxyUri(String),
    #[error("too many exchanges are under way")]
    Busy,
    #[error("the address of {host} was not found: {error}")]
    Resolve { host: String, error: io::Error },
    #[error("no connection to {host}: {error}")]
    Connect { host: String, error: io::Error },
    #[error("no connection to {host} in time")]
    ConnectTimeout { host: String },
    #[error("no trusted connection to {host}: {error}")]
    Tls { host: String, error: io::Error },
    #[error("the proxy refused the connection: {0}")]
    Proxy(String),
    #[error("the connection broke: {0}")]
    Connection(hyper::Error),
    #[error("the server did not answer in time")]
    ReadTimeout,
    #[error("the answer is longer than {limit} bytes")]
    AnswerTooLong { limit: usize },
}

impl TransportError {
    pub(super) fn not_sent(cause: Cause) -> TransportError {
        TransportError { outcome: Outcome::NotSent, cause }
    }

    pub(super) fn unknown(cause: Cause) -> TransportError {
        TransportError { outcome: Outcome::Unknown, cause }
    }
}

impl Cause {
    /// Whether the server was waited for in vain.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Cause::ReadTimeout | Cause::ConnectTimeout { .. })
    }

    /// Whether another attempt can end differently.
    pub fn is_transient(&self) -> bool {
        match self {
            Cause::Uri | Cause::CaBundle(_) | Cause::ProxyUri(_) | Cause::AnswerTooLong { .. } => false,
            // A certificate that is not trusted will not be trusted in a second; a broken handshake may hold.
            Cause::Tls { error, .. } => error.kind() != io::ErrorKind::InvalidData,
            Cause::Busy
            | Cause::Resolve { .. }
            | Cause::Connect { .. }
            | Cause::ConnectTimeout { .. }
            | Cause::Proxy(_)
            | Cause::Connection(_)
            | Cause::ReadTimeout => true,
        }
    }
}
