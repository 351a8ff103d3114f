mod requests;
mod responses;

use http::Response;
use serde_json::Value;

use super::*;
use crate::model::Service;

#[track_caller]
fn operation(call: &str) -> Operation<'static> {
    let (service, operation) = call.split_once('.').unwrap();
    Service::find(service).unwrap().operation(operation).unwrap()
}

#[track_caller]
fn request(call: &str, input: Value) -> Request<Bytes> {
    build(operation(call), &input, Some("token")).unwrap()
}

#[track_caller]
fn check_body(call: &str, input: Value, expected: &str) {
    assert_eq!(std::str::from_utf8(request(call, input).body()).unwrap(), expected);
}

#[track_caller]
fn check_json(call: &str, input: Value, expected: Value) {
    let body: Value = serde_json::from_slice(request(call, input).body()).unwrap();
    assert_eq!(body, expected);
}

#[track_caller]
fn check_uri(call: &str, input: Value, expected: &str) {
    assert_eq!(request(call, input).uri(), expected);
}

#[track_caller]
fn check_header(call: &str, input: Value, name: &str, expected: Option<&str>) {
    let request = request(call, input);
    assert_eq!(request.headers().get(name).map(|value| value.to_str().unwrap()), expected);
}

#[track_caller]
fn check_refused(call: &str, input: Value, expected: &str) {
    assert_eq!(build(operation(call), &input, None).unwrap_err().to_string(), expected);
}

fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

#[track_caller]
fn check_result(call: &str, response: &Response<Bytes>, expected: Value) {
    assert_eq!(parse(operation(call), response).unwrap(), expected);
}

#[track_caller]
fn error(call: &str, response: &Response<Bytes>) -> ServiceError {
    *parse(operation(call), response).unwrap_err()
}
