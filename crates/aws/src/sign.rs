//! Signature Version 4, both ways: signing what we send, verifying what others sent.
//!
//! Here: the door. `canonical` says what is signed, and both directions go through it.
//! Not here: where keys come from (`credentials`), who may do what.
//! INVARIANT: no clock is read; whoever signs or verifies says what time it is.

mod canonical;
mod key;
mod signer;
#[cfg(test)]
mod tests;
mod time;
mod uri;
mod verify;

pub use canonical::Dialect;
pub use key::{Scope, SecretKey};
pub use signer::{Signer, presign, sign};
pub use time::SigningTime;
pub(crate) use uri::{decode as percent_decode, encode as percent_encode};
pub use verify::{Expected, Place, Presented, Refusal, verify};

/// The only algorithm there is.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Names of query parameters and headers that carry a signature, in the spelling of the header.
mod names {
    pub(super) const DATE: &str = "x-amz-date";
    pub(super) const TOKEN: &str = "x-amz-security-token";
    pub(super) const CONTENT_SHA256: &str = "x-amz-content-sha256";

    pub(super) const QUERY_ALGORITHM: &str = "X-Amz-Algorithm";
    pub(super) const QUERY_CREDENTIAL: &str = "X-Amz-Credential";
    pub(super) const QUERY_DATE: &str = "X-Amz-Date";
    pub(super) const QUERY_EXPIRES: &str = "X-Amz-Expires";
    pub(super) const QUERY_SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";
    pub(super) const QUERY_TOKEN: &str = "X-Amz-Security-Token";
    pub(super) const QUERY_SIGNATURE: &str = "X-Amz-Signature";
}
