//! Reaching services: the outside as it is configured, and this server's own API.
//!
//! Here: one client for each, the facts of services as they are needed.
//! Not here: what is called (`optimized`, `sdk`, `lambda`), whose credentials a call goes with (`sessions`).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws::client::{CallOptions, Client, SendError};
use aws::credentials::{Credentials, Provider};
use aws::endpoint::{Partitions, RuleFault, RuleSet, ServiceFacts};
use aws::environment::Environment;
use aws::model::{Operation, Service, partitions};
use aws::protocol::{self, InputError, ServiceError};
use aws::retry::RetryPolicy;
use aws::settings::{Settings, SettingsFault};
use aws::sign::SecretKey;
use aws::transport::{Cause, Patience, Transport, TransportConfig};
use bytes::Bytes;
use engine::{Identity, TaskCall};
use functions::Functions;
use http::{HeaderValue, Request, Response};
use serde_json::Value;

use crate::runner::OwnApi;
use crate::sessions::{NotAssumed, Roles, Sessions};

/// As botocore names the service whose API this server has.
const OWN_SERVICE: &str = "stepfunctions";
/// Lambda functions may take 15 minutes.
pub(crate) const LAMBDA_SILENCE: Duration = Duration::from_secs(905);
/// Synchronous executions may take five minutes.
const EXPRESS_SILENCE: Duration = Duration::from_secs(305);

/// The services outside, as variables and files of the environment say how to reach them.
pub struct Outside {
    client: Client,
    transport: Transport,
    /// Step Functions is somebody else's, too.
    has_own_steps: bool,
    roles: Roles,
}

#[derive(Debug, thiserror::Error)]
pub enum OutsideFault {
    #[error("the AWS settings: {0}")]
    Settings(#[from] SettingsFault),
    #[error("the connections to AWS services: {0}")]
    Transport(#[from] Cause),
    #[error("the endpoints of AWS: {0}")]
    Endpoints(#[from] RuleFault),
}

impl Outside {
    pub fn of(environment: Environment, roles: Roles) -> Result<Outside, OutsideFault> {
        let has_own_steps = environment.get("AWS_ENDPOINT_URL_SFN").is_none();
        let transport = Transport::new(transport_config(&environment)?)?;
        Ok(Outside { client: client(environment)?, transport, has_own_steps, roles })
    }
}

fn client(environment: Environment) -> Result<Client, OutsideFault> {
    let transport = Transport::new(transport_config(&environment)?)?;
    let settings = Settings::load(environment, None)?;
    let partitions = Partitions::parse(partitions())?;
    Ok(Client::new(settings, transport, partitions, Arc::new(SystemTime::now)))
}

fn transport_config(environment: &Environment) -> Result<TransportConfig, Cause> {
    let user_agent = HeaderValue::from_static(concat!("stairway/", env!("CARGO_PKG_VERSION")));
    TransportConfig::from_environment(environment, user_agent)
}

/// All that calls share. It lives on the runner's thread.
pub(crate) struct Services {
    outside: Outside,
    own: RefCell<Option<(Client, SecretKey)>>,
    own_api: Box<dyn Fn() -> Option<OwnApi> + Send>,
    pub(crate) functions: Functions,
    facts: RefCell<HashMap<&'static str, ServiceFacts>>,
    sessions: OnceCell<Sessions>,
}

/// For whom and from where a call is made.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) partition: String,
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) identity: Arc<Identity>,
    /// The role of the task's `Credentials`.
    pub(crate) task_role: Option<Arc<str>>,
}

impl Caller {
    /// The owner of the execution; of the task's role, if it has one: another account's resources are meant.
    pub(crate) fn of(call: &TaskCall) -> Caller {
        let mut parts = call.identity.arn.split(':').skip(1).map(str::to_owned);
        let partition = parts.next().unwrap_or_default();
        let mut parts = parts.skip(1);
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let of_role = call.role_arn.as_deref().and_then(account_of_role);
        Caller {
            partition,
            region,
            account: of_role.map_or(account, str::to_owned),
            identity: Arc::clone(&call.identity),
            task_role: call.role_arn.clone(),
        }
    }
}

/// `arn:aws:iam::123456789012:role/name`
fn account_of_role(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum CallFault {
    /// The request cannot be built.
    Input(InputError),
    /// Nobody answered.
    Send(SendError),
    /// The role that the call goes with cannot be assumed: the cause.
    Role(String),
    /// The service said no.
    Service(Box<ServiceError>),
    /// This process serves no API of its own.
    NoOwnApi,
}

/// As whom a request is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Signer {
    /// As the state machine's role, where roles are assumed.
    Role,
    /// As this server, whatever role the machine has.
    Server,
}

/// An answer with its result.
pub(crate) struct Answered {
    pub(crate) result: Value,
    pub(crate) response: Response<Bytes>,
}

impl Services {
    pub(crate) fn new(
        outside: Outside,
        functions: Functions,
        own_api: Box<dyn Fn() -> Option<OwnApi> + Send>,
    ) -> Services {
        Services {
            outside,
            own: RefCell::default(),
            own_api,
            functions,
            facts: RefCell::default(),
            sessions: OnceCell::new(),
        }
    }

