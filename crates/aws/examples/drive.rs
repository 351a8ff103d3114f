//! The crate as a program for tests: one JSON order per line in, one JSON answer per line out.
//!
//! The tests in Python compare what it says with botocore and send requests through it.

#![expect(clippy::unwrap_used, reason = "a program for tests: what is malformed ends it")]
#![expect(clippy::print_stdout, reason = "it answers on standard output")]
#![expect(clippy::disallowed_methods, reason = "a program has a clock and an environment to hand down")]

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws::client::{CallOptions, Client};
use aws::credentials::{Credentials, Provider, Role, Sts};
use aws::endpoint::{Partitions, RuleSet, ServiceFacts, Value};
use aws::environment::Environment;
use aws::http::{Attempts, EndpointParameters, HostPrefix, Unsigned};
use aws::retry::RetryPolicy;
use aws::settings::Settings;
use aws::sign::{self, Dialect, Expected, Presented, Scope, SecretKey, Signer, SigningTime};
use aws::transport::{Patience, Transport, TransportConfig};
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

struct Driver {
    runtime: Runtime,
    rules: BTreeMap<String, Arc<RuleSet>>,
    partitions: Json,
    client: Option<Client>,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut driver = Driver { runtime, rules: BTreeMap::new(), partitions: Json::Null, client: None };
    for line in std::io::stdin().lock().lines() {
        let order: Json = serde_json::from_str(&line.unwrap()).unwrap();
        println!("{}", driver.answer(&order));
    }
}

impl Driver {
    fn answer(&mut self, order: &Json) -> Json {
        match order["op"].as_str().unwrap() {
            "partitions" => {
                self.partitions = order["partitions"].clone();
                json!({})
            }
            "rules" => {
                let rules = RuleSet::parse(&order["rules"]).unwrap();
                self.rules.insert(text(order, "service").to_owned(), Arc::new(rules));
                json!({})
            }
            "endpoints" => self.endpoints(order),
            "sign" => signed(order),
            "presign" => presigned(order),
            "verify" => verified(order),
            "credentials" => self.credentials(order),
            "send" => self.send(order),
            other => panic!("expected an order, found {other}"),
        }
    }

    fn endpoints(&self, order: &Json) -> Json {
        let rules = &self.rules[text(order, "service")];
        let partitions = &Partitions::parse(&self.partitions).unwrap();
        let many = order["parameters"].as_array().unwrap();
        many.iter().map(|parameters| endpoint(rules, partitions, parameters)).collect()
    }

    /// One client for all orders, with the environment of this process.
    fn client(&mut self) -> Client {
        let partitions = &self.partitions;
        let made = self.client.get_or_insert_with(|| {
            let environment = Environment {
                variables: std::env::vars().collect(),
                home: std::env::var_os("HOME").map(Into::into),
            };
            let agent = HeaderValue::from_static("stairway-test");
            let config = TransportConfig::from_environment(&environment, agent).unwrap();
            let settings = Settings::load(environment, None).unwrap();
            let partitions = Partitions::parse(partitions).unwrap();
            Client::new(settings, Transport::new(config).unwrap(), partitions, Arc::new(SystemTime::now))
        });
        made.clone()
    }

    fn facts(&self, service: &str, order: &Json) -> ServiceFacts {
        ServiceFacts {
            service_id: order["serviceId"].as_str().unwrap_or(service).into(),
            signing_name: order["signingName"].as_str().unwrap_or(service).into(),
            rules: self.rules[service].clone(),
        }
    }

    fn provider(&mut self, order: &Json) -> Provider {
        let client = self.client();
        let sts = |driver: &Driver| Sts {
            client: client.clone(),
            facts: driver.facts("sts", &Json::Null),
            region: text(order, "region").to_owned(),
        };
        let base = match order["key"].as_str() {
            Some(key) => Provider::fixed(Credentials::new(key, text(order, "secret"), None)),
            None => Provider::standard(sts(self)),
        };
        match order["role"].as_str() {
            None => base,
            Some(arn) => {
                let role = Role {
                    arn: arn.to_owned(),
                    session_name: "test".to_owned(),
                    external_id: Some("outside".to_owned()),
                    duration: Some(Duration::from_secs(900)),
                };
                Provider::role(sts(self), base, role)
            }
        }
    }

    /// Who the credentials are of; never their secret.
    fn credentials(&mut self, order: &Json) -> Json {
        let provider = self.provider(order);
        match self.runtime.block_on(provider.credentials(SystemTime::now())) {
            Err(fault) => json!({ "error": fault.to_string() }),
            Ok(found) => json!({
                "key": found.access_key_id,
                "account": found.account_id(),
                "temporary": found.session_token.is_some() && found.expires.is_some(),
            }),
        }
    }

