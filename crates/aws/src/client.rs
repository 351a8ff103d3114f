//! One call from end to end: endpoint, credentials, signature, exchange, further attempts.
//!
//! Not here: what a request says and what an answer means (`protocol`).
//! INVARIANT: a failure is `NotSent` only if no attempt of the call can have arrived.

mod address;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use address::Addressed;
use bytes::Bytes;
use http::{Request, Response};
use thiserror::Error;

use crate::credentials::{Credentials, CredentialsFault, Provider};
use crate::endpoint::{EndpointFault, Partitions, ServiceFacts};
use crate::http::{Attempts, Unsigned, UnsignedBody};
use crate::retry::{self, Quota, Reason, RetryPolicy};
use crate::settings::Settings;
use crate::sign::{Dialect, Scope, Signer, sign};
use crate::transport::{Cause, Outcome, Patience, Transport, TransportError};

/// Tells the time; nothing here reads a clock of its own.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Everything that calls share. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: Settings,
    transport: Transport,
    partitions: Partitions,
    clock: Clock,
    quota: Quota,
    /// Seconds by which servers found our clock to be slow.
    skew: AtomicI64,
}

/// What one call is made with.
#[derive(Clone, Debug)]
pub struct CallOptions {
    pub region: String,
    pub credentials: Provider,
    pub retry: RetryPolicy,
    pub patience: Patience,
}

