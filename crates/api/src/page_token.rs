//! Page tokens: where a listing goes on, readable only here.
//!
//! A token is the moment it was made and a position, under a MAC over these and everything it is bound
//! to: the caller, the operation and what was asked. Whatever is wrong with a token, the answer is the
//! same (`design/security.md` S43).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::{ListingPosition, Owner, Uid};
use crate::error::ApiError;

/// LIMIT: a token is valid for 24 hours (`spec/features.md` 1.1, Pagination).
const LIFETIME_MS: i64 = 24 * 3_600 * 1_000;
const MAC_BYTES: usize = 16;
const VERSION: u8 = 1;

pub(crate) struct PageTokens {
    key: [u8; 32],
}

/// What a token is bound to. `query` holds the arguments that must stay the same from page to page; the
/// size of the page may change.
pub(crate) struct Listing<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) operation: &'static str,
    pub(crate) query: &'a [&'a str],
}

impl PageTokens {
    pub(crate) fn new(key: [u8; 32]) -> PageTokens {
        PageTokens { key }
    }

    pub(crate) fn issue(&self, listing: &Listing<'_>, position: &[u8], now_ms: i64) -> String {
        let mut content = Vec::with_capacity(1 + 8 + position.len() + MAC_BYTES);
        content.push(VERSION);
        content.extend_from_slice(&now_ms.to_be_bytes());
        content.extend_from_slice(position);
        let mac = self.mac(listing, &content).finalize().into_bytes();
        content.extend_from_slice(&mac[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(content)
    }

    /// The position that `issue` was given for the same listing.
    pub(crate) fn open(&self, listing: &Listing<'_>, token: &str, now_ms: i64) -> Result<Vec<u8>, ApiError> {
        self.verified(listing, token, now_ms).ok_or(ApiError::InvalidToken)
    }

    /// The position of a listing in the order of names; none without a token.
    pub(crate) fn open_name(
        &self,
        listing: &Listing<'_>,
        token: Option<&str>,
        now_ms: i64,
    ) -> Result<Option<String>, ApiError> {
        let Some(token) = token else { return Ok(None) };
        let name = self.open(listing, token, now_ms)?;
        String::from_utf8(name).map(Some).map_err(|_| ApiError::InvalidToken)
    }

    /// A token for the place after a number; none when there is nothing after it.
    pub(crate) fn issue_number(
        &self,
        listing: &Listing<'_>,
        after: Option<u64>,
        now_ms: i64,
    ) -> Option<String> {
        after.map(|after| self.issue(listing, &after.to_be_bytes(), now_ms))
    }

    /// The position of a listing in the order of numbers; none without a token.
    pub(crate) fn open_number(
        &self,
        listing: &Listing<'_>,
        token: Option<&str>,
        now_ms: i64,
    ) -> Result<Option<u64>, ApiError> {
        let Some(token) = token else { return Ok(None) };
        let number = self.open(listing, token, now_ms)?;
        number.try_into().map(u64::from_be_bytes).map(Some).map_err(|_| ApiError::InvalidToken)
    }

    fn verified(&self, listing: &Listing<'_>, token: &str, now_ms: i64) -> Option<Vec<u8>> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (content, mac) = token.split_last_chunk::<MAC_BYTES>()?;
        self.mac(listing, content).verify_truncated_left(mac).ok()?;
        let (version, rest) = content.split_first()?;
        let (issued, position) = rest.split_first_chunk::<8>()?;
        let issued_ms = i64::from_be_bytes(*issued);
        let fresh = now_ms.saturating_sub(issued_ms) <= LIFETIME_MS;
        (*version == VERSION && fresh).then(|| position.to_vec())
    }

    /// Each part goes in behind its length: no two listings give the same input.
    fn mac(&self, listing: &Listing<'_>, content: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        let owner = listing.owner;
        let bound = [&*owner.partition, &owner.region, &owner.account, listing.operation];
        for part in bound.iter().chain(listing.query).map(|part| part.as_bytes()).chain([content]) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// A position in a listing of executions, as bytes of a token.
pub(crate) fn listing_position_bytes(position: ListingPosition) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&position.started_ms.to_be_bytes());
    bytes[8..].copy_from_slice(&position.execution.0);
    bytes
}

pub(crate) fn listing_position(bytes: &[u8]) -> Result<ListingPosition, ApiError> {
    let (started, execution) = bytes.split_first_chunk::<8>().ok_or(ApiError::InvalidToken)?;
    let execution: [u8; 16] = execution.try_into().map_err(|_| ApiError::InvalidToken)?;
    Ok(ListingPosition { started_ms: i64::from_be_bytes(*started), execution: Uid(execution) })
}

#[cfg(test)]
mod tests;
