//! When a call is attempted again: the "standard" mode of the AWS SDKs.
//!
//! Here: judging answers and failures, the pause before the next attempt, the quota that ends a storm.
//! Not here: the attempts themselves (`client`).
//! INVARIANT: pure but for the quota; chance and time come in as values.

mod code;
mod quota;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;

pub(crate) use code::error_code;
pub(crate) use quota::Quota;

use crate::transport::{Outcome, TransportError};

/// LIMIT: the longest pause that is drawn.
const PAUSE_MAX: Duration = Duration::from_secs(20);
/// LIMIT: how much longer than drawn a server may ask us to wait.
const PAUSE_ADDED_MAX: Duration = Duration::from_secs(5);
/// A server's clock that differs by more than this explains a refused signature.
const SKEW_MIN: Duration = Duration::from_secs(4 * 60);

/// In the words of the services; the union that the SDKs know.
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
const TRANSIENT: &[&str] =
    &["IDPCommunicationError", "InternalError", "RequestTimeout", "RequestTimeoutException"];
/// The service looked no further than at the credentials.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException"];
const CLOCK: &[&str] = &[
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryPolicy {
    /// With the first one.
    pub attempts_max: u32,
    /// Whether a request that may have been carried out is sent again, as the SDKs do.
    pub unknown_outcomes: bool,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy { attempts_max: 3, unknown_outcomes: true }
    }
}

impl RetryPolicy {
    /// Whoever attempts by themselves wants none of ours.
    pub const ONCE: RetryPolicy = RetryPolicy { attempts_max: 1, unknown_outcomes: false };
}

/// Why another attempt may end better.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    Transient,
    Throttling,
    /// Our clock is off by this much: the server's minus ours.
    Clock(ClockSkew),
}

/// Seconds to add to our clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClockSkew(pub(crate) i64);

/// Whether an answer asks for another attempt. `now` is the time that the request was signed with.
pub(crate) fn reason_of_answer(response: &Response<Bytes>, now: SystemTime) -> Option<Reason> {
    let status = response.status();
    if status.is_success() {
        return None;
    }
    let code = error_code(response);
    let is_in = |codes: &[&str]| code.as_deref().is_some_and(|code| codes.contains(&code));
    if is_in(THROTTLING) || status == StatusCode::TOO_MANY_REQUESTS {
        return Some(Reason::Throttling);
    }
    if is_in(CLOCK) {
        return clock_skew(response.headers(), now).map(Reason::Clock);
    }
    (is_in(TRANSIENT) || matches!(status.as_u16(), 500 | 502 | 503 | 504)).then_some(Reason::Transient)
}

/// Whether the answer says that the credentials have ended.
pub(crate) fn has_expired(response: &Response<Bytes>) -> bool {
    !response.status().is_success()
        && error_code(response).is_some_and(|code| EXPIRED.contains(&code.as_str()))
}

/// Whether a failure allows another attempt.
pub(crate) fn reason_of_failure(error: &TransportError, policy: &RetryPolicy) -> Option<Reason> {
    let allowed = error.outcome == Outcome::NotSent || policy.unknown_outcomes;
    (allowed && error.cause.is_transient()).then_some(Reason::Transient)
}

/// The pause before the attempt after attempt number `attempt` (from 1); `chance` is in 0..1.
pub(crate) fn pause(reason: Reason, attempt: u32, chance: f64, headers: Option<&HeaderMap>) -> Duration {
    let base = match reason {
        Reason::Throttling => Duration::from_secs(1),
        Reason::Transient => Duration::from_millis(50),
        Reason::Clock(_) => return Duration::ZERO,
    };
    let doubled = base.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let drawn = doubled.min(PAUSE_MAX).mul_f64(chance);
    match headers.and_then(retry_after) {
        Some(asked) => asked.clamp(drawn, drawn + PAUSE_ADDED_MAX),
        None => drawn,
    }
}

/// Milliseconds in AWS's header, seconds in everybody's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let milliseconds = number("x-amz-retry-after").map(Duration::from_millis);
    milliseconds.or_else(|| number("retry-after").map(Duration::from_secs))
}

fn clock_skew(headers: &HeaderMap, now: SystemTime) -> Option<ClockSkew> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    let seconds = theirs - Timestamp::try_from(now).ok()?.as_second();
    (seconds.unsigned_abs() > SKEW_MIN.as_secs()).then_some(ClockSkew(seconds))
}
