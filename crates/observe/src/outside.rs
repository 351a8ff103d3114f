//! Calls to CloudWatch Logs and EventBridge, with the settings that tasks have: the variables and files of AWS's
//! own tools say where the services are and with which credentials.
//!
//! INVARIANT: a call ends: nobody is waited for longer than `PATIENCE`.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws::client::{CallOptions, Client};
use aws::credentials::{Provider, Sts};
use aws::endpoint::{Partitions, RuleSet, ServiceFacts};
use aws::environment::Environment;
use aws::model::{Service, partitions};
use aws::protocol::{self, ServiceError};
use aws::retry::RetryPolicy;
use aws::settings::{Settings, SettingsFault};
use aws::transport::{Cause, Patience, Transport, TransportConfig};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::Value;

/// LIMIT: how long one exchange may take; a lane attempts it again.
const PATIENCE: Duration = Duration::from_secs(30);
/// LIMIT: bytes of an answer: those of these two services are small.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// What says where CloudWatch Logs is. Credentials alone do not: whoever tries a definition at their desk does not
/// mean to write into the log groups of their account.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"];

#[derive(Debug, thiserror::Error)]
pub(crate) enum OutsideFault {
    #[error("the AWS settings: {0}")]
    Settings(#[from] SettingsFault),
    #[error("the connections to AWS services: {0}")]
    Transport(#[from] Cause),
}

/// What makes calls. It lives on the thread that tells.
pub(crate) struct Outside {
    settings: Settings,
    transport: Transport,
    /// Made by the first call: until then the models of services are left alone.
    client: OnceCell<Client>,
    facts: RefCell<HashMap<&'static str, ServiceFacts>>,
    providers: RefCell<HashMap<String, Provider>>,
}

/// Why a call gave nothing.
pub(crate) enum CallFault {
    Said(Box<ServiceError>),
    Other(String),
}

impl std::fmt::Display for CallFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CallFault::Said(error) => {
                write!(f, "{}: {}", error.code, error.message.as_deref().unwrap_or_default())
            }
            CallFault::Other(why) => f.write_str(why),
        }
    }
}

/// Whether the environment says where CloudWatch Logs is.
pub(crate) fn has_endpoint(environment: &Environment) -> bool {
    ENDPOINTS.iter().any(|variable| environment.get(variable).is_some())
}

fn patience() -> Patience {
    Patience {
        read: PATIENCE,
        exchange: Some(PATIENCE),
        answer_bytes_max: ANSWER_BYTES_MAX,
        ..Patience::default()
    }
}

impl Outside {
    pub(crate) fn of(environment: Environment) -> Result<Outside, OutsideFault> {
        let user_agent = HeaderValue::from_static(concat!("stairway/", env!("CARGO_PKG_VERSION")));
        let transport = Transport::new(TransportConfig::from_environment(&environment, user_agent)?)?;
        let settings = Settings::load(environment, None)?;
        let client = OnceCell::new();
        Ok(Outside { settings, transport, client, facts: RefCell::default(), providers: RefCell::default() })
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let partitions =
                Partitions::parse(partitions()).expect("the partitions of a committed model are readable");
            Client::new(self.settings.clone(), self.transport.clone(), partitions, Arc::new(SystemTime::now))
        })
    }

    /// Calls an operation once.
    pub(crate) async fn call(
        &self,
        region: &str,
        service: &'static str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, CallFault> {
        let service = Service::find(service).expect("the model of the service is committed");
        let operation = service.operation(operation).expect("the model has the operation");
        let other = |why: String| CallFault::Other(why);
        let request = protocol::build(operation, input, None).map_err(|error| other(error.to_string()))?;
        let options = CallOptions {
            region: region.to_owned(),
            credentials: self.provider(region),
            retry: RetryPolicy::ONCE,
            patience: patience(),
        };
        let sent = self.client().send(&self.facts(service), request, &options).await;
        let response = sent.map_err(|error| other(error.to_string()))?;
        protocol::parse(operation, &response).map_err(CallFault::Said)
    }

    /// Sends a request to an address that is no AWS service.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        self.transport.send(request, &patience()).await.map_err(|error| error.cause.to_string())
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

    /// The standard chain of credentials. One provider a region: its answers are kept until they end.
    fn provider(&self, region: &str) -> Provider {
        if let Some(provider) = self.providers.borrow().get(region) {
            return provider.clone();
        }
        let sts = Service::find("sts").expect("the model of STS is committed");
        let sts = Sts { client: self.client().clone(), facts: self.facts(sts), region: region.to_owned() };
        let provider = Provider::standard(sts);
        self.providers.borrow_mut().insert(region.to_owned(), provider.clone());
        provider
    }
}
