//! The secret of an access key, and the keys derived from it.
//!
//! A signature is made with a key that is good for one day, region and service. Deriving it costs four
//! MACs, so the last few are kept, inside the secret: they live no longer than it does.
//! INVARIANT: nothing here is printed, and signatures are compared in constant time.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// LIMIT: derived keys kept for one secret: a day's change while calling a few services in a few regions.
const DERIVED_MAX: usize = 32;

/// What a signature is good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope<'a> {
    pub region: &'a str,
    pub service: &'a str,
}

/// The secret half of an access key. Cheap to clone; all clones share the derived keys.
#[derive(Clone)]
pub struct SecretKey(Arc<Inner>);

struct Inner {
    secret: String,
    derived: Mutex<VecDeque<Derived>>,
}

struct Derived {
    date: String,
    region: String,
    service: String,
    key: SigningKey,
}

impl SecretKey {
    pub fn new(secret: impl Into<String>) -> SecretKey {
        SecretKey(Arc::new(Inner { secret: secret.into(), derived: Mutex::default() }))
    }

    /// The key that signs on one day in one scope.
    pub(super) fn signing_key(&self, date: &str, scope: &Scope<'_>) -> SigningKey {
        let mut derived = self.0.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let known = derived.iter().find(|known| {
            known.date == date && known.region == scope.region && known.service == scope.service
        });
        if let Some(known) = known {
            return known.key.clone();
        }
        let key = SigningKey::derive(&self.0.secret, date, scope);
        if derived.len() == DERIVED_MAX {
            derived.pop_front();
        }
        derived.push_back(Derived {
            date: date.to_owned(),
            region: scope.region.to_owned(),
            service: scope.service.to_owned(),
            key: key.clone(),
        });
        key
    }

    #[cfg(test)]
    pub(super) fn derived_count(&self) -> usize {
        self.0.derived.lock().unwrap().len()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}

/// Good for one day, region and service.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    fn derive(secret: &str, date: &str, scope: &Scope<'_>) -> SigningKey {
        let mut first = b"AWS4".to_vec();
        first.extend_from_slice(secret.as_bytes());
        let parts = [date, scope.region, scope.service, "aws4_request"];
        SigningKey(parts.iter().fold(keyed(&first), |key, part| {
            keyed(&key.chain_update(part.as_bytes()).finalize().into_bytes())
        }))
    }

    pub(super) fn signature(&self, text: &str) -> Vec<u8> {
        self.0.clone().chain_update(text.as_bytes()).finalize().into_bytes().to_vec()
    }

    /// Whether this is the signature of the text; takes the same time for every wrong one.
    pub(super) fn is_signature(&self, signature: &[u8], text: &str) -> bool {
        self.0.clone().chain_update(text.as_bytes()).verify_slice(signature).is_ok()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a MAC takes a key of any length")
}
