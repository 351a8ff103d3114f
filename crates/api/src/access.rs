//! Who may ask: anybody, or who proves with a signature to hold an access key (`design/security.md` S1 to S9).
//!
//! Here: the keys, and the one place that admits a request. Not here: what a signature is (`aws::sign`),
//! where keys come from (`cli`), what a browser may send (`guard`).
//! INVARIANT: with keys, nothing of a request is looked at before it is admitted but what proves its sender.

mod keys;
mod replays;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use aws::sign::{Dialect, Expected, Place, Presented, Refusal, Scope, SigningTime, verify};
use hyper::Method;
use hyper::http::request::Parts as Head;

use keys::Holder;
pub use keys::{Access, AccessKey, KeyRing};
use replays::Replays;

use crate::error::ApiError;
use crate::server::ApiConfig;
use crate::wire::arn::is_region;

/// How far a caller's clock may be from ours, either way (S4).
const SKEW: Duration = Duration::from_secs(5 * 60);
const SERVICE: &str = "states";
/// AWS's text, for an unknown key as for a wrong secret.
const NO_MATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
    AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// Admits requests. One for each HTTP thread; they share what has been seen.
#[derive(Clone)]
pub(crate) struct Admission {
    access: Access,
    /// None: a request may come twice. Some clients' signatures are equal for equal requests of one second.
    replays: Option<Replays>,
    now: fn() -> SystemTime,
}

/// For whom an admitted request speaks.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Admitted {
    /// None leaves it to the default account.
    pub(crate) account: Option<String>,
    pub(crate) region: String,
}

impl Admission {
    pub(crate) fn of(config: &ApiConfig) -> Admission {
        let admission = Admission::new(config.access.clone());
        if config.refuse_replays { admission.refusing_replays() } else { admission }
    }

    pub(crate) fn new(access: Access) -> Admission {
        Admission { access, replays: None, now: SystemTime::now }
    }

    /// Strict: what changes something is done once for each signature.
    pub(crate) fn refusing_replays(self) -> Admission {
        Admission { replays: Some(Replays::default()), ..self }
    }

    #[cfg(test)]
    pub(crate) fn at(self, now: fn() -> SystemTime) -> Admission {
        Admission { now, ..self }
    }

    /// Reads the signature of a request whose body has not been read. None: nobody is asked for one.
    pub(crate) fn presented(&self, head: &Head) -> Result<Option<Presented>, ApiError> {
        match self.access {
            Access::Anybody => Ok(None),
            Access::Holders(_) | Access::Bearer(_) => {
                let presented = Presented::read(head).map_err(|refusal| told(&refusal))?;
                match presented.place {
                    Place::Headers => Ok(Some(presented)),
                    Place::Query { .. } => Err(told(&Refusal::Presigned)),
                }
            }
        }
    }

    /// Judges what `presented` read, with the body that belongs to it.
    pub(crate) fn admit(
        &self,
        presented: &Presented,
        head: &Head,
        body: &[u8],
    ) -> Result<Admitted, ApiError> {
        let Scope { region, service } = presented.scope();
        if service != SERVICE {
            let why = format!("Credential should be scoped to correct service: '{SERVICE}'. ");
            return Err(ApiError::InvalidSignature(why));
        }
        if !is_region(region) {
            let why = "Credential should be scoped to a valid region. ".to_owned();
            return Err(ApiError::InvalidSignature(why));
        }
        let now = (self.now)();
        let holder = self.access.holder_of(&presented.access_key_id);
        let expected = Expected {
            // Each region has its own resources; the key is derived for the one that was named.
            scope: Scope { region, service },
            dialect: Dialect::Standard,
            skew: SKEW,
            presigned_accepted: false,
        };
        let secret = holder.as_ref().map(|holder| &holder.secret);
        verify(presented, head, body, secret, &expected, now.into()).map_err(|refusal| match refusal {
            Refusal::WrongTime { .. } => ApiError::InvalidSignature(wrong_time(presented.time, now)),
            other => told(&other),
        })?;
        let Some(holder) = holder else { return Err(told(&Refusal::WrongSignature)) };
        check_token(&holder, presented.session_token.as_deref(), now)?;
        if let Some(replays) = &self.replays
            && changes(head)
            && !replays.is_first(presented.signature(), now)
        {
            return Err(ApiError::AccessRefused(
                "a request with this signature was answered already".to_owned(),
            ));
        }
        Ok(Admitted { account: holder.account, region: region.to_owned() })
    }
}

/// S9: after the signature, so that only who holds the secret learns of its token.
fn check_token(holder: &Holder, token: Option<&str>, now: SystemTime) -> Result<(), ApiError> {
    if holder.session_token.as_deref() != token {
        return Err(ApiError::UnrecognizedClient);
    }
    match holder.expires {
        Some(expires) if expires <= now => Err(ApiError::ExpiredToken),
        Some(_) | None => Ok(()),
    }
}

/// Whether the request may change something, or take a task from a queue: such a one counts once (S5).
fn changes(head: &Head) -> bool {
    const READS: [&str; 5] = ["Describe", "List", "GetExecutionHistory", "Validate", "TestState"];
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let (_, operation) = target.rsplit_once('.').unwrap_or_default();
    head.method != Method::GET && !READS.iter().any(|verb| operation.starts_with(verb))
}

/// A refusal in AWS's words; in ours, and as access denied, where AWS would have accepted the request.
fn told(refusal: &Refusal) -> ApiError {
    match refusal {
        Refusal::Missing => ApiError::MissingSignature,
        Refusal::Malformed { .. } => ApiError::IncompleteSignature(refusal.to_string()),
        Refusal::WrongScope { .. } | Refusal::WrongTime { .. } => {
            ApiError::InvalidSignature(refusal.to_string())
        }
        Refusal::WrongSignature => ApiError::InvalidSignature(NO_MATCH.to_owned()),
        Refusal::Twice
        | Refusal::Repeated { .. }
        | Refusal::NotSigned { .. }
        | Refusal::Presigned
        | Refusal::WrongBodyHash => ApiError::AccessRefused(refusal.to_string()),
    }
}

fn wrong_time(signed: SigningTime, now: SystemTime) -> String {
    let at = SigningTime::from(now);
    let minutes = SKEW.as_secs() / 60;
    if signed < at {
        let earliest = SigningTime::from(now - SKEW);
        format!("Signature expired: {signed} is now earlier than {earliest} ({at} - {minutes} min.)")
    } else {
        let latest = SigningTime::from(now + SKEW);
        format!("Signature not yet current: {signed} is still later than {latest} ({at} + {minutes} min.)")
    }
}
