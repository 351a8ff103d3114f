//! What guards the server's door, from the files of its settings: access keys and a certificate.
//!
//! INVARIANT: what cannot be used is refused at the start, and later leaves what was good in use.

use std::path::{Path, PathBuf};

use api::{Access, KeyRing, Tls};

use super::config::{Settings, TlsFiles};
use super::{keys, secret_file};
use crate::say::{self, UsageError};

pub(super) struct Door {
    keys: Option<(PathBuf, KeyRing)>,
    tls: Option<(TlsFiles, Tls)>,
}

impl Door {
    pub(super) fn open(settings: &Settings) -> Result<Door, UsageError> {
        let keys = match &settings.access_keys {
            Some(path) => Some((path.clone(), KeyRing::new(read_keys(path)?))),
            None => None,
        };
        let tls = match &settings.tls {
            Some(files) => {
                let (certificates, key) = read_tls(files)?;
                let tls = Tls::new(&certificates, &key).map_err(|fault| unusable(files, &fault))?;
                Some((files.clone(), tls))
            }
            None => None,
        };
        Ok(Door { keys, tls })
    }

    /// Reads the files again and says what became of it.
    pub(super) fn renew(&self) {
        if let Some((path, ring)) = &self.keys {
            told("access keys", read_keys(path).map(|keys| ring.replace(keys)));
        }
        if let Some((files, tls)) = &self.tls {
            let renewed = read_tls(files).and_then(|(certificates, key)| {
                tls.renew(&certificates, &key).map_err(|fault| unusable(files, &fault))
            });
            told("certificate and key", renewed);
        }
    }

    /// Neither keys nor TLS: plain HTTP for whoever reaches it.
    pub(super) fn is_open(&self) -> bool {
        self.keys.is_none() && self.tls.is_none()
    }

    pub(super) fn access(&self) -> Access {
        self.keys.as_ref().map_or(Access::Anybody, |(_, ring)| Access::Holders(ring.clone()))
    }

    pub(super) fn tls(&self) -> Option<Tls> {
        self.tls.as_ref().map(|(_, tls)| tls.clone())
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

fn read_keys(path: &Path) -> Result<Vec<api::AccessKey>, UsageError> {
    keys::parse(&secret_file::read(path)?, path)
}

/// The certificate chain, which is no secret, and its key, which is one.
fn read_tls(files: &TlsFiles) -> Result<(Vec<u8>, Vec<u8>), UsageError> {
    let certificates = std::fs::read(&files.certificates)
        .map_err(|error| UsageError(format!("cannot read `{}`: {error}", files.certificates.display())))?;
    Ok((certificates, secret_file::read(&files.key)?))
}

fn unusable(files: &TlsFiles, fault: &api::TlsFault) -> UsageError {
    let (certificates, key) = (files.certificates.display(), files.key.display());
    UsageError(format!("cannot use `{certificates}` with the key `{key}`: {fault}"))
}

fn told(what: &str, renewed: Result<(), UsageError>) {
    match renewed {
        Ok(()) => say::line(&format!("stairway: {what} read again")),
        Err(error) => {
            say::line(&format!("stairway: {what} stay as they were: {}", say::clean(&error.to_string())))
        }
    }
}
