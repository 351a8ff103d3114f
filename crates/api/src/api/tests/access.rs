//! S1 to S9 at the door: signed requests, wrong ones, and what no key is asked for.

use std::time::{Duration, SystemTime};

use aws::sign::{Dialect, Scope, SecretKey, Signer, presign, sign};
use hyper::http;

use super::*;
use crate::access::{AccessKey, KeyRing};

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NO_MATCH: &str = "InvalidSignatureException: The request signature we calculated does not match the signature \
    you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// 2015-08-30T12:36:00Z
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160)
}

fn key() -> AccessKey {
    let account = Some("123456789012".to_owned());
    AccessKey {
        id: ID.to_owned(),
        secret: SecretKey::new(SECRET),
        session_token: None,
        expires: None,
        account,
    }
}

/// Who signs a request, when, and for what.
#[derive(Clone)]
struct By {
    id: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
    region: &'static str,
    service: &'static str,
    at: SystemTime,
}

const RIGHT: fn() -> By =
    || By { id: ID, secret: SECRET, token: None, region: "us-east-1", service: "states", at: now() };

impl By {
    fn with<T>(&self, sign: impl FnOnce(&Signer<'_>) -> T) -> T {
        let secret = SecretKey::new(self.secret);
        sign(&Signer {
            access_key_id: self.id,
            secret: &secret,
            session_token: self.token,
            scope: Scope { region: self.region, service: self.service },
            dialect: Dialect::Standard,
        })
    }

    fn sign(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        self.with(|signer| sign(&mut request, signer, self.at.into()).unwrap());
        request
    }
}

fn plain(operation: &str, body: &str) -> Request<Bytes> {
    Request::post("/")
        .header("host", "localhost:8083")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

fn list() -> Request<Bytes> {
    plain("ListStateMachines", "{}")
}

fn with_header(mut request: Request<Bytes>, name: &'static str, value: &str) -> Request<Bytes> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

impl Door {
    async fn receives(&self, request: Request<Bytes>) -> Answer {
        self.send(request.map(Full::new)).await
    }

    /// `<status> <exception>: <message>` of a request that is refused.
    async fn refuses(&self, request: Request<Bytes>) -> String {
        let answer = self.receives(request).await;
        format!("{} {}", answer.status, told(&answer))
    }
}

fn with_keys<F>(keys: Vec<AccessKey>, story: impl FnOnce(Rc<Door>) -> F)
where
    F: Future<Output = ()>,
{
    at_a_door(Admission::new(Access::Holders(KeyRing::new(keys))).at(now), story);
}

fn with_key<F>(story: impl FnOnce(Rc<Door>) -> F)
where
    F: Future<Output = ()>,
{
    with_keys(vec![key()], story);
}

#[test]
fn holder_of_a_key_speaks_for_its_account() {
    with_key(|door| async move {
        let made = door.receives(RIGHT().sign(plain("CreateActivity", r#"{"name":"a"}"#))).await;
        assert_eq!(made.body["activityArn"], "arn:aws:states:us-east-1:123456789012:activity:a");
        let elsewhere = By { region: "eu-west-1", ..RIGHT() };
        let made = door.receives(elsewhere.sign(plain("CreateActivity", r#"{"name":"a"}"#))).await;
        assert_eq!(made.body["activityArn"], "arn:aws:states:eu-west-1:123456789012:activity:a");
    });
}

#[test]
fn who_does_not_sign_is_told_nothing_else() {
    with_key(|door| async move {
        let missing = "400 MissingAuthenticationTokenException: Missing Authentication Token";
        let broken = plain("NoSuchOperation", "not JSON");
        let elsewhere = Request::get("/elsewhere").header("host", "localhost").body(Bytes::new()).unwrap();
        let end = "/stairway/executions/arn:aws:states:us-east-1:123456789012:execution:m:e/end";
        let end = Request::get(end).header("host", "localhost").body(Bytes::new()).unwrap();
        let data =
            Request::get("/console/api/overview").header("host", "localhost").body(Bytes::new()).unwrap();
        let metrics = Request::get("/metrics").header("host", "localhost").body(Bytes::new()).unwrap();
        for request in [list(), broken, elsewhere, end, data, metrics] {
            assert_eq!(door.refuses(request).await, missing);
        }
    });
}

#[test]
fn signed_extension_answers_the_holder() {
    with_key(|door| async move {
        let path = "/stairway/executions/arn:aws:states:us-east-1:123456789012:execution:m:e/end?wait=0";
        let request = Request::get(path).header("host", "localhost").body(Bytes::new()).unwrap();
        let answer = door.refuses(RIGHT().sign(request)).await;
        assert!(answer.starts_with("404 ExecutionDoesNotExist"), "{answer}");
    });
}

#[test]
fn probes_and_the_console_need_no_key() {
    with_key(|door| async move {
        assert_eq!(door.get("/health").await.status, 200);
        assert_eq!(door.get("/ready").await.status, 200);
        let request = Request::get("/console/").header("host", "localhost").body(Full::default()).unwrap();
        let response = door.api.handle(&door.client, IpAddr::V4(Ipv4Addr::LOCALHOST), request).await;
        assert_eq!(response.status().as_u16(), 200);
    });
}

// S1

#[test]
fn bodies_that_are_not_signed_are_refused() {
    with_key(|door| async move {
        for mode in [
            "UNSIGNED-PAYLOAD",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "anything",
        ] {
            let request = RIGHT().sign(with_header(list(), "x-amz-content-sha256", mode));
            assert_eq!(
                door.refuses(request).await,
                "403 AccessDeniedException: x-amz-content-sha256 is not the hash of the body"
            );
        }
        let mut changed = RIGHT().sign(list());
        *changed.body_mut() = Bytes::from_static(b"{ }");
        assert_eq!(door.refuses(changed).await, format!("400 {NO_MATCH}"));
    });
}

// S2

#[test]
fn unsigned_and_repeated_headers_of_aws_are_refused() {
    with_key(|door| async move {
        let mut bare = list();
        let target = bare.headers_mut().remove("x-amz-target").unwrap();
        let mut late = RIGHT().sign(bare);
        late.headers_mut().insert("x-amz-target", target);
        assert_eq!(door.refuses(late).await, "403 AccessDeniedException: `x-amz-target` must be signed");
        let twice = with_header(RIGHT().sign(list()), "x-amz-target", "AWSStepFunctions.DeleteActivity");
        assert_eq!(
            door.refuses(twice).await,
            "403 AccessDeniedException: `x-amz-target` stands in the request more than once"
        );
        let twice = with_header(RIGHT().sign(list()), "authorization", "AWS4-HMAC-SHA256 Credential=a");
        assert_eq!(
            door.refuses(twice).await,
            "403 AccessDeniedException: `authorization` stands in the request more than once"
        );
    });
}

// S3

#[test]
fn signatures_in_the_query_are_refused() {
    with_key(|door| async move {
        let mut request = list();
        RIGHT().with(|signer| presign(&mut request, signer, now().into(), Duration::from_secs(60)).unwrap());
        let presigned = request.clone();
        assert_eq!(
            door.refuses(presigned).await,
            "403 AccessDeniedException: presigned requests are not accepted here"
        );
        assert_eq!(
            door.refuses(RIGHT().sign(request)).await,
            "403 AccessDeniedException: the request carries a signature in its headers and one in its query"
        );
    });
}

// S4

#[test]
fn clock_that_is_wrong_by_more_than_five_minutes_is_told_both_times() {
    with_key(|door| async move {
        let at = |seconds: i64| {
            let shift = Duration::from_secs(seconds.unsigned_abs());
            let at = if seconds < 0 { now() - shift } else { now() + shift };
            By { at, ..RIGHT() }
        };
        for seconds in [-300, 300] {
            assert_eq!(door.receives(at(seconds).sign(list())).await.status, 200);
        }
        assert_eq!(
            door.refuses(at(-301).sign(list())).await,
            "400 InvalidSignatureException: Signature expired: 20150830T123059Z is now earlier than \
             20150830T123100Z (20150830T123600Z - 5 min.)"
        );
        assert_eq!(
            door.refuses(at(301).sign(list())).await,
            "400 InvalidSignatureException: Signature not yet current: 20150830T124101Z is still later than \
             20150830T124100Z (20150830T123600Z + 5 min.)"
        );
    });
}

#[test]
fn scope_is_this_service_on_this_day() {
    with_key(|door| async move {
        let other = By { service: "dynamodb", ..RIGHT() };
        assert_eq!(
            door.refuses(other.sign(list())).await,
            "400 InvalidSignatureException: Credential should be scoped to correct service: 'states'. "
        );
        let nowhere = By { region: "Nowhere", ..RIGHT() };
        assert_eq!(
            door.refuses(nowhere.sign(list())).await,
            "400 InvalidSignatureException: Credential should be scoped to a valid region. "
        );
        let mut signed = RIGHT().sign(list());
        let text = signed.headers()["authorization"].to_str().unwrap().replace("/20150830/", "/20150829/");
        signed.headers_mut().insert("authorization", text.parse().unwrap());
        let answer = door.refuses(signed).await;
        assert!(
            answer.starts_with("400 InvalidSignatureException: expected a credential scoped to"),
            "{answer}"
        );
    });
}

#[test]
fn signature_that_cannot_be_read_is_incomplete() {
    with_key(|door| async move {
        for text in ["Bearer abc", "AWS4-HMAC-SHA256 Credential=a", "AWS4-HMAC-SHA256"] {
            let answer = door.refuses(with_header(list(), "authorization", text)).await;
            assert!(answer.starts_with("400 IncompleteSignatureException: expected "), "{text}: {answer}");
        }
    });
}

// S5

#[test]
fn recorded_request_changes_nothing_a_second_time_in_strict_mode() {
    let strict = Admission::new(Access::Holders(KeyRing::new(vec![key()]))).at(now).refusing_replays();
    at_a_door(strict, |door| async move {
        let create = RIGHT().sign(plain("CreateActivity", r#"{"name":"a"}"#));
        assert_eq!(door.receives(create.clone()).await.status, 200);
        assert_eq!(
            door.refuses(create).await,
            "403 AccessDeniedException: a request with this signature was answered already"
        );
        let read = RIGHT().sign(list());
        for _ in 0..2 {
            assert_eq!(door.receives(read.clone()).await.status, 200);
        }
    });
}

// S6

#[test]
fn unknown_key_is_answered_as_a_wrong_secret_is() {
    with_key(|door| async move {
        let unknown = By { id: "AKIDUNKNOWN", ..RIGHT() };
        let wrong = By { secret: "other", ..RIGHT() };
        let (unknown, wrong) =
            (door.refuses(unknown.sign(list())).await, door.refuses(wrong.sign(list())).await);
        assert_eq!(unknown, format!("400 {NO_MATCH}"));
        assert_eq!(unknown, wrong);
    });
}

// S7: `aws::sign` has the published vectors; this is that the door takes the same canonical form.

#[test]
fn requests_are_made_canonical_before_they_are_compared() {
    with_key(|door| async move {
        for path in ["//", "/%2F", "/a+b", "/%E2%98%83?x=&y=%20", "/?b=2&a=1&a=0"] {
            let request = with_header(list(), "x-amz-meta", "  two   spaces ");
            let (mut head, body) = request.into_parts();
            head.uri = path.parse::<http::Uri>().unwrap();
            let signed = RIGHT().sign(Request::from_parts(head, body));
            let answer = door.receives(signed).await;
            // Who is admitted learns what is served at the path.
            assert!(matches!(answer.status, 200 | 404), "{path}: {}", answer.body);
        }
    });
}

// S9

#[test]
fn session_token_belongs_to_its_key_and_ends() {
    let keys = vec![
        key(),
        AccessKey {
            id: "ASIATEMPORARY".to_owned(),
            session_token: Some("token".to_owned()),
            expires: Some(now() + Duration::from_secs(1)),
            ..key()
        },
        AccessKey {
            id: "ASIAENDED".to_owned(),
            session_token: Some("token".to_owned()),
            expires: Some(now()),
            ..key()
        },
    ];
    with_keys(keys, |door| async move {
        let by = |id, token| By { id, token, ..RIGHT() };
        assert_eq!(door.receives(by("ASIATEMPORARY", Some("token")).sign(list())).await.status, 200);
        for (id, token) in [("ASIATEMPORARY", Some("other")), ("ASIATEMPORARY", None), (ID, Some("token"))] {
            assert_eq!(
                door.refuses(by(id, token).sign(list())).await,
                "400 UnrecognizedClientException: The security token included in the request is invalid."
            );
        }
        assert_eq!(
            door.refuses(by("ASIAENDED", Some("token")).sign(list())).await,
            "400 ExpiredTokenException: The security token included in the request is expired"
        );
        // Who does not know the secret does not learn that there is such a token.
        let stranger = By { secret: "other", ..by("ASIAENDED", Some("token")) };
        assert_eq!(door.refuses(stranger.sign(list())).await, format!("400 {NO_MATCH}"));
    });
}

#[test]
fn keys_are_replaced_while_the_server_runs() {
    let ring = KeyRing::new(vec![key()]);
    let shared = ring.clone();
    at_a_door(Admission::new(Access::Holders(ring)).at(now), |door| async move {
        assert_eq!(door.receives(RIGHT().sign(list())).await.status, 200);
        shared.replace(vec![AccessKey { id: "AKIDNEXT".to_owned(), ..key() }]);
        assert_eq!(door.refuses(RIGHT().sign(list())).await, format!("400 {NO_MATCH}"));
        let next = By { id: "AKIDNEXT", ..RIGHT() };
        assert_eq!(door.receives(next.sign(list())).await.status, 200);
    });
}

#[test]
fn bearer_of_the_own_secret_speaks_for_any_account() {
    let access = Access::Bearer(SecretKey::new(SECRET));
    at_a_door(Admission::new(access).at(now), |door| async move {
        let own = By { id: "999999999999", ..RIGHT() };
        let made = door.receives(own.sign(plain("CreateActivity", r#"{"name":"a"}"#))).await;
        assert_eq!(made.body["activityArn"], "arn:aws:states:us-east-1:999999999999:activity:a");
        let wrong = By { secret: "other", ..own };
        assert_eq!(door.refuses(wrong.sign(list())).await, format!("400 {NO_MATCH}"));
    });
}

// S10 and S11 come first: a browser's request is refused before anybody asks for a key.

#[test]
fn foreign_hosts_and_pages_are_refused_with_and_without_a_key() {
    with_key(|door| async move {
        let mut request = list();
        request.headers_mut().insert("host", "evil.example".parse().unwrap());
        let answer = door.refuses(RIGHT().sign(request)).await;
        assert!(answer.starts_with("403 AccessDeniedException: the `Host`"), "{answer}");
        for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let answer = door.refuses(RIGHT().sign(with_header(list(), name, value))).await;
            assert!(answer.starts_with("403 AccessDeniedException: requests from pages"), "{answer}");
        }
    });
}
