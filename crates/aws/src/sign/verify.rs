//! Verifying what others sent: in one place, everything refused that is not expected.
//!
//! Here: reading the signature that a request presents, then judging it.
//! Not here: looking up the secret of an access key, whether a session token belongs to it.
//! INVARIANT: an unknown key costs the same work as a wrong signature, and gets the same refusal.

use std::sync::LazyLock;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::request::Parts as Head;
use thiserror::Error;

use super::canonical::{self, Dialect, sha256_hex};
use super::key::{Scope, SecretKey};
use super::time::SigningTime;
use super::{ALGORITHM, names, uri};

/// LIMIT: the bound of SigV4 for presigned requests: seven days.
const EXPIRES_SECONDS_MAX: u64 = 604_800;

/// Stands in for the secret of an unknown access key. One for all of them, so that its derived keys are kept
/// as those of a known one are.
static DECOY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::new(""));

/// What the verifier demands of every request.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub scope: Scope<'a>,
    pub dialect: Dialect,
    /// How far the signer's clock may be from ours, either way.
    pub skew: Duration,
    pub presigned_accepted: bool,
}

/// Where a request carries its signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Headers,
    Query { expires: Duration },
}

/// The signature that a request presents: read, not believed.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    pub access_key_id: String,
    pub session_token: Option<String>,
    pub place: Place,
    pub time: SigningTime,
    date: String,
    region: String,
    service: String,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

/// Why a request is refused.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    #[error("the request carries no signature")]
    Missing,
    #[error("the request carries a signature in its headers and one in its query")]
    Twice,
    #[error("expected {expected}")]
    Malformed { expected: &'static str },
    #[error("`{name}` stands in the request more than once")]
    Repeated { name: String },
    #[error("`{name}` must be signed")]
    NotSigned { name: String },
    #[error("presigned requests are not accepted here")]
    Presigned,
    #[error("expected a credential scoped to {expected}, found {found}")]
    WrongScope { expected: String, found: String },
    #[error("x-amz-content-sha256 is not the hash of the body")]
    WrongBodyHash,
    #[error("the signature of {signed} is not valid at {now}")]
    WrongTime { signed: String, now: String },
    #[error("the signature does not match, or its access key is unknown")]
    WrongSignature,
}

impl Presented {
    pub fn read(head: &Head) -> Result<Presented, Refusal> {
        let query = amz_parameters(head)?;
        let in_query = query.iter().any(|(name, _)| name == names::QUERY_SIGNATURE);
        match (head.headers.contains_key(AUTHORIZATION), in_query) {
            (true, true) => Err(Refusal::Twice),
            (true, false) => in_headers(head),
            (false, true) => in_query_of(&query),
            (false, false) => Err(Refusal::Missing),
        }
    }

    /// What it claims to be good for.
    pub fn scope(&self) -> Scope<'_> {
        Scope { region: &self.region, service: &self.service }
    }

    /// The bytes that tell this signature from all others.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

/// Judges what `Presented::read` read from the same request. `secret` is None for an unknown access key.
pub fn verify(
    presented: &Presented,
    head: &Head,
    body: &[u8],
    secret: Option<&SecretKey>,
    expected: &Expected<'_>,
    now: SigningTime,
) -> Result<(), Refusal> {
    if matches!(presented.place, Place::Query { .. }) && !expected.presigned_accepted {
        return Err(Refusal::Presigned);
    }
    check_headers(presented, head)?;
    check_scope(presented, expected)?;
    check_time(presented, expected, now)?;
    let body_sha256 = sha256_hex(body);
    // Modes that leave the body unsigned or sign it in chunks say so in this header: they are refused here.
    if let Some(claimed) = head.headers.get(names::CONTENT_SHA256)
        && claimed.as_bytes() != body_sha256.as_bytes()
    {
        return Err(Refusal::WrongBodyHash);
    }
    let parts = canonical::Parts {
        method: &head.method,
        uri: &head.uri,
        headers: &head.headers,
        signed_headers: &presented.signed_headers,
        body_sha256: &body_sha256,
        dialect: expected.dialect,
        without: Some(names::QUERY_SIGNATURE),
    };
    let text = parts.string_to_sign(presented.time, &presented.scope());
    let key = secret.unwrap_or(&DECOY).signing_key(&presented.date, &presented.scope());
    let matches = key.is_signature(&presented.signature, &text);
    if matches && secret.is_some() { Ok(()) } else { Err(Refusal::WrongSignature) }
}

/// `host` and all of AWS's own headers must be signed, and nothing that is signed may stand twice.
fn check_headers(presented: &Presented, head: &Head) -> Result<(), Refusal> {
    let is_signed = |name: &str| presented.signed_headers.iter().any(|signed| signed == name);
    let own = head.headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("x-amz-"));
    if let Some(name) = own.chain(["host"]).find(|name| !is_signed(name)) {
        return Err(Refusal::NotSigned { name: name.to_owned() });
    }
    for name in &presented.signed_headers {
        match head.headers.get_all(name).iter().count() {
            1 => {}
            0 => return Err(malformed("signed headers that stand in the request")),
            _ => return Err(Refusal::Repeated { name: name.clone() }),
        }
    }
    Ok(())
}

