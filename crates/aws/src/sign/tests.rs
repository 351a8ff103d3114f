use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;

use super::canonical::{self, Dialect};
use super::*;

const SUITE: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const S3_DOCUMENT: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn at(text: &str) -> SigningTime {
    SigningTime::parse(text).unwrap()
}

fn request(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_owned())).unwrap()
}

fn suite_signer(secret: &SecretKey) -> Signer<'_> {
    Signer {
        access_key_id: "AKIDEXAMPLE",
        secret,
        session_token: None,
        scope: Scope { region: "us-east-1", service: "service" },
        dialect: Dialect::Standard,
    }
}

/// One case of AWS's published SigV4 test suite: signed headers and signature.
#[track_caller]
fn check_suite(target: &str, method: &str, headers: &[(&str, &str)], body: &str, expected: &str) {
    let secret = SecretKey::new(SUITE);
    let uri = format!("https://example.amazonaws.com{target}");
    let mut request = request(method, &uri, headers, body);
    sign(&mut request, &suite_signer(&secret), at("20150830T123600Z")).unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let prefix =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=";
    assert_eq!(authorization.strip_prefix(prefix), Some(expected));
}

#[test]
fn vanilla_requests_are_signed_as_published() {
    let plain = "host;x-amz-date, Signature=";
    for (method, target, signature) in [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ] {
        check_suite(target, method, &[], "", &format!("{plain}{signature}"));
    }
}

