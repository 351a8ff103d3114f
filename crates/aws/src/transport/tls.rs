//! TLS 1.2 and 1.3 with rustls and ring; certificates are always verified.

use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::Cause;

pub(super) fn connector(ca_bundle: Option<&[u8]>) -> Result<TlsConnector, Cause> {
    let roots = match ca_bundle {
        Some(pem) => bundled(pem)?,
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn bundled(pem: &[u8]) -> Result<RootCertStore, Cause> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| Cause::CaBundle(error.to_string()))?;
        roots.add(certificate).map_err(|error| Cause::CaBundle(error.to_string()))?;
    }
    if roots.is_empty() { Err(Cause::CaBundle("found none".to_owned())) } else { Ok(roots) }
}
