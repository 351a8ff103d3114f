//! The Runtime API as a runtime client meets it: headers, bodies, sizes, misuse.

use crate::house::{House, document, invocation};
use serde_json::json;

/// What Lambda's synchronous answers may hold.
const ANSWER_BYTES_MAX: usize = 6_291_556;

#[tokio::test]
async fn an_invocation_carries_its_context() {
    let house = House::with("");
    let invocation = functions::Invocation {
        qualifier: Some("prod".to_owned()),
        // {"client":{"é":1}}
        client_context: Some("eyJjbGllbnQiOnsiw6kiOjF9fQ==".to_owned()),
        trace_header: Some("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned()),
        ..invocation("pay", json!({"do": "headers"}))
    };
    let answer = house.functions.invoke(invocation).await.unwrap();
    let headers: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
    let header = |name: &str| headers[format!("Lambda-Runtime-{name}")].as_str().unwrap().to_owned();
    assert_eq!(header("Aws-Request-Id"), answer.request_id);
    assert_eq!(header("Invoked-Function-Arn"), "arn:aws:lambda:eu-west-1:123456789012:function:pay:prod");
    assert_eq!(header("Trace-Id"), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    assert_eq!(header("Client-Context"), r#"{"client":{"\u00e9":1}}"#);
    assert!(header("Deadline-Ms").parse::<u64>().unwrap() > 1_700_000_000_000);
    assert_eq!(answer.executed_version.as_deref(), Some("$LATEST"));
}

#[tokio::test]
async fn answers_pass_as_they_come() {
    let house = House::with("");
    let raw = async |body: &str| house.invoke(json!({"do": "raw", "body": body})).await.unwrap().payload;
    assert_eq!(raw("{ \"a\" :  1.50 }").await, "{ \"a\" :  1.50 }");
    assert_eq!(raw("").await, "");
    let parts = json!({"do": "stream", "parts": ["{\"a\":", "[1,", "2]}"]});
    assert_eq!(house.invoke(parts).await.unwrap().payload, r#"{"a":[1,2]}"#);
}

#[tokio::test]
async fn an_answer_may_have_six_megabytes() {
    let house = House::with("");
    let big = |bytes: usize| json!({"do": "big", "bytes": bytes});
    let answer = house.invoke(big(ANSWER_BYTES_MAX)).await.unwrap();
    assert_eq!((answer.function_error, answer.payload.len()), (None, ANSWER_BYTES_MAX));
    let too_large = document(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    );
    assert_eq!(house.failure(big(ANSWER_BYTES_MAX + 1)).await, too_large);
    assert_eq!(house.failure(big(4 * ANSWER_BYTES_MAX)).await, too_large);
    let text = "x".repeat(6_291_456 - 2);
    assert_eq!(house.value(json!(text)).await["event"], text, "six megabytes in, and out again");
    let refused = house.invoke(json!(text + "x")).await.unwrap_err();
    assert_eq!((refused.name(), refused.status()), ("RequestTooLargeException", 413));
}

#[tokio::test]
async fn errors_of_the_runtime_pass_as_they_come() {
    let house = House::with("");
    let told = r#"{"errorMessage": "no funds", "errorType": "NoFunds", "trace": []}"#;
    assert_eq!(house.failure(json!({"do": "fail", "type": "NoFunds", "body": told})).await, told);
    assert_eq!(
        house.failure(json!({"do": "fail", "type": "NoFunds", "body": "plain text"})).await,
        document("NoFunds", "plain text")
    );
    assert_eq!(house.failure(json!({"do": "break-stream", "type": "Broken", "body": told})).await, told);
}

#[tokio::test]
async fn calls_at_the_wrong_time_or_from_elsewhere_are_refused() {
    let house = House::with("");
    assert_eq!(house.value(json!({"do": "misuse"})).await, json!([400, 403, 403, 404, 403, 403]));
}