#[test]
fn repeated_and_padded_headers_are_signed_as_published() {
    check_suite(
        "/",
        "GET",
        &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
        "",
        "host;my-header1;x-amz-date, Signature=\
         c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    );
}

#[test]
fn a_document_is_fetched_from_s3_as_published() {
    let secret = SecretKey::new(S3_DOCUMENT);
    let signer = Signer {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        scope: Scope { region: "us-east-1", service: "s3" },
        dialect: Dialect::S3,
        ..suite_signer(&secret)
    };
    let uri = "https://examplebucket.s3.amazonaws.com/test.txt";
    let mut request = request("GET", uri, &[("range", "bytes=0-9")], "");
    sign(&mut request, &signer, at("20130524T000000Z")).unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert_eq!(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
}

#[test]
fn a_given_away_url_of_s3_is_signed_as_published() {
    let secret = SecretKey::new(S3_DOCUMENT);
    let signer = Signer {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        scope: Scope { region: "us-east-1", service: "s3" },
        dialect: Dialect::S3,
        ..suite_signer(&secret)
    };
    let mut request = request("GET", "https://examplebucket.s3.amazonaws.com/test.txt", &[], "");
    presign(&mut request, &signer, at("20130524T000000Z"), Duration::from_secs(86_400)).unwrap();
    let uri = request.uri().to_string();
    assert!(uri.contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"));
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert!(uri.ends_with(&format!("X-Amz-Signature={signature}")), "{uri}");
}

#[track_caller]
fn check_path(dialect: Dialect, cases: &[(&str, &str)]) {
    for (path, expected) in cases {
        assert_eq!(canonical::path(path, dialect), *expected, "{path}");
    }
}

#[test]
fn paths_are_normalised_and_encoded_twice() {
    check_path(
        Dialect::Standard,
        &[
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("//example//", "/example/"),
            ("/example/..", "/"),
            ("/example1/example2/../..", "/"),
            ("/./", "/"),
            ("/./example", "/example"),
            ("/a/b/.", "/a/b/"),
            ("/a/b/..", "/a/"),
            ("/-._~0129AZaz", "/-._~0129AZaz"),
            ("/example%20space/", "/example%2520space/"),
            ("/%E1%88%B4", "/%25E1%2588%25B4"),
            ("/model/a%3A1/invoke", "/model/a%253A1/invoke"),
            ("/a+b", "/a%2Bb"),
        ],
    );
}

#[test]
fn s3_paths_name_the_object_as_it_is() {
    check_path(
        Dialect::S3,
        &[
            ("", "/"),
            ("/a//b/../c/.", "/a//b/../c/."),
            ("/a%20b%2Fc", "/a%20b/c"),
            ("/%7Ea~", "/~a~"),
            ("/a+b", "/a%2Bb"),
            ("/%E1%88%B4", "/%E1%88%B4"),
            ("/100%", "/100%25"),
        ],
    );
}

#[test]
fn queries_are_sorted_and_encoded_once() {
    for (query, expected) in [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a&b=", "a=&b="),
        ("a=b=c", "a=b%3Dc"),
        ("a=%7e", "a=~"),
        ("a=1+1", "a=1%2B1"),
        ("Z=1&a=1", "Z=1&a=1"),
        ("%E1%88%B4=bar", "%E1%88%B4=bar"),
        ("a=1&&b=2", "a=1&b=2"),
    ] {
        assert_eq!(canonical::query(query, None), expected, "{query}");
    }
}

// What was signed verifies; what was changed since does not.

const NOW: &str = "20150830T123600Z";

fn expected() -> Expected<'static> {
    Expected {
        scope: Scope { region: "us-east-1", service: "service" },
        dialect: Dialect::Standard,
        skew: Duration::from_secs(15 * 60),
        presigned_accepted: true,
    }
}

fn judge(request: Request<Bytes>, secret: Option<&SecretKey>, now: &str) -> Result<(), Refusal> {
    let (head, body) = request.into_parts();
    let presented = Presented::read(&head)?;
    verify(&presented, &head, &body, secret, &expected(), at(now))
}

fn signed(headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let secret = SecretKey::new(SUITE);
    let mut request = request("POST", "https://example.amazonaws.com/a%20b?q=%2F", headers, body);
    sign(&mut request, &suite_signer(&secret), at(NOW)).unwrap();
    request
}

fn presigned(expires: u64) -> Request<Bytes> {
    let secret = SecretKey::new(SUITE);
    let signer = Signer { session_token: Some("token/+="), ..suite_signer(&secret) };
    let mut request = request("GET", "https://example.amazonaws.com/?Action=a", &[], "");
    presign(&mut request, &signer, at(NOW), Duration::from_secs(expires)).unwrap();
    request
}

#[track_caller]
fn check_judgement(request: Request<Bytes>, now: &str, expected: Result<(), Refusal>) {
    assert_eq!(judge(request, Some(&SecretKey::new(SUITE)), now), expected);
}

fn with_header(mut request: Request<Bytes>, name: &'static str, value: &str) -> Request<Bytes> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

#[test]
fn what_was_signed_verifies() {
    check_judgement(signed(&[("x-amz-target", "A.B")], "{}"), NOW, Ok(()));
    check_judgement(presigned(60), NOW, Ok(()));
}

#[test]
fn a_changed_request_does_not_verify() {
    let wrong = || Err(Refusal::WrongSignature);
    let mut changed = signed(&[], "{}");
    *changed.body_mut() = Bytes::from_static(b"{} ");
    check_judgement(changed, NOW, wrong());
    let mut changed = signed(&[], "{}");
    *changed.uri_mut() = "https://example.amazonaws.com/a%20b?q=%2F&r=".parse().unwrap();
    check_judgement(changed, NOW, wrong());
    let mut changed = signed(&[], "{}");
    *changed.method_mut() = http::Method::PUT;
    check_judgement(changed, NOW, wrong());
    let mut changed = signed(&[("x-amz-target", "A.B")], "{}");
    changed.headers_mut().insert("x-amz-target", "A.C".parse().unwrap());
    check_judgement(changed, NOW, wrong());
}

#[test]
fn an_unknown_key_is_refused_as_a_wrong_signature_is() {
    assert_eq!(judge(signed(&[], ""), None, NOW), Err(Refusal::WrongSignature));
    let other = SecretKey::new("other");
    assert_eq!(judge(signed(&[], ""), Some(&other), NOW), Err(Refusal::WrongSignature));
    // The decoy of unknown keys is itself no key.
    let empty = SecretKey::new("");
    let mut forged = request("GET", "https://example.amazonaws.com/", &[], "");
    sign(&mut forged, &Signer { secret: &empty, ..suite_signer(&empty) }, at(NOW)).unwrap();
    assert_eq!(judge(forged, None, NOW), Err(Refusal::WrongSignature));
}

#[test]
fn the_clock_may_be_wrong_by_the_skew_and_no_more() {
    let wrong = |now: &str| Err(Refusal::WrongTime { signed: NOW.to_owned(), now: now.to_owned() });
    for now in ["20150830T122100Z", "20150830T125100Z"] {
        check_judgement(signed(&[], ""), now, Ok(()));
    }
    for now in ["20150830T122059Z", "20150830T125101Z"] {
        check_judgement(signed(&[], ""), now, wrong(now));
    }
    check_judgement(presigned(60), "20150830T123700Z", Ok(()));
    check_judgement(presigned(60), "20150830T123701Z", wrong("20150830T123701Z"));
    check_judgement(presigned(60), "20150830T122059Z", wrong("20150830T122059Z"));
}

#[test]
fn headers_of_aws_must_be_signed() {
    let late = with_header(signed(&[], ""), "x-amz-target", "A.B");
    check_judgement(late, NOW, Err(Refusal::NotSigned { name: "x-amz-target".to_owned() }));
    let other = with_header(signed(&[], ""), "accept", "*/*");
    check_judgement(other, NOW, Ok(()));
}

#[test]
fn repeated_headers_and_parameters_are_refused() {
    let twice = with_header(signed(&[], ""), "x-amz-date", NOW);
    check_judgement(twice, NOW, Err(Refusal::Repeated { name: "x-amz-date".to_owned() }));
    let twice = with_header(signed(&[("content-type", "a")], ""), "content-type", "b");
    check_judgement(twice, NOW, Err(Refusal::Repeated { name: "content-type".to_owned() }));
    let mut twice = presigned(60);
    *twice.uri_mut() = format!("{}&x-amz-date={NOW}", twice.uri()).parse().unwrap();
    check_judgement(twice, NOW, Err(Refusal::Repeated { name: "x-amz-date".to_owned() }));
}

#[test]
fn one_signature_is_enough() {
    check_judgement(with_header(presigned(60), "authorization", "a"), NOW, Err(Refusal::Twice));
    check_judgement(request("GET", "https://a/", &[], ""), NOW, Err(Refusal::Missing));
}

#[test]
fn the_body_is_always_hashed() {
    let hash = canonical::sha256_hex(b"{}");
    check_judgement(signed(&[("x-amz-content-sha256", &hash)], "{}"), NOW, Ok(()));
    for mode in
        ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x"]
    {
        check_judgement(signed(&[("x-amz-content-sha256", mode)], "{}"), NOW, Err(Refusal::WrongBodyHash));
    }
}

#[test]
fn the_scope_is_ours() {
    let secret = SecretKey::new(SUITE);
    for scope in
        [Scope { region: "us-east-2", service: "service" }, Scope { region: "us-east-1", service: "other" }]
    {
        let mut request = request("GET", "https://example.amazonaws.com/", &[], "");
        sign(&mut request, &Signer { scope, ..suite_signer(&secret) }, at(NOW)).unwrap();
        let judged = judge(request, Some(&secret), NOW);
        assert!(matches!(judged, Err(Refusal::WrongScope { .. })), "{judged:?}");
    }
}

#[test]
fn presigned_requests_last_a_week_at_most() {
    for expires in [0, 604_801] {
        let expected = Refusal::Malformed { expected: "X-Amz-Expires of 1 to 604800 seconds" };
        check_judgement(presigned(expires), NOW, Err(expected));
    }
}

#[test]
fn malformed_signatures_are_refused() {
    let good = "Credential=A/20150830/us-east-1/service/aws4_request";
    for text in [
        "",
        "Bearer abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=A, SignedHeaders=host, Signature=00",
        &format!("AWS4-HMAC-SHA256 {good}, SignedHeaders=host, Signature=00"),
        &format!("AWS4-HMAC-SHA256 {good}, SignedHeaders=Host, Signature={}", "0".repeat(64)),
        &format!("AWS4-HMAC-SHA256 {good}, SignedHeaders=x-amz-date;host, Signature={}", "0".repeat(64)),
        &format!("AWS4-HMAC-SHA256 {good}, SignedHeaders=host;host, Signature={}", "0".repeat(64)),
        &format!("AWS4-HMAC-SHA256 {good}, SignedHeaders=host, Signature={}", "A".repeat(64)),
    ] {
        let request =
            request("GET", "https://a/", &[("authorization", text), ("x-amz-date", NOW), ("host", "a")], "");
        let judged = judge(request, None, NOW);
        assert!(matches!(judged, Err(Refusal::Malformed { .. })), "{text}: {judged:?}");
    }
}

#[test]
fn the_session_token_is_presented_and_signed() {
    let secret = SecretKey::new(SUITE);
    let signer = Signer { session_token: Some("token"), ..suite_signer(&secret) };
    let mut request = request("GET", "https://example.amazonaws.com/", &[], "");
    sign(&mut request, &signer, at(NOW)).unwrap();
    let presented = Presented::read(&request.clone().into_parts().0).unwrap();
    assert_eq!(presented.session_token.as_deref(), Some("token"));
    request.headers_mut().insert("x-amz-security-token", "other".parse().unwrap());
    assert_eq!(judge(request, Some(&secret), NOW), Err(Refusal::WrongSignature));
    let presented = Presented::read(&presigned(60).into_parts().0).unwrap();
    assert_eq!(presented.session_token.as_deref(), Some("token/+="));
}

#[test]
fn a_key_is_derived_once_for_a_day_region_and_service() {
    let secret = SecretKey::new(SUITE);
    for _ in 0..3 {
        let mut request = request("GET", "https://example.amazonaws.com/", &[], "");
        sign(&mut request, &suite_signer(&secret), at(NOW)).unwrap();
    }
    assert_eq!(secret.derived_count(), 1);
    for day in 0..100 {
        let mut request = request("GET", "https://example.amazonaws.com/", &[], "");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * day);
        sign(&mut request, &suite_signer(&secret), time.into()).unwrap();
    }
    assert_eq!(secret.derived_count(), 32);
}

#[test]
fn secrets_are_not_shown() {
    let secret = SecretKey::new("do-not-show");
    let signer = Signer { session_token: Some("t0ken"), ..suite_signer(&secret) };
    let mut request = request("GET", "https://example.amazonaws.com/", &[], "");
    sign(&mut request, &signer, at(NOW)).unwrap();
    let shown = format!("{secret:?} {request:?}");
    assert!(!["do-not-show", "t0ken", "Signature="].iter().any(|part| shown.contains(part)), "{shown}");
}
