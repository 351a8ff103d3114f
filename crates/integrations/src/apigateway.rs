//! `apigateway:invoke`: a request to an API, and its answer as data.
//!
//! Signed where `AuthType` says so: as the state machine's role, or as whoever the API's resource policy knows
//! this server as.
//! Not here: which parameters there are, and what may be in them (`parameters`).

pub(crate) mod parameters;

use std::time::Duration;

use asl::Document;
use asl::error_name::Failure;
use asl::services::cannot_start;
use aws::transport::Patience;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use serde_json::{Map, Value, json};

use self::parameters::{check_input, invalid};
use crate::failure::{failure, parameters as refused, runtime, unreachable};
use crate::sdk::not_answered;
use crate::services::{Caller, Services, Signer};

/// API Gateway itself gives an integration 29 s.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn invoke(
    services: &Services,
    caller: &Caller,
    input: &Document,
    parameters: &Value,
) -> Result<Value, Failure> {
    let problems = check_input(parameters);
    if !problems.is_empty() {
        return Err(refused(input, &problems));
    }
    let cannot = |what: String| runtime(cannot_start(input, [what.as_str()]));
    let signer = signer_of(parameters).map_err(cannot)?;
    if signer == Some(Signer::Role) && caller.task_role.is_some() {
        return Err(cannot("Credentials cannot be used with the AuthType 'IAM_ROLE'".to_owned()));
    }
    let request = request_of(parameters).map_err(cannot)?;
    let patience = Patience { read: PATIENCE, ..Patience::default() };
    let response = match signer {
        None => {
            let answered = services.transport().send(request, &patience).await;
            answered.map_err(|error| unreachable("ApiGateway", &error.cause))?
        }
        Some(signer) => {
            let region = region_of(request.uri().host().unwrap_or_default());
            let region = region.unwrap_or(&caller.region).to_owned();
            let answered = services.send_signed(caller, signer, region, request, patience).await;
            answered.map_err(|fault| not_answered("ApiGateway", fault))?
        }
    };
    let status = response.status();
    let result = result_of(&response);
    if !status.is_success() {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        return Err(failure(format!("ApiGateway.{}", status.as_u16()), body));
    }
    Ok(result)
}

/// As whom the request is signed, if at all.
fn signer_of(parameters: &Value) -> Result<Option<Signer>, String> {
    match &parameters["AuthType"] {
        Value::Null => Ok(None),
        Value::String(name) if name == "NO_AUTH" => Ok(None),
        Value::String(name) if name == "IAM_ROLE" => Ok(Some(Signer::Role)),
        Value::String(name) if name == "RESOURCE_POLICY" => Ok(Some(Signer::Server)),
        _ => Err(invalid("AuthType")),
    }
}

/// The region in the host of an API: `abc.execute-api.eu-west-1.amazonaws.com`. Other hosts do not tell theirs.
fn region_of(host: &str) -> Option<&str> {
    let mut labels = host.split('.').skip_while(|label| *label != "execute-api").skip(1);
    labels.next().filter(|label| !label.is_empty())
}

/// The request, or what is wrong with parameters that have been checked.
fn request_of(parameters: &Value) -> Result<Request<Bytes>, String> {
    let text = |name: &str| parameters[name].as_str();
    let method = text("Method").unwrap_or_default();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| invalid("Method"))?;
    let mut url = base_of(text("ApiEndpoint").unwrap_or_default());
    for part in ["Stage", "Path"] {
        if let Some(part) = text(part).map(|part| part.trim_matches('/')).filter(|part| !part.is_empty()) {
            url.push('/');
            url.push_str(part);
        }
    }
    let query: Vec<String> = pairs(&parameters["QueryParameters"])
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(&value)))
        .collect();
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query.join("&"));
    }
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in pairs(&parameters["Headers"]) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("Headers"))?;
        request = request.header(name, HeaderValue::try_from(value).map_err(|_| invalid("Headers"))?);
    }
    let body = match &parameters["RequestBody"] {
        Value::Null => Bytes::new(),
        Value::String(text) => Bytes::from(text.clone()),
        other => Bytes::from(other.to_string()),
    };
    let has_type = request.headers_ref().is_some_and(|headers| headers.contains_key("content-type"));
    if !body.is_empty() && !has_type {
        request = request.header("content-type", "application/json");
    }
    request.body(body).map_err(|_| invalid("ApiEndpoint"))
}

/// APIs of AWS are asked over TLS; one on this machine has none.
fn base_of(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let host = endpoint.split([':', '/']).next().unwrap_or_default();
    match endpoint {
        whole if whole.contains("://") => whole.to_owned(),
        local if host == "localhost" || host == "127.0.0.1" || host.ends_with(".localhost") => {
            format!("http://{local}")
        }
        elsewhere => format!("https://{elsewhere}"),
    }
}

/// The pairs of a map of lists; what is no text goes as its JSON.
fn pairs(map: &Value) -> impl Iterator<Item = (&str, String)> {
    let lists = map.as_object().into_iter().flatten();
    lists.flat_map(|(name, values)| {
        let values = values.as_array().into_iter().flatten();
        values.map(move |value| {
            (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
    })
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let encode = |byte: u8| {
        if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}

fn result_of(response: &Response<Bytes>) -> Value {
    let mut headers = Map::new();
    for name in response.headers().keys() {
        let values = response.headers().get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        headers.insert(crate::metadata::shown(name.as_str()).to_owned(), json!(values));
    }
    let text = String::from_utf8_lossy(response.body()).into_owned();
    // What is JSON comes as data.
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    json!({
        "Headers": headers,
        "ResponseBody": body,
        "StatusCode": response.status().as_u16(),
        "StatusText": response.status().canonical_reason().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_has_stage_path_query_and_body() {
        let parameters = json!({
            "ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Method": "POST", "Stage": "prod",
            "Path": "/orders/7", "QueryParameters": {"a b": ["1&2", "3"]}, "RequestBody": {"x": 1},
            "Headers": {"X-Mine": ["one", "two"]},
        });
        let request = request_of(&parameters).unwrap();
        let url = "https://abc.execute-api.us-east-1.amazonaws.com/prod/orders/7?a%20b=1%262&a%20b=3";
        assert_eq!(request.uri(), url);
        assert_eq!(request.headers().get_all("x-mine").iter().count(), 2);
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.body(), r#"{"x":1}"#);
    }

    #[test]
    fn the_auth_type_says_who_signs() {
        let check = |auth: Value, expected: Result<Option<Signer>, &str>| {
            let found = signer_of(&json!({ "AuthType": auth }));
            assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text));
        };
        check(Value::Null, Ok(None));
        check(json!("NO_AUTH"), Ok(None));
        check(json!("IAM_ROLE"), Ok(Some(Signer::Role)));
        check(json!("RESOURCE_POLICY"), Ok(Some(Signer::Server)));
        let invalid = "The value of the field 'AuthType' has an invalid format";
        check(json!("OAUTH"), Err(invalid));
        check(json!(1), Err(invalid));
        assert_eq!(region_of("abc.execute-api.eu-west-1.amazonaws.com"), Some("eu-west-1"));
        assert_eq!(region_of("vpce-1-abc.execute-api.cn-north-1.vpce.amazonaws.com.cn"), Some("cn-north-1"));
        assert_eq!(region_of("127.0.0.1"), None);
    }
}
