use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::address::{Addressed, addressed};
use super::*;
use crate::endpoint::{RuleSet, Value};
use crate::environment::Environment;
use crate::http::{EndpointParameters, HostPrefix};

/// A service at this URL (a template of rules), with these auth schemes.
fn facts(url: &str, schemes: &serde_json::Value) -> ServiceFacts {
    let endpoint = json!({
        "url": url, "properties": { "authSchemes": schemes }, "headers": { "x-amz-added": ["{Region}"] },
    });
    let of_bucket = json!({
        "type": "endpoint", "conditions": [{ "fn": "isSet", "argv": [{ "ref": "Bucket" }] }],
        "endpoint": { "url": "https://{Bucket}.s3.example" },
    });
    let rules = json!({
        "parameters": {
            "Region": { "type": "string", "builtIn": "AWS::Region", "required": true },
            "Bucket": { "type": "string" },
            "Endpoint": { "type": "string", "builtIn": "SDK::Endpoint" },
        },
        "rules": [
            {
                "type": "endpoint", "conditions": [{ "fn": "isSet", "argv": [{ "ref": "Endpoint" }] }],
                "endpoint": { "url": { "ref": "Endpoint" } },
            },
            of_bucket,
            { "type": "endpoint", "conditions": [], "endpoint": endpoint },
        ],
    });
    let rules = Arc::new(RuleSet::parse(&rules).unwrap());
    ServiceFacts { service_id: "Test Service".into(), signing_name: "test".into(), rules }
}

fn address(
    facts: &ServiceFacts,
    request: &Request<Bytes>,
    configured: Option<&str>,
) -> Result<Addressed, SendError> {
    let mut environment = Environment::default();
    environment
        .variables
        .extend(configured.map(|url| ("AWS_ENDPOINT_URL_TEST_SERVICE".to_owned(), url.to_owned())));
    let settings = Settings::load(environment, None).unwrap();
    let partitions = json!({ "partitions": [{
        "id": "aws", "regionRegex": "^us", "regions": {},
        "outputs": {
            "dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws", "implicitGlobalRegion": "us-east-1",
            "supportsFIPS": true, "supportsDualStack": true,
        },
    }]});
    addressed(facts, request, "us-east-2", None, &settings, &Partitions::parse(&partitions).unwrap())
}

fn request(uri: &str) -> Request<Bytes> {
    Request::builder().uri(uri).body(Bytes::new()).unwrap()
}

#[track_caller]
fn check_uri(url: &str, relative: &str, expected: &str) {
    let addressed = address(&facts(url, &json!([])), &request(relative), None).unwrap();
    assert_eq!(addressed.request.uri(), expected);
}

#[test]
fn the_path_follows_the_endpoint() {
    check_uri("https://a.example", "/", "https://a.example/");
    check_uri("https://a.example", "/p/q?r=%2F", "https://a.example/p/q?r=%2F");
    check_uri("https://a.example/", "/?x", "https://a.example/?x");
    check_uri("https://a.example/base/", "/p", "https://a.example/base/p");
    check_uri("http://a.example:8080/base", "/", "http://a.example:8080/base/");
}

#[track_caller]
fn check_bucket(relative: &str, configured: Option<&str>, expected: &str) {
    let mut request = request(relative);
    let parameters = [("Bucket".to_owned(), Value::from("my-bucket"))];
    request.extensions_mut().insert(EndpointParameters(parameters.into()));
    let addressed = address(&facts("https://unused.example", &json!([])), &request, configured).unwrap();
    assert_eq!(addressed.request.uri(), expected);
}

#[test]
fn a_bucket_goes_where_the_endpoint_puts_it() {
    let inside = Some("http://localhost:1/my-bucket");
    check_bucket("/my-bucket/a//b", None, "https://my-bucket.s3.example/a//b");
    check_bucket("/my-bucket?list-type=2", None, "https://my-bucket.s3.example/?list-type=2");
    check_bucket("/my-bucket", None, "https://my-bucket.s3.example/");
    check_bucket("/my-bucket/my-bucket", None, "https://my-bucket.s3.example/my-bucket");
    check_bucket("/my-bucket/key", inside, "http://localhost:1/my-bucket/key");
    check_bucket("/my-bucket?x", inside, "http://localhost:1/my-bucket?x");
    check_bucket("/my-bucket", inside, "http://localhost:1/my-bucket");
}

#[test]
fn a_prefix_is_host_labels_and_spares_a_configured_host() {
    let prefixed = |prefix: &str, configured| {
        let mut request = request("/");
        request.extensions_mut().insert(HostPrefix(prefix.to_owned()));
        let addressed = address(&facts("https://a.example", &json!([])), &request, configured);
        addressed.map(|addressed| addressed.request.uri().to_string()).map_err(|error| error.to_string())
    };
    assert_eq!(prefixed("data-", None).unwrap(), "https://data-a.example/");
    assert_eq!(prefixed("123456789012.", None).unwrap(), "https://123456789012.a.example/");
    assert_eq!(prefixed("data-", Some("http://localhost:1")).unwrap(), "http://localhost:1/");
    for evil in ["evil.example/", "a@", "a..", ".", "a#", "a b."] {
        let expected = format!("expected a host prefix of host labels, found {evil:?}");
        assert_eq!(prefixed(evil, None).unwrap_err(), expected);
    }
}

#[test]
fn endpoints_that_are_no_places_are_refused() {
    for url in
        ["ftp://a.example", "a.example", "https://user:pass@a.example", "https://a.example/?q", "https://"]
    {
        let refused =
            address(&facts("https://a.example", &json!([])), &request("/"), Some(url)).err().unwrap();
        assert_eq!(refused.outcome(), Outcome::NotSent);
        assert!(refused.to_string().starts_with("expected an http or https URL"), "{url}: {refused}");
    }
}

#[test]
fn the_scheme_of_the_rules_says_how_to_sign() {
    let other = json!([
        { "name": "sigv4a", "signingName": "x" },
        { "name": "sigv4", "signingName": "other", "signingRegion": "{Region}-x", "disableDoubleEncoding": true },
    ]);
    let found = address(&facts("https://a.example", &other), &request("/"), None).unwrap();
    assert_eq!((found.signing_name.as_str(), found.signing_region.as_str()), ("other", "us-east-2-x"));
    assert_eq!(found.dialect, crate::sign::Dialect::S3);
    assert_eq!(found.request.headers()["x-amz-added"], "us-east-2");
    let found = address(&facts("https://a.example", &json!([])), &request("/"), None).unwrap();
    assert_eq!((found.signing_name.as_str(), found.signing_region.as_str()), ("test", "us-east-2"));
    assert_eq!(found.dialect, crate::sign::Dialect::Standard);
    let only = address(&facts("https://a.example", &json!([{ "name": "sigv4a" }])), &request("/"), None);
    let message = only.err().unwrap().to_string();
    assert_eq!(message, "the service wants signatures of a kind that is not supported: sigv4a");
}
