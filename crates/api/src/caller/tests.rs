use hyper::header::HeaderValue;

use super::*;

fn check(authorization: Option<&str>) -> Result<String, String> {
    let mut headers = HeaderMap::new();
    if let Some(value) = authorization {
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    }
    let owner = Callers::new("000000000000", "us-east-1").owner_of(&headers);
    let owner = owner.map_err(|error| error.to_string())?;
    Ok(format!("{} {} {}", owner.partition, owner.region, owner.account))
}

fn scope(key: &str, region: &str) -> Option<String> {
    Some(format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261122/{region}/states/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=00"
    ))
}

#[test]
fn twelve_digit_key_names_the_account() {
    assert_eq!(check(scope("123456789012", "eu-west-1").as_deref()).unwrap(), "aws eu-west-1 123456789012");
}

#[test]
fn any_other_key_is_the_default_account() {
    for key in ["test", "AKIAIOSFODNN7EXAMPLE", "12345678901", "1234567890123", "a/b"] {
        assert_eq!(check(scope(key, "us-west-2").as_deref()).unwrap(), "aws us-west-2 000000000000");
    }
}

#[test]
fn who_does_not_sign_is_the_default() {
    assert_eq!(check(None).unwrap(), "aws us-east-1 000000000000");
    assert_eq!(check(Some("Bearer x")).unwrap(), "aws us-east-1 000000000000");
}

#[test]
fn region_decides_the_partition() {
    assert_eq!(check(scope("x", "cn-north-1").as_deref()).unwrap(), "aws-cn cn-north-1 000000000000");
    assert_eq!(
        check(scope("x", "us-gov-west-1").as_deref()).unwrap(),
        "aws-us-gov us-gov-west-1 000000000000"
    );
}

#[test]
fn incomplete_scope_is_refused() {
    for value in [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=x",
        "AWS4-HMAC-SHA256 Credential=x/20261122/us-east-1/sqs/aws4_request",
        "AWS4-HMAC-SHA256 Credential=x/20261122/us:east/states/aws4_request",
        "AWS4-HMAC-SHA256 Credential=x/20261122//states/aws4_request",
    ] {
        assert!(check(Some(value)).unwrap_err().contains("credential scope"), "{value}");
    }
}

#[test]
fn same_caller_shares_one_owner() {
    let callers = Callers::new("000000000000", "us-east-1");
    let mut headers = HeaderMap::new();
    let value = scope("123456789012", "eu-west-1").unwrap();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
    let (first, second) = (callers.owner_of(&headers).unwrap(), callers.owner_of(&headers).unwrap());
    assert!(std::sync::Arc::ptr_eq(&first.account, &second.account));
}