#[derive(Debug, Error)]
pub enum SendError {
    #[error("{0}")]
    Endpoint(#[from] EndpointFault),
    #[error("{0}")]
    Credentials(#[from] CredentialsFault),
    #[error("the request cannot be sent as HTTP: {0}")]
    Request(#[from] http::Error),
    /// No attempt was answered. `outcome` is the worst of all attempts, `cause` that of the last.
    #[error("{cause}")]
    Transport { outcome: Outcome, cause: Cause, attempts: u32 },
}

/// Where a request goes, and what it is signed for.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// To the endpoint of a service; the URI of the request is relative.
    Service(&'a ServiceFacts),
    /// Where its own URI says, signed for the service of this name.
    Address { signing_name: &'a str },
}

impl SendError {
    /// Whether the call can have been carried out.
    pub fn outcome(&self) -> Outcome {
        match self {
            SendError::Endpoint(_) | SendError::Credentials(_) | SendError::Request(_) => Outcome::NotSent,
            SendError::Transport { outcome, .. } => *outcome,
        }
    }
}

impl Client {
    pub fn new(settings: Settings, transport: Transport, partitions: Partitions, clock: Clock) -> Client {
        let skew = AtomicI64::new(0);
        Client(Arc::new(Inner { settings, transport, partitions, clock, quota: Quota::new(), skew }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Our clock, put right by what servers said of it.
    pub fn now(&self) -> SystemTime {
        let seconds = self.0.skew.load(Ordering::Relaxed);
        let skew = Duration::from_secs(seconds.unsigned_abs());
        let now = (self.0.clock)();
        let corrected = if seconds < 0 { now.checked_sub(skew) } else { now.checked_add(skew) };
        corrected.unwrap_or(now)
    }

    /// Sends a request whose URI is relative. An answer is whatever a server said, errors included, with
    /// `Attempts` as extension.
    pub async fn send(
        &self,
        facts: &ServiceFacts,
        request: Request<Bytes>,
        options: &CallOptions,
    ) -> Result<Response<Bytes>, SendError> {
        self.send_to(Target::Service(facts), request, options).await
    }

    /// The same of a request whose URI is absolute, signed for a service that has no model: an API.
    pub async fn send_signed(
        &self,
        signing_name: &str,
        request: Request<Bytes>,
        options: &CallOptions,
    ) -> Result<Response<Bytes>, SendError> {
        self.send_to(Target::Address { signing_name }, request, options).await
    }

    async fn send_to(
        &self,
        target: Target<'_>,
        request: Request<Bytes>,
        options: &CallOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let mut attempts = 0;
        // Credentials that had ended cost an attempt of their own, once.
        let mut attempts_max = options.retry.attempts_max;
        let mut refused = None;
        let mut worst = Outcome::NotSent;
        let mut last = None;
        let mut taken = None;
        loop {
            attempts += 1;
            let now = self.now();
            let ready = self.ready(target, &request, options, now).await;
            let (ready, credentials) = match (ready, last.take(), refused.take()) {
                // There are no other credentials: the refusal stands.
                (Err(_), _, Some(refusal)) => return finished(Ok(refusal), worst, attempts - 1),
                // An earlier attempt may have arrived, whatever is wrong now.
                (Err(_), Some(cause), None) if worst == Outcome::Unknown => {
                    return Err(SendError::Transport { outcome: worst, cause, attempts: attempts - 1 });
                }
                (ready, ..) => ready?,
            };
            let sent = self.0.transport.send(ready, &options.patience).await;
            if attempts_max == options.retry.attempts_max
                && sent.as_ref().is_ok_and(retry::has_expired)
                && credentials.is_some_and(|credentials| options.credentials.forget(&credentials))
            {
                attempts_max += 1;
                refused = sent.ok();
                continue;
            }
            let reason = match &sent {
                Ok(response) => retry::reason_of_answer(response, now),
                Err(error) => {
                    worst = worst.max(error.outcome);
                    retry::reason_of_failure(error, &options.retry)
                }
            };
            let again = reason.filter(|_| attempts < attempts_max);
            let paid = again.and_then(|reason| Some((reason, self.0.quota.take(reason)?)));
            let Some((reason, cost)) = paid else {
                if sent.as_ref().is_ok_and(|response| response.status().is_success()) {
                    self.0.quota.succeeded(taken);
                }
                return finished(sent, worst, attempts);
            };
            taken = Some(cost);
            if let Reason::Clock(skew) = reason {
                self.0.skew.fetch_add(skew.0, Ordering::Relaxed);
            }
            let headers = sent.as_ref().ok().map(Response::headers);
            let pause = retry::pause(reason, attempts, chance(), headers);
            last = sent.err().map(|error| error.cause);
            tokio::time::sleep(pause).await;
        }
    }

    /// The request with its endpoint and its signature, and whose that is.
    async fn ready(
        &self,
        target: Target<'_>,
        request: &Request<Bytes>,
        options: &CallOptions,
        now: SystemTime,
    ) -> Result<(Request<Bytes>, Option<Credentials>), SendError> {
        let unsigned = request.extensions().get::<Unsigned>().is_some();
        let credentials = match unsigned {
            true => None,
            false => Some(options.credentials.credentials(now).await?),
        };
        let account_id = credentials.as_ref().and_then(Credentials::account_id);
        let addressed = match target {
            Target::Service(facts) => address::addressed(
                facts,
                request,
                &options.region,
                account_id,
                &self.0.settings,
                &self.0.partitions,
            )?,
            Target::Address { signing_name } => Addressed {
                request: request.clone(),
                signing_name: signing_name.to_owned(),
                signing_region: options.region.clone(),
                dialect: Dialect::Standard,
            },
        };
        let mut ready = addressed.request;
        if let Some(unsigned_body) = request.extensions().get::<UnsignedBody>() {
            ready.extensions_mut().insert(*unsigned_body);
        }
        if let Some(credentials) = &credentials {
            let signer = Signer {
                access_key_id: &credentials.access_key_id,
                secret: &credentials.secret,
                session_token: credentials.session_token.as_deref(),
                scope: Scope { region: &addressed.signing_region, service: &addressed.signing_name },
                dialect: addressed.dialect,
            };
            sign(&mut ready, &signer, now.into())?;
        }
        Ok((ready, credentials))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

fn finished(
    sent: Result<Response<Bytes>, TransportError>,
    worst: Outcome,
    attempts: u32,
) -> Result<Response<Bytes>, SendError> {
    match sent {
        Ok(mut response) => {
            response.extensions_mut().insert(Attempts(attempts));
            Ok(response)
        }
        Err(error) => Err(SendError::Transport { outcome: worst, cause: error.cause, attempts }),
    }
}

/// A number in 0..1. Without entropy pauses are as long as they can be.
fn chance() -> f64 {
    getrandom::u64().map_or(1.0, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)
}
