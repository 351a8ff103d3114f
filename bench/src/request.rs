//! The bytes of requests: built once, and only the name of an execution changes from one to the next.

use std::io::Write as _;
use std::ops::Range;

/// How the ARN stands in the answer of a start.
pub(crate) const EXECUTION_ARN: &str = "\"executionArn\":\"";
/// What an SDK sends: the credential scope that names account and region, and the place of a signature.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIDBENCHBENCHBENCH1/20261122/us-east-1/states/aws4_request, \
                      SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
                      Signature=0000000000000000000000000000000000000000000000000000000000000000";
const NAME_DIGITS: usize = 16;

/// One call of an AWS operation.
pub(crate) fn operation(host: &str, operation: &str, body: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_operation(&mut out, host, operation, &[body.as_bytes()]);
    out
}

/// Puts a call into `out`; its body is the parts, one after the other.
fn write_operation(out: &mut Vec<u8>, host: &str, operation: &str, body: &[&[u8]]) {
    let length: usize = body.iter().map(|part| part.len()).sum();
    out.clear();
    // Writing into a Vec cannot fail.
    let _ = write!(
        out,
        "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n\
         Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20261122T000000Z\r\n\
         Authorization: {SIGNED}\r\nContent-Length: {length}\r\n\r\n"
    );
    body.iter().for_each(|part| out.extend_from_slice(part));
}

/// A start whose name is patched in.
#[derive(Clone)]
pub(crate) struct Start {
    bytes: Vec<u8>,
    name: Range<usize>,
}

impl Start {
    /// `name`: that of the operation, `StartExecution` or `StartSyncExecution`.
    pub(crate) fn new(host: &str, name: &str, machine_arn: &str, input: &str) -> Start {
        let marker = "-".repeat(NAME_DIGITS);
        let before = format!("{{\"stateMachineArn\":\"{machine_arn}\",\"name\":\"");
        let body = format!("{before}{marker}\",\"input\":{}}}", serde_json::Value::from(input));
        let bytes = operation(host, name, &body);
        let start = bytes.len() - body.len() + before.len();
        Start { bytes, name: start..start + NAME_DIGITS }
    }

    /// The request for the execution of this number, which is its name in hexadecimal digits.
    pub(crate) fn named(&mut self, number: u64) -> &[u8] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut rest = number;
        for digit in self.bytes[self.name.clone()].iter_mut().rev() {
            *digit = HEX[(rest & 0xf) as usize];
            rest >>= 4;
        }
        &self.bytes
    }
}

/// Puts the long poll for the end of an execution into `out`.
pub(crate) fn end_of(out: &mut Vec<u8>, host: &str, arn: &[u8]) {
    out.clear();
    out.extend_from_slice(b"GET /stairway/executions/");
    out.extend_from_slice(arn);
    let _ = write!(out, "/end?wait=60 HTTP/1.1\r\nHost: {host}\r\nAuthorization: {SIGNED}\r\n\r\n");
}

pub(crate) fn get_activity_task(host: &str, activity_arn: &str) -> Vec<u8> {
    operation(
        host,
        "GetActivityTask",
        &format!("{{\"activityArn\":\"{activity_arn}\",\"workerName\":\"bench\"}}"),
    )
}

/// Puts a worker's answer into `out`.
pub(crate) fn send_task_success(out: &mut Vec<u8>, host: &str, token: &[u8]) {
    let body = [b"{\"taskToken\":\"", token, b"\",\"output\":\"{\\\"done\\\":true}\"}"];
    write_operation(out, host, "SendTaskSuccess", &body);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The body of a request, whose length is what its head says.
    fn body_of(request: &[u8]) -> Value {
        let text = std::str::from_utf8(request).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("\r\nContent-Length: {}", body.len())), "{head}");
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn start_carries_each_name_and_the_input() {
        let mut start = Start::new("h", "StartExecution", "arn:m", r#"{"a":"b"}"#);
        for (number, name) in [(0, "0000000000000000"), (0x1_0000_00af, "00000001000000af")] {
            let expected = json!({"stateMachineArn": "arn:m", "name": name, "input": r#"{"a":"b"}"#});
            assert_eq!(body_of(start.named(number)), expected);
        }
    }

    #[test]
    fn answer_of_a_worker_carries_token_and_output() {
        let mut out = b"before".to_vec();
        send_task_success(&mut out, "h", b"tok/en+=");
        assert_eq!(body_of(&out), json!({"taskToken": "tok/en+=", "output": r#"{"done":true}"#}));
    }
}
