//! Whole calls, and what they ask for credentials, against a server on loopback.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws::client::{CallOptions, Client, SendError};
use aws::credentials::{Credentials, Provider, Role, Sts};
use aws::endpoint::{Partitions, RuleSet, ServiceFacts};
use aws::environment::Environment;
use aws::http::{Attempts, Unsigned};
use aws::retry::RetryPolicy;
use aws::settings::Settings;
use aws::transport::{Outcome, Patience, Transport, TransportConfig};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::json;

/// What a server does with one request.
#[derive(Clone)]
enum Reaction {
    Answer(String),
    /// Reads the request and closes the connection.
    HangUp,
}

/// A server that reacts as its script says, one connection at a time, and remembers what it was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(script: Vec<Reaction>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remembered = asked.clone();
        std::thread::spawn(move || {
            let mut script = VecDeque::from(script);
            while let Some(reaction) = script.pop_front() {
                let Ok((mut stream, _)) = listener.accept() else { break };
                remembered.lock().unwrap().push(request_of(&mut stream));
                if let Reaction::Answer(answer) = reaction {
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        Server { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn request_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = stream.read(&mut piece).unwrap();
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
            return text;
        }
    }
}

fn answer(status: u16, body: &str) -> Reaction {
    answer_with(status, "", body)
}

fn answer_with(status: u16, headers: &str, body: &str) -> Reaction {
    let length = body.len();
    Reaction::Answer(format!(
        "HTTP/1.1 {status} S\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    ))
}

/// Time that only the test moves.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }

    fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

fn client(variables: &[(&str, &str)], clock: &Clock) -> Client {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment { variables: variables.collect(), home: None };
    let agent = HeaderValue::from_static("test");
    let transport = Transport::new(TransportConfig::from_environment(&environment, agent).unwrap()).unwrap();
    let partitions = json!({ "partitions": [{
        "id": "aws", "regionRegex": "^us", "regions": {},
        "outputs": {
            "dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws", "implicitGlobalRegion": "us-east-1",
            "supportsFIPS": true, "supportsDualStack": true,
        },
    }]});
    let clock = clock.clone();
    let settings = Settings::load(environment, None).unwrap();
    Client::new(settings, transport, Partitions::parse(&partitions).unwrap(), Arc::new(move || clock.now()))
}

fn facts() -> ServiceFacts {
    let rules = json!({
        "parameters": { "Endpoint": { "type": "string", "builtIn": "SDK::Endpoint", "required": true } },
        "rules": [{ "type": "endpoint", "conditions": [], "endpoint": { "url": { "ref": "Endpoint" } } }],
    });
    let rules = Arc::new(RuleSet::parse(&rules).unwrap());
    ServiceFacts { service_id: "STS".into(), signing_name: "sts".into(), rules }
}

fn fixed() -> Provider {
    Provider::fixed(Credentials::new("AKID", "secret", None))
}

async fn send(
    client: &Client,
    credentials: Provider,
    retry: RetryPolicy,
) -> Result<Response<Bytes>, SendError> {
    let request = Request::builder().method("POST").uri("/").body(Bytes::from_static(b"{}")).unwrap();
    let patience = Patience::default();
    let options = CallOptions { region: "us-east-1".to_owned(), credentials, retry, patience };
    client.send(&facts(), request, &options).await
}

const PATIENT: RetryPolicy = RetryPolicy { attempts_max: 3, unknown_outcomes: true };
const CAREFUL: RetryPolicy = RetryPolicy { attempts_max: 3, unknown_outcomes: false };

#[tokio::test]
async fn transient_answers_are_tried_again_and_the_last_one_stands() {
    let server = Server::new(vec![answer(500, ""), answer(503, ""), answer(200, "done")]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let answered = send(&client, fixed(), PATIENT).await.unwrap();
    assert_eq!((answered.body().as_ref(), answered.extensions().get()), (&b"done"[..], Some(&Attempts(3))));
    let server = Server::new(vec![answer(500, "first"), answer(502, "second")]);
    let client = self::client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let twice = RetryPolicy { attempts_max: 2, ..PATIENT };
    let answered = send(&client, fixed(), twice).await.unwrap();
    assert_eq!((answered.status().as_u16(), answered.body().as_ref()), (502, &b"second"[..]));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn errors_of_the_caller_are_not_tried_again() {
    let server = Server::new(vec![answer(400, r#"{"__type":"ValidationException"}"#), answer(200, "")]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let answered = send(&client, fixed(), PATIENT).await.unwrap();
    assert_eq!((answered.status().as_u16(), server.asked().len()), (400, 1));
}

#[tokio::test]
async fn a_call_in_doubt_is_sent_again_only_where_allowed() {
    let server = Server::new(vec![Reaction::HangUp, answer(200, "done")]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    assert_eq!(send(&client, fixed(), PATIENT).await.unwrap().body(), "done");
    let server = Server::new(vec![Reaction::HangUp, answer(200, "done")]);
    let client = self::client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let failed = send(&client, fixed(), CAREFUL).await.unwrap_err();
    assert_eq!((failed.outcome(), server.asked().len()), (Outcome::Unknown, 1));
}

#[tokio::test]
async fn one_attempt_in_doubt_leaves_the_call_in_doubt() {
    // The server goes away after the first request: the later attempts are surely not sent.
    let server = Server::new(vec![Reaction::HangUp]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let failed = send(&client, fixed(), PATIENT).await.unwrap_err();
    assert_eq!(failed.outcome(), Outcome::Unknown, "{failed}");
    let failed = send(&client, fixed(), PATIENT).await.unwrap_err();
    assert_eq!(failed.outcome(), Outcome::NotSent, "{failed}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_put_right_by_the_server() {
    let refused =
        answer_with(403, "date: Thu, 01 Jan 1970 05:00:00 GMT\r\n", r#"{"__type":"RequestTimeTooSkewed"}"#);
    let server = Server::new(vec![refused, answer(200, ""), answer(200, "")]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    for _ in 0..2 {
        assert_eq!(send(&client, fixed(), PATIENT).await.unwrap().status().as_u16(), 200);
    }
    let asked = server.asked();
    let dates = ["19700101T000000Z", "19700101T050000Z", "19700101T050000Z"];
    for (asked, date) in asked.iter().zip(dates) {
        assert!(asked.contains(&format!("x-amz-date: {date}\r\n")), "{asked}");
    }
}

#[tokio::test]
async fn an_unsigned_call_asks_nobody_for_credentials() {
    let server = Server::new(vec![answer(200, "")]);
    let variables = [("AWS_ENDPOINT_URL", server.url.as_str()), ("AWS_EC2_METADATA_DISABLED", "true")];
    let client = client(&variables, &Clock::default());
    let mut request = Request::builder().uri("/").body(Bytes::new()).unwrap();
    request.extensions_mut().insert(Unsigned);
    let standard = Provider::standard(sts(&client));
    let patience = Patience::default();
    let options = CallOptions {
        region: "us-east-1".to_owned(),
        credentials: standard.clone(),
        retry: PATIENT,
        patience,
    };
    client.send(&facts(), request, &options).await.unwrap();
    assert!(!server.asked()[0].contains("authorization"));
    let failed = send(&client, standard, PATIENT).await.unwrap_err();
    assert!(matches!(failed, SendError::Credentials(_)), "{failed}");
}

// Where credentials come from.

fn sts(client: &Client) -> Sts {
    Sts { client: client.clone(), facts: facts(), region: "us-east-1".to_owned() }
}

/// An answer of AssumeRole: keys with this id that end at this second of 1970's first day.
fn assumed(id: &str, ends: &str) -> Reaction {
    answer(
        200,
        &format!(
            "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s\
             </Arn></AssumedRoleUser><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>x/+&amp;\
             </SecretAccessKey><SessionToken>t==</SessionToken><Expiration>1970-01-01T{ends}Z</Expiration>\
             </Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

fn role() -> Role {
    Role {
        arn: "arn:aws:iam::123456789012:role/r".to_owned(),
        session_name: "me & you".to_owned(),
        external_id: Some("out".to_owned()),
        duration: Some(Duration::from_secs(900)),
    }
}

#[tokio::test]
async fn an_assumed_role_is_kept_renewed_before_it_ends_and_kept_on_when_renewal_fails() {
    let denied = answer(
        403,
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
    );
    let server = Server::new(vec![
        assumed("FIRST", "01:00:00"),
        denied.clone(),
        assumed("SECOND", "02:00:00"),
        denied,
    ]);
    let clock = Clock::default();
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &clock);
    let provider = Provider::role(sts(&client), fixed(), role());
    let id = async || provider.credentials(clock.now()).await.map(|found| found.access_key_id);
    for _ in 0..3 {
        assert_eq!(id().await.unwrap(), "FIRST");
    }
    clock.forward(55 * 60 + 1);
    assert_eq!(id().await.unwrap(), "FIRST");
    assert_eq!(id().await.unwrap(), "FIRST");
    assert_eq!(server.asked().len(), 2);
    clock.forward(31);
    assert_eq!(id().await.unwrap(), "SECOND");
    let found = provider.credentials(clock.now()).await.unwrap();
    assert_eq!((found.account_id(), found.session_token.as_deref()), (Some("123456789012"), Some("t==")));
    clock.forward(2 * 60 * 60);
    let fault = id().await.unwrap_err().to_string();
    assert_eq!(
        fault,
        "the role arn:aws:iam::123456789012:role/r cannot be assumed: status 403, AccessDenied: no"
    );
    // Nobody asks again at once; then the server is gone.
    assert_eq!(id().await.unwrap_err().to_string(), fault);
    assert_eq!(server.asked().len(), 4);
    clock.forward(5);
    assert!(id().await.unwrap_err().to_string().contains("no connection to 127.0.0.1"));
    let body = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr\
                &RoleSessionName=me%20%26%20you&DurationSeconds=900&ExternalId=out";
    assert!(server.asked()[0].ends_with(body), "{:?}", server.asked()[0]);
}

#[tokio::test]
async fn credentials_that_a_service_calls_expired_are_renewed_once_and_the_call_is_made_again() {
    let expired = answer(400, r#"{"__type":"com.amazon#ExpiredTokenException","message":"late"}"#);
    let server = Server::new(vec![
        assumed("A", "01:00:00"),
        expired.clone(),
        assumed("B", "01:00:00"),
        answer(200, ""),
        expired.clone(),
        assumed("C", "01:00:00"),
        expired,
    ]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let provider = Provider::role(sts(&client), fixed(), role());
    let status = async || send(&client, provider.clone(), RetryPolicy::ONCE).await.unwrap().status().as_u16();
    assert_eq!(status().await, 200);
    assert_eq!(status().await, 400, "the second refusal stands");
    let asked = server.asked();
    let signers = ["AKID", "A", "AKID", "B", "B", "AKID", "C"];
    assert_eq!(asked.len(), signers.len());
    for (asked, signer) in asked.iter().zip(signers) {
        assert!(asked.contains(&format!("Credential={signer}/")), "{signer}: {asked}");
    }
}

#[tokio::test]
async fn where_expired_credentials_cannot_be_renewed_the_refusal_stands() {
    let expired = answer(400, r#"{"__type":"ExpiredTokenException"}"#);
    let denied = answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    let server = Server::new(vec![assumed("A", "01:00:00"), expired, denied]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    let provider = Provider::role(sts(&client), fixed(), role());
    let answered = send(&client, provider, PATIENT).await.unwrap();
    assert_eq!((answered.status().as_u16(), answered.extensions().get()), (400, Some(&Attempts(1))));
}

#[tokio::test]
async fn fixed_credentials_that_have_expired_are_not_tried_again() {
    let refused = answer(403, "<Error><Code>ExpiredToken</Code></Error>");
    let server = Server::new(vec![refused, answer(200, "")]);
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &Clock::default());
    assert_eq!(send(&client, fixed(), PATIENT).await.unwrap().status().as_u16(), 403);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn many_callers_renew_once() {
    let server = Server::new(vec![assumed("ONE", "01:00:00"), assumed("TWO", "01:00:00")]);
    let clock = Clock::default();
    let client = client(&[("AWS_ENDPOINT_URL", &server.url)], &clock);
    let provider = Provider::role(sts(&client), fixed(), role());
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (provider, now) = (provider.clone(), clock.now());
            tokio::spawn(async move { provider.credentials(now).await.map(|found| found.access_key_id) })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap(), "ONE");
    }
    assert_eq!(server.asked().len(), 1);
}

const KEYS: &str = r#"{"Version":1,"Code":"Success","AccessKeyId":"AKOUT","SecretAccessKey":"s","Token":"t","SessionToken":"t","Expiration":"1970-01-01T01:00:00Z"}"#;

async fn standard(variables: &[(&str, &str)]) -> Result<String, String> {
    let clock = Clock::default();
    let provider = Provider::standard(sts(&client(variables, &clock)));
    let found = provider.credentials(clock.now()).await.map_err(|fault| fault.to_string())?;
    assert_eq!(found.session_token.as_deref(), Some("t"));
    Ok(found.access_key_id)
}

#[tokio::test]
async fn an_instance_is_asked_for_a_token_first() {
    let server = Server::new(vec![answer(200, "the-token"), answer(200, "my-role\n"), answer(200, KEYS)]);
    assert_eq!(standard(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url)]).await.unwrap(), "AKOUT");
    let asked = server.asked();
    assert!(
        asked[0]
            .starts_with("PUT /latest/api/token HTTP/1.1\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n")
    );
    assert!(asked[1].starts_with("GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n"));
    assert!(asked[2].starts_with("GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1\r\n"));
    assert!(asked[1..].iter().all(|asked| asked.contains("x-aws-ec2-metadata-token: the-token\r\n")));
    let server = Server::new(vec![answer(403, "")]);
    let fault = standard(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url)]).await.unwrap_err();
    assert_eq!(fault, "no credentials from the instance: it answered with status 403");
}

#[tokio::test]
async fn a_container_is_asked_with_the_token_of_its_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "pod-token\n").unwrap();
    let server = Server::new(vec![answer(500, ""), answer(200, KEYS)]);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path().to_str().unwrap()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "other"),
    ];
    assert_eq!(standard(&variables).await.unwrap(), "AKOUT");
    assert!(server.asked().iter().all(|asked| asked.contains("authorization: pod-token\r\n")));
    let two_lines = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nb: c"),
    ];
    assert_eq!(standard(&two_lines).await.unwrap_err(), "expected a token of one line from the container");
}

#[tokio::test]
async fn a_web_identity_speaks_for_itself() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "jwt+1\n").unwrap();
    let server = Server::new(vec![assumed("AKWEB", "01:00:00")]);
    let variables = [
        ("AWS_ENDPOINT_URL_STS", server.url.as_str()),
        ("AWS_ROLE_ARN", "arn:r"),
        ("AWS_ROLE_SESSION_NAME", "s"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.path().to_str().unwrap()),
    ];
    let clock = Clock::default();
    let provider = Provider::standard(sts(&client(&variables, &clock)));
    assert_eq!(provider.credentials(clock.now()).await.unwrap().access_key_id, "AKWEB");
    let asked = server.asked();
    assert!(
        asked[0].contains("Action=AssumeRoleWithWebIdentity")
            && asked[0].ends_with("WebIdentityToken=jwt%2B1")
    );
    assert!(!asked[0].contains("authorization:"));
}

/// Credentials of a profile whose `credential_process` runs this command.
async fn of_process(command: &str) -> Result<String, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("[default]\ncredential_process = {command}\n")).unwrap();
    let path = std::env::var_os("PATH").unwrap().into_string().unwrap();
    standard(&[("AWS_CONFIG_FILE", file.path().to_str().unwrap()), ("PATH", &path), ("KEYS", KEYS)]).await
}

#[tokio::test]
async fn a_process_prints_credentials_or_is_refused_without_its_words() {
    assert_eq!(of_process(r#"sh -c 'printf %s "$KEYS"'"#).await.unwrap(), "AKOUT");
    for (command, expected) in [
        ("sh -c 'echo secret; exit 3'", "no credentials from credential_process: exit status: 3"),
        ("sh -c 'echo secret'", "expected JSON of Version 1 from credential_process"),
        ("sh -c 'yes secret'", "no credentials from credential_process: it printed more than 65536 bytes"),
        ("'open", "no credentials from credential_process: expected closed quotes in the command"),
    ] {
        assert_eq!(of_process(command).await.unwrap_err(), expected);
    }
}