    /// Calls an operation and waits for its result.
    pub(crate) async fn call(
        &self,
        caller: &Caller,
        operation: Operation<'static>,
        request: Request<Bytes>,
    ) -> Result<Answered, CallFault> {
        let patience = match (operation.service().name(), operation.name()) {
            ("lambda", _) => Patience { read: LAMBDA_SILENCE, ..Patience::default() },
            (OWN_SERVICE, "StartSyncExecution") => Patience { read: EXPRESS_SILENCE, ..Patience::default() },
            _ => Patience::default(),
        };
        let retry = RetryPolicy { unknown_outcomes: is_harmless(operation), ..RetryPolicy::default() };
        let response = self.send(caller, operation.service(), request, patience, retry).await?;
        let result = protocol::parse(operation, &response).map_err(CallFault::Service)?;
        Ok(Answered { result, response })
    }

    /// Sends a request to a service and waits for its answer.
    pub(crate) async fn send(
        &self,
        caller: &Caller,
        service: &'static Service,
        request: Request<Bytes>,
        patience: Patience,
        retry: RetryPolicy,
    ) -> Result<Response<Bytes>, CallFault> {
        let is_own = service.name() == OWN_SERVICE && self.outside.has_own_steps;
        let (client, credentials) = if is_own {
            let (client, secret) = self.own()?;
            // An access key of twelve digits names the account.
            (client, Provider::fixed(Credentials::with_secret(caller.account.clone(), secret)))
        } else {
            let client = self.outside.client.clone();
            let credentials = self.provider(&client, caller).await?;
            (client, credentials)
        };
        let options = CallOptions { region: caller.region.clone(), credentials, retry, patience };
        client.send(&self.facts(service), request, &options).await.map_err(CallFault::Send)
    }

    /// Sends a request to an API outside, signed by whoever is to be known as the caller.
    pub(crate) async fn send_signed(
        &self,
        caller: &Caller,
        signer: Signer,
        region: String,
        request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Response<Bytes>, CallFault> {
        let client = &self.outside.client;
        let credentials = match signer {
            Signer::Role => self.provider(client, caller).await?,
            Signer::Server => self.sessions().own(client, caller),
        };
        let options = CallOptions { region, credentials, retry: RetryPolicy::ONCE, patience };
        client.send_signed("execute-api", request, &options).await.map_err(CallFault::Send)
    }

    /// Connections to addresses that are no AWS service.
    pub(crate) fn transport(&self) -> &Transport {
        &self.outside.transport
    }

    /// The client of this server's own API, and the secret to sign with.
    fn own(&self) -> Result<(Client, SecretKey), CallFault> {
        if let Some(own) = &*self.own.borrow() {
            return Ok(own.clone());
        }
        let OwnApi { url, secret } = (self.own_api)().ok_or(CallFault::NoOwnApi)?;
        let environment = Environment::from([("AWS_ENDPOINT_URL_SFN", url.as_str())]);
        let client = client(environment).map_err(|_| CallFault::NoOwnApi)?;
        let own = (client, secret);
        *self.own.borrow_mut() = Some(own.clone());
        Ok(own)
    }

    fn facts(&self, service: &'static Service) -> ServiceFacts {
        let mut facts = self.facts.borrow_mut();
        let known = facts.entry(service.name()).or_insert_with(|| ServiceFacts {
            service_id: Arc::from(service.service_id()),
            signing_name: Arc::from(service.signing_name()),
            rules: Arc::new(
                RuleSet::parse(&service.endpoint_rules())
                    .expect("the rules of a committed model are readable"),
            ),
        });
        known.clone()
    }

    async fn provider(&self, client: &Client, caller: &Caller) -> Result<Provider, CallFault> {
        let provider = self.sessions().of(client, caller).await;
        provider.map_err(|NotAssumed(cause)| CallFault::Role(cause))
    }

    fn sessions(&self) -> &Sessions {
        self.sessions.get_or_init(|| {
            let sts = Service::find("sts").expect("the model of STS is committed");
            Sessions::new(self.outside.roles, self.facts(sts))
        })
    }
}

/// Whether nothing is done twice when the operation is: it only reads, or a token of the request makes it so.
pub(crate) fn is_harmless(operation: Operation<'_>) -> bool {
    const READS: [&str; 8] = ["Get", "List", "Describe", "Head", "Query", "Scan", "BatchGet", "Search"];
    let reads = operation.is_readonly() || READS.iter().any(|verb| operation.name().starts_with(verb));
    let mut members = operation.input().into_iter().flat_map(|input| input.shape().members());
    reads || members.any(|member| member.is_idempotency_token())
}
