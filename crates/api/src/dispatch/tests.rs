use std::path::Path;

use hyper::header::HeaderValue;

use super::*;

fn headers(target: &str, content_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(TARGET, HeaderValue::from_str(target).unwrap());
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    headers
}

fn check(target: &str) -> Result<Operation, ApiError> {
    operation_of(&headers(target, "application/x-amz-json-1.0"))
}

#[test]
fn served_operation_is_found_by_its_target() {
    assert_eq!(check("AWSStepFunctions.StartExecution"), Ok(Operation::StartExecution));
    assert_eq!(check("AWSStepFunctions.DescribeMapRun"), Ok(Operation::NotYet("DescribeMapRun")));
}

#[test]
fn unknown_targets_are_refused_by_name() {
    for target in
        ["AWSStepFunctions.Bake", "StartExecution", "DynamoDB_20120810.ListTables", "AWSStepFunctions."]
    {
        assert_eq!(check(target), Err(ApiError::UnknownOperation(target.to_owned())));
    }
    let mut without = headers("x", "application/x-amz-json-1.0");
    without.remove(TARGET);
    assert_eq!(operation_of(&without), Err(ApiError::UnknownOperation(String::new())));
}

#[test]
fn content_types_that_a_browser_sends_unasked_are_refused() {
    let target = "AWSStepFunctions.StartExecution";
    for accepted in
        ["application/x-amz-json-1.0", "Application/JSON; charset=utf-8", "application/x-amz-json-1.1"]
    {
        assert!(operation_of(&headers(target, accepted)).is_ok(), "{accepted}");
    }
    for refused in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let refusal = operation_of(&headers(target, refused)).unwrap_err();
        assert_eq!(refusal.status().as_u16(), 415, "{refused}");
    }
}

#[test]
fn compressed_body_is_refused() {
    let mut headers = headers("AWSStepFunctions.StartExecution", "application/x-amz-json-1.0");
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    assert_eq!(operation_of(&headers).unwrap_err().status().as_u16(), 415);
}

#[test]
fn every_operation_of_the_model_is_known() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/api.json");
    let Ok(text) = std::fs::read(model) else {
        println!("did not run: the model is not beside the project");
        return;
    };
    let model: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let operations = model["operations"].as_object().unwrap();
    assert_eq!(operations.len(), 37);
    for name in operations.keys() {
        match Operation::from_name(name).unwrap_or_else(|| panic!("{name} is not known")) {
            Operation::NotYet(told) => assert_eq!(told, name),
            served => assert_eq!(format!("{served:?}"), *name),
        }
    }
}