    fn send(&mut self, order: &Json) -> Json {
        let mut request = request(order);
        if let Some(parameters) = order["parameters"].as_object() {
            let parameters = parameters.iter().map(|(name, json)| (name.clone(), value(json))).collect();
            request.extensions_mut().insert(EndpointParameters(parameters));
        }
        if let Some(prefix) = order["prefix"].as_str() {
            request.extensions_mut().insert(HostPrefix(prefix.to_owned()));
        }
        if order["unsigned"] == true {
            request.extensions_mut().insert(Unsigned);
        }
        let facts = self.facts(text(order, "service"), order);
        let options = CallOptions {
            region: text(order, "region").to_owned(),
            credentials: self.provider(order),
            retry: RetryPolicy::default(),
            patience: Patience::default(),
        };
        let client = self.client();
        match self.runtime.block_on(client.send(&facts, request, &options)) {
            Err(error) => json!({ "error": error.to_string(), "outcome": format!("{:?}", error.outcome()) }),
            Ok(answer) => json!({
                "status": answer.status().as_u16(),
                "body": String::from_utf8_lossy(answer.body()),
                "attempts": answer.extensions().get::<Attempts>().unwrap().0,
            }),
        }
    }
}

fn endpoint(rules: &RuleSet, partitions: &Partitions, parameters: &Json) -> Json {
    let parameters = parameters.as_object().unwrap();
    let parameters = parameters.iter().map(|(name, json)| (name.clone(), value(json))).collect();
    match rules.evaluate(&parameters, partitions) {
        Err(fault) => json!({ "error": fault.to_string() }),
        Ok(endpoint) => {
            let schemes = endpoint.auth_schemes.iter().map(|scheme| {
                json!({
                    "name": scheme.name,
                    "signingName": scheme.signing_name,
                    "signingRegion": scheme.signing_region,
                    "disableDoubleEncoding": scheme.disable_double_encoding,
                })
            });
            let schemes: Vec<Json> = schemes.collect();
            json!({ "url": endpoint.url, "headers": endpoint.headers, "authSchemes": schemes })
        }
    }
}

fn signed(order: &Json) -> Json {
    let mut request = request(order);
    let secret = SecretKey::new(text(order, "secret"));
    sign::sign(&mut request, &signer(order, &secret), time(order)).unwrap();
    json!({ "authorization": request.headers()["authorization"].to_str().unwrap() })
}

fn presigned(order: &Json) -> Json {
    let mut request = request(order);
    let secret = SecretKey::new(text(order, "secret"));
    let expires = Duration::from_secs(order["expires"].as_u64().unwrap());
    sign::presign(&mut request, &signer(order, &secret), time(order), expires).unwrap();
    json!({ "url": request.uri().to_string() })
}

fn verified(order: &Json) -> Json {
    let (head, body) = request(order).into_parts();
    let secret = SecretKey::new(text(order, "secret"));
    let expected = Expected {
        scope: scope(order),
        dialect: dialect(order),
        skew: Duration::from_secs(900),
        presigned_accepted: true,
    };
    let judged = Presented::read(&head).and_then(|presented| {
        sign::verify(&presented, &head, &body, Some(&secret), &expected, time(order))?;
        Ok(presented)
    });
    match judged {
        Ok(presented) => json!({ "key": presented.access_key_id, "token": presented.session_token }),
        Err(refusal) => json!({ "refused": refusal.to_string() }),
    }
}

fn request(order: &Json) -> Request<Bytes> {
    let mut request = Request::builder().method(text(order, "method")).uri(text(order, "url"));
    for pair in order["headers"].as_array().unwrap() {
        request = request.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
    }
    request.body(Bytes::from(text(order, "body").to_owned())).unwrap()
}

fn signer<'a>(order: &'a Json, secret: &'a SecretKey) -> Signer<'a> {
    Signer {
        access_key_id: text(order, "key"),
        secret,
        session_token: order["token"].as_str(),
        scope: scope(order),
        dialect: dialect(order),
    }
}

fn scope(order: &Json) -> Scope<'_> {
    Scope { region: text(order, "region"), service: text(order, "service") }
}

fn dialect(order: &Json) -> Dialect {
    if text(order, "service") == "s3" { Dialect::S3 } else { Dialect::Standard }
}

fn time(order: &Json) -> SigningTime {
    (SystemTime::UNIX_EPOCH + Duration::from_secs(order["time"].as_u64().unwrap())).into()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        other => panic!("expected a parameter, found {other}"),
    }
}

fn text<'a>(order: &'a Json, name: &str) -> &'a str {
    order[name].as_str().unwrap_or_else(|| panic!("expected {name} in {order}"))
}