fn check_scope(presented: &Presented, expected: &Expected<'_>) -> Result<(), Refusal> {
    if presented.scope() != expected.scope || presented.time.date() != presented.date {
        return Err(Refusal::WrongScope {
            expected: canonical::scope_text(&presented.time.date(), &expected.scope),
            found: canonical::scope_text(&presented.date, &presented.scope()),
        });
    }
    Ok(())
}

fn check_time(presented: &Presented, expected: &Expected<'_>, now: SigningTime) -> Result<(), Refusal> {
    let valid = match presented.place {
        Place::Headers => presented.time.is_within(expected.skew, now),
        Place::Query { expires } => {
            !presented.time.is_after(now, expected.skew) && !now.is_after(presented.time, expires)
        }
    };
    let wrong = || Refusal::WrongTime { signed: presented.time.text(), now: now.text() };
    valid.then_some(()).ok_or_else(wrong)
}

fn in_headers(head: &Head) -> Result<Presented, Refusal> {
    for name in [AUTHORIZATION.as_str(), names::DATE, names::TOKEN, names::CONTENT_SHA256] {
        if head.headers.get_all(name).iter().count() > 1 {
            return Err(Refusal::Repeated { name: name.to_owned() });
        }
    }
    let text = header(head, AUTHORIZATION.as_str()).ok_or(malformed("an Authorization header in ASCII"))?;
    let fields = text.strip_prefix(ALGORITHM).ok_or(malformed("the algorithm AWS4-HMAC-SHA256"))?;
    let mut credential = None;
    let mut signed_headers = None;
    let mut signature = None;
    for field in fields.split(',').map(str::trim) {
        let (name, value) =
            field.split_once('=').ok_or(malformed("name=value in the Authorization header"))?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(malformed("Credential, SignedHeaders and Signature only")),
        };
        if place.replace(value).is_some() {
            return Err(Refusal::Repeated { name: name.to_owned() });
        }
    }
    let texts = Texts {
        credential: credential.ok_or(malformed("a Credential"))?,
        date: header(head, names::DATE).ok_or(malformed("an x-amz-date header"))?,
        signed_headers: signed_headers.ok_or(malformed("SignedHeaders"))?,
        signature: signature.ok_or(malformed("a Signature"))?,
    };
    texts.read(Place::Headers, header(head, names::TOKEN).map(str::to_owned))
}

fn in_query_of(query: &[(String, String)]) -> Result<Presented, Refusal> {
    let find = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    if find(names::QUERY_ALGORITHM) != Some(ALGORITHM) {
        return Err(malformed("the algorithm AWS4-HMAC-SHA256"));
    }
    let expires = find(names::QUERY_EXPIRES).and_then(|text| text.parse().ok());
    let expires = expires
        .filter(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(seconds))
        .ok_or(malformed("X-Amz-Expires of 1 to 604800 seconds"))?;
    let texts = Texts {
        credential: find(names::QUERY_CREDENTIAL).ok_or(malformed("an X-Amz-Credential"))?,
        date: find(names::QUERY_DATE).ok_or(malformed("an X-Amz-Date"))?,
        signed_headers: find(names::QUERY_SIGNED_HEADERS).ok_or(malformed("X-Amz-SignedHeaders"))?,
        signature: find(names::QUERY_SIGNATURE).ok_or(malformed("an X-Amz-Signature"))?,
    };
    let place = Place::Query { expires: Duration::from_secs(expires) };
    texts.read(place, find(names::QUERY_TOKEN).map(str::to_owned))
}

/// What both places say, as they spell it.
struct Texts<'a> {
    credential: &'a str,
    date: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl Texts<'_> {
    fn read(&self, place: Place, session_token: Option<String>) -> Result<Presented, Refusal> {
        let expected = malformed("a credential of key/date/region/service/aws4_request");
        let parts: Vec<&str> = self.credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = parts[..] else { return Err(expected) };
        if [access_key_id, date, region, service].contains(&"") {
            return Err(expected);
        }
        let signed_headers: Vec<String> = self.signed_headers.split(';').map(str::to_owned).collect();
        let lower = signed_headers.iter().all(|name| !name.bytes().any(|byte| byte.is_ascii_uppercase()));
        if !lower || !signed_headers.is_sorted_by(|one, next| one < next) {
            return Err(malformed("signed headers in lower case and in order"));
        }
        let signature = uri::unhex(self.signature).filter(|bytes| bytes.len() == 32);
        Ok(Presented {
            access_key_id: access_key_id.to_owned(),
            session_token,
            place,
            time: SigningTime::parse(self.date).ok_or(malformed("a date like 20150830T123600Z"))?,
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers,
            signature: signature.ok_or(malformed("a signature of 64 hexadecimal digits in lower case"))?,
        })
    }
}

/// The parameters of the query that begin with `X-Amz-`, in any case; none may stand twice.
fn amz_parameters(head: &Head) -> Result<Vec<(String, String)>, Refusal> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (name, value) in canonical::pairs(head.uri.query().unwrap_or_default()) {
        let name = String::from_utf8_lossy(&name).into_owned();
        if !name.to_ascii_lowercase().starts_with("x-amz-") {
            continue;
        }
        if found.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            return Err(Refusal::Repeated { name });
        }
        found.push((name, String::from_utf8_lossy(&value).into_owned()));
    }
    Ok(found)
}

fn header<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}

fn malformed(expected: &'static str) -> Refusal {
    Refusal::Malformed { expected }
}
