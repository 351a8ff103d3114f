//! Functions at an HTTP address: what is posted, and what each kind of answer means.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use crate::house::{House, document, failure_of, invocation};
use functions::{Answer, FunctionError, InvokeError};
use serde_json::{Value, json};

/// A server that gives one answer; joining it gives the request.
fn server(answer: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        // The body is the JSON at the end.
        while !request.ends_with(b"}") {
            let mut bytes = [0; 4_096];
            let read = stream.read(&mut bytes).unwrap();
            request.extend_from_slice(&bytes[..read]);
        }
        // The client may hang up before all of a large answer was read.
        let _ = stream.write_all(answer.as_bytes());
        String::from_utf8(request).unwrap()
    });
    (format!("http://{address}/charge"), thread)
}

fn with_status(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

fn house(url: &str, timeout_seconds: u32) -> House {
    House::new(&format!("[functions.pay]\nurl = '{url}'\ntimeout_seconds = {timeout_seconds}\n"))
}

async fn invoke(answer: String) -> Result<Answer, InvokeError> {
    let (url, _) = server(answer);
    house(&url, 600).invoke(json!({"a": 1})).await
}

#[tokio::test]
async fn the_payload_is_posted_with_its_context() {
    let (url, thread) = server(with_status("200 OK", "", "[1]"));
    let answer = house(&url, 600).invoke(json!({"a": 1})).await.unwrap();
    assert_eq!((answer.status, answer.function_error, &answer.payload[..]), (200, None, &b"[1]"[..]));
    let request = thread.join().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /charge HTTP/1.1\r\n"), "{head}");
    assert_eq!(body, r#"{"a":1}"#);
    let head = head.to_lowercase();
    for header in [
        "content-type: application/json".to_owned(),
        format!("lambda-runtime-aws-request-id: {}", answer.request_id),
        "lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:pay".to_owned(),
        "lambda-runtime-deadline-ms: ".to_owned(),
        "lambda-runtime-trace-id: root=1-".to_owned(),
    ] {
        assert!(head.contains(&header), "{header} in {head}");
    }
}

#[tokio::test]
async fn an_empty_answer_is_null() {
    assert_eq!(invoke(with_status("204 No Content", "", "")).await.unwrap().payload, "null");
}

#[tokio::test]
async fn errors_are_marked_by_header_or_by_their_shape() {
    let marked = with_status("200 OK", "X-Amz-Function-Error: Handled\r\n", "{\"a\":1}");
    assert_eq!(invoke(marked).await.unwrap().function_error, Some(FunctionError::Handled));
    let told = r#"{"errorType":"Error","errorMessage":"failure","trace":[]}"#;
    assert_eq!(failure_of(invoke(with_status("200 OK", "", told)).await), told);
    assert_eq!(failure_of(invoke(with_status("500 Oops", "", told)).await), told);
}

#[tokio::test]
async fn other_statuses_are_failures_of_the_service_or_of_the_function() {
    assert_eq!(invoke(with_status("429 Slow", "", "")).await, Err(InvokeError::TooManyRequests));
    let failed = invoke(with_status("503 Away", "", "later")).await.unwrap_err();
    assert_eq!(failed.name(), "ServiceException");
    assert!(failed.to_string().ends_with("answered with status 503: later"), "{failed}");
    let document: Value =
        serde_json::from_str(&failure_of(invoke(with_status("404 None", "", "no route")).await)).unwrap();
    assert_eq!(document["errorType"], "Function.HttpStatus.404");
    let message = document["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("expected status 200 from http://127.0.0.1:"), "{message}");
    assert!(message.ends_with("/charge, found 404: no route"), "{message}");
    let redirect = with_status("302 Found", "Location: http://127.0.0.1:1/\r\n", "");
    assert!(failure_of(invoke(redirect).await).contains("Function.HttpStatus.302"), "it is not followed");
}

#[tokio::test]
async fn too_large_an_answer_fails_the_function() {
    let body = "x".repeat(6_291_557);
    assert_eq!(
        failure_of(invoke(with_status("200 OK", "", &body)).await),
        document(
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        )
    );
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let house = house(&url, 1);
    // It listens and never answers.
    assert_eq!(
        house.failure(json!({})).await,
        document("Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds")
    );
    drop(listener);
    let refused = house.functions.invoke(invocation("pay", json!({}))).await.unwrap_err();
    assert_eq!(refused.name(), "SdkClientException");
    let message = refused.to_string();
    assert!(message.starts_with(&format!("Unable to execute HTTP request: {url} failed: ")), "{message}");
}
