//! Whose calls these are: credentials from where the AWS SDKs look for them, and assumed roles.
//!
//! Here: the credentials and the provider that keeps them fresh.
//! Not here: authorisation. Which provider a call may use is the caller's decision; there is no fallback
//! from one provider to another.
//! INVARIANT: no secret is in a message or in what `Debug` shows.

mod answer;
mod container;
mod instance;
mod plan;
mod process;
mod sts;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use thiserror::Error;
use tokio::sync::Semaphore;

pub use plan::Role;
use plan::{Base, Plan};

use crate::client::Client;
use crate::endpoint::ServiceFacts;
use crate::settings::{Settings, SettingsFault};
use crate::sign::SecretKey;

/// Temporary credentials are renewed this long before they end.
const RENEWED_BEFORE: Duration = Duration::from_secs(5 * 60);
/// After a renewal that failed, the next one waits this long, while the old credentials are still good.
const RENEWED_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// What failed without any credentials left is not tried again for this long: with many callers each would
/// wait for all that came before it.
const FAILED_FOR: Duration = Duration::from_secs(5);

/// An access key, with a session token if it is a temporary one.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret: SecretKey,
    pub session_token: Option<String>,
    pub expires: Option<SystemTime>,
    account_id: Option<String>,
}

#[derive(Debug, Error)]
pub enum CredentialsFault {
    #[error("no credentials were found: not in variables, a profile, a container or an instance")]
    None,
    #[error("{0}")]
    Settings(#[from] SettingsFault),
    /// The configuration of credentials contradicts itself or wants what is not supported.
    #[error("{0}")]
    Configuration(String),
    #[error("expected {expected} from {source_name}")]
    Answer { source_name: &'static str, expected: &'static str },
    #[error("no credentials from {source_name}: {message}")]
    Unreachable { source_name: &'static str, message: String },
    /// A failure that several callers are told of.
    #[error("{0}")]
    Shared(Arc<CredentialsFault>),
    /// In the words of AWS; its code, if it was STS that refused.
    #[error("the role {role} cannot be assumed: {message}")]
    Refused { role: String, code: Option<String>, message: String },
}

impl CredentialsFault {
    /// What went wrong, however many are told of it.
    pub fn root(&self) -> &CredentialsFault {
        match self {
            CredentialsFault::Shared(fault) => fault.root(),
            own => own,
        }
    }
}

impl Credentials {
    pub fn new(
        access_key_id: impl Into<String>,
        secret: impl Into<String>,
        session_token: Option<String>,
    ) -> Credentials {
        Credentials {
            access_key_id: access_key_id.into(),
            secret: SecretKey::new(secret),
            session_token,
            expires: None,
            account_id: None,
        }
    }

    /// The key that the profile in use holds itself.
    pub fn in_profile(settings: &Settings) -> Option<Credentials> {
        let value = |name| settings.profile().get(name);
        let token = value("aws_session_token").map(str::to_owned);
        Some(Credentials::new(value("aws_access_key_id")?, value("aws_secret_access_key")?, token))
    }

    /// A permanent key whose secret is shared with others, and with it what is derived from it.
    pub fn with_secret(access_key_id: impl Into<String>, secret: SecretKey) -> Credentials {
        Credentials { secret, ..Credentials::new(access_key_id, "", None) }
    }

    /// The account, where the source of the credentials says it.
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    fn is_good_for(&self, time: Duration, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now + time < expires)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Gives credentials, the same ones until they are about to end. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    source: Source,
    kept: Mutex<Kept>,
    /// One renewal at a time.
    turn: Semaphore,
}

#[derive(Default)]
struct Kept {
    credentials: Option<Credentials>,
    /// No renewal before this.
    not_before: Option<SystemTime>,
    /// Why there are none, and until when that is believed.
    failed: Option<(Arc<CredentialsFault>, SystemTime)>,
}

enum Source {
    Fixed(Credentials),
    /// Where the settings of the client say.
    Standard(Sts),
    Role {
        sts: Sts,
        base: Provider,
        role: Role,
    },
}

/// The service that gives temporary credentials, and how to reach it.
#[derive(Clone)]
pub struct Sts {
    pub client: Client,
    /// Of the service `sts`.
    pub facts: ServiceFacts,
    pub region: String,
}

impl Provider {
    pub fn fixed(credentials: Credentials) -> Provider {
        Provider::of(Source::Fixed(credentials))
    }

    /// The standard chain: variables, profile, web identity, container, instance.
    pub fn standard(sts: Sts) -> Provider {
        Provider::of(Source::Standard(sts))
    }

    /// The session of a role, assumed with the credentials of another provider.
    pub fn role(sts: Sts, base: Provider, role: Role) -> Provider {
        Provider::of(Source::Role { sts, base, role })
    }

    fn of(source: Source) -> Provider {
        Provider(Arc::new(Inner { source, kept: Mutex::default(), turn: Semaphore::new(1) }))
    }

    /// Credentials that are good now. While they are about to end, one caller renews them and the others
    /// go on with what there is.
    pub async fn credentials(&self, now: SystemTime) -> Result<Credentials, CredentialsFault> {
        if let Source::Fixed(credentials) = &self.0.source {
            return Ok(credentials.clone());
        }
        let old = match self.kept(now) {
            Fresh::Good(credentials) => return Ok(credentials),
            Fresh::Ending(credentials) => Some(credentials),
            Fresh::Failed(fault) => return Err(CredentialsFault::Shared(fault)),
            Fresh::None => None,
        };
        let turn = match (self.0.turn.try_acquire(), old.clone()) {
            (Ok(turn), _) => turn,
            (Err(_), Some(old)) => return Ok(old),
            (Err(_), None) => self.0.turn.acquire().await.expect("the turn is never closed"),
        };
        // Somebody may have renewed them, or failed to, while this caller waited for its turn.
        match self.kept(now) {
            Fresh::Good(credentials) => return Ok(credentials),
            Fresh::Failed(fault) => return Err(CredentialsFault::Shared(fault)),
            Fresh::Ending(_) | Fresh::None => {}
        }
        let renewed = self.fetch(now).await;
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        drop(turn);
        match (renewed, old) {
            (Ok(renewed), _) => {
                *kept = Kept { credentials: Some(renewed.clone()), not_before: None, failed: None };
                Ok(renewed)
            }
            (Err(_), Some(old)) => {
                kept.not_before = Some(now + RENEWED_AGAIN_AFTER);
                Ok(old)
            }
            (Err(fault), None) => {
                let fault = Arc::new(fault);
                kept.failed = Some((fault.clone(), now + FAILED_FOR));
                Err(CredentialsFault::Shared(fault))
            }
        }
    }

    /// A service says that these credentials have ended: they are given to nobody any more. False where
    /// there are no others to be had.
    pub(crate) fn forget(&self, ended: &Credentials) -> bool {
        if let Source::Fixed(_) = &self.0.source {
            return false;
        }
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.credentials.as_ref().is_some_and(|kept| kept.access_key_id == ended.access_key_id) {
            *kept = Kept::default();
        }
        true
    }

    fn kept(&self, now: SystemTime) -> Fresh {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &kept.credentials {
            Some(credentials) if credentials.is_good_for(RENEWED_BEFORE, now) => {
                Fresh::Good(credentials.clone())
            }
            Some(credentials) if credentials.is_good_for(Duration::ZERO, now) => {
                let waits = kept.not_before.is_some_and(|not_before| now < not_before);
                if waits { Fresh::Good(credentials.clone()) } else { Fresh::Ending(credentials.clone()) }
            }
            _ => match &kept.failed {
                Some((fault, until)) if now < *until => Fresh::Failed(fault.clone()),
                _ => Fresh::None,
            },
        }
    }

    // Boxed: assuming a role is a call, and a call asks for credentials.
    fn fetch(
        &self,
        now: SystemTime,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Credentials, CredentialsFault>> + Send + '_>> {
        Box::pin(async move {
            match &self.0.source {
                Source::Fixed(credentials) => Ok(credentials.clone()),
                Source::Standard(sts) => standard(sts, now).await,
                Source::Role { sts, base, role } => sts.assume(base, role).await,
            }
        })
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0.source {
            Source::Fixed(_) => "Provider::fixed",
            Source::Standard(_) => "Provider::standard",
            Source::Role { .. } => "Provider::role",
        })
    }
}

enum Fresh {
    Good(Credentials),
    Ending(Credentials),
    Failed(Arc<CredentialsFault>),
    None,
}

/// Reads the settings, gets the first credentials, and assumes the roles that a profile puts on top.
async fn standard(sts: &Sts, now: SystemTime) -> Result<Credentials, CredentialsFault> {
    // The files are read anew: tools that renew credentials write them.
    let settings = sts.client.settings().reloaded()?;
    let Plan { base, roles } = plan::standard(&settings, now)?;
    let environment = &settings.environment;
    let mut credentials = match base {
        Base::Known(credentials) => credentials,
        Base::Process(command) => process::run(&command, environment).await?,
        Base::WebIdentity(identity) => sts.assume_with_web_identity(&identity).await?,
        Base::Container => container::fetch(sts.client.transport(), environment).await?,
        Base::Instance => instance::fetch(sts.client.transport(), environment).await?,
    };
    for role in &roles {
        credentials = sts.assume(&Provider::fixed(credentials), role).await?;
    }
    Ok(credentials)
}
