//! The access keys that a server knows, and for whom each speaks.
//!
//! INVARIANT: a secret is never shown; `Debug` says how many there are.

use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use aws::sign::SecretKey;

use crate::current::Current;
use crate::wire::arn::is_account;

/// Whom a server answers.
#[derive(Clone, Debug, Default)]
pub enum Access {
    /// Whoever reaches it.
    #[default]
    Anybody,
    /// Who signs with a key of the ring.
    Holders(KeyRing),
    /// Who signs with this secret, for whatever account the access key id names: the server itself.
    Bearer(SecretKey),
}

/// One access key: permanent, or with a session token and an end.
#[derive(Clone)]
pub struct AccessKey {
    pub id: String,
    pub secret: SecretKey,
    pub session_token: Option<String>,
    pub expires: Option<SystemTime>,
    /// The account it speaks for; without one, what its id says as that of anybody.
    pub account: Option<String>,
}

/// Keys that can be replaced while the server runs. Cheap to clone; all clones share the keys.
#[derive(Clone)]
pub struct KeyRing(Current<HashMap<String, AccessKey>>);

/// Who presented an access key id that is known.
pub(super) struct Holder {
    pub(super) secret: SecretKey,
    pub(super) session_token: Option<String>,
    pub(super) expires: Option<SystemTime>,
    pub(super) account: Option<String>,
}

impl KeyRing {
    /// Of two keys with one id the last counts.
    pub fn new(keys: Vec<AccessKey>) -> KeyRing {
        KeyRing(Current::new(by_id(keys)))
    }

    /// From the next request on these keys are good, and no others.
    pub fn replace(&self, keys: Vec<AccessKey>) {
        self.0.replace(by_id(keys));
    }
}

fn by_id(keys: Vec<AccessKey>) -> HashMap<String, AccessKey> {
    keys.into_iter().map(|key| (key.id.clone(), key)).collect()
}

impl Access {
    pub(super) fn holder_of(&self, access_key_id: &str) -> Option<Holder> {
        let named = || is_account(access_key_id).then(|| access_key_id.to_owned());
        match self {
            Access::Anybody => None,
            Access::Bearer(secret) => {
                Some(Holder { secret: secret.clone(), session_token: None, expires: None, account: named() })
            }
            Access::Holders(ring) => {
                let keys = ring.0.get();
                let key = keys.get(access_key_id)?;
                Some(Holder {
                    secret: key.secret.clone(),
                    session_token: key.session_token.clone(),
                    expires: key.expires,
                    account: key.account.clone().or_else(named),
                })
            }
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.0.get().len())
    }
}
