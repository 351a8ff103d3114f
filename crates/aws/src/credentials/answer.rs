//! Credentials as JSON: what containers, instances and processes answer.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{Credentials, CredentialsFault};

/// `token` is the name of the session token in this answer.
pub(super) fn credentials(
    body: &[u8],
    token: &str,
    source_name: &'static str,
) -> Result<Credentials, CredentialsFault> {
    let wrong = |expected| CredentialsFault::Answer { source_name, expected };
    let json: Json = serde_json::from_slice(body).map_err(|_| wrong("JSON"))?;
    let text = |name: &str| json.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let id = text("AccessKeyId").ok_or(wrong("an AccessKeyId"))?;
    let secret = text("SecretAccessKey").ok_or(wrong("a SecretAccessKey"))?;
    let expires = text("Expiration").map(moment).map(|moment| moment.ok_or(wrong("an Expiration as a date")));
    Ok(Credentials {
        expires: expires.transpose()?,
        account_id: text("AccountId").map(str::to_owned),
        ..Credentials::new(id, secret, text(token).map(str::to_owned))
    })
}

/// `2026-01-01T00:00:00Z`
pub(super) fn moment(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok().map(SystemTime::from)
}
