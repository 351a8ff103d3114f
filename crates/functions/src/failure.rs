//! The ways in which a function fails without saying so itself, and the error documents that Lambda
//! answers then.

use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::limits::RESPONSE_BYTES_MAX;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The runtime described it: the document as it came.
    Told(Bytes),
    /// The process ended while it should have worked.
    Exited(String),
    /// The process could not be started.
    NotStarted(String),
    TimedOut(Duration),
    AnswerTooLarge,
    /// An HTTP address answered with a status that stands for no answer.
    Status {
        url: String,
        status: u16,
        excerpt: String,
    },
}

impl Failure {
    pub(crate) fn exited(status: Option<ExitStatus>) -> Failure {
        Failure::Exited(status.map_or_else(unexplained, end_in_words))
    }

    /// The payload of the answer.
    pub(crate) fn document(&self, request_id: &str) -> Bytes {
        let of_request = |what: &str| format!("RequestId: {request_id} Error: {what}");
        let (error_type, message) = match self {
            Failure::Told(document) => return document.clone(),
            Failure::Exited(how) => ("Runtime.ExitError", of_request(how)),
            Failure::NotStarted(why) => ("Runtime.InvalidEntrypoint", of_request(why)),
            Failure::TimedOut(after) => ("Sandbox.Timedout", of_request(&timed_out(*after))),
            Failure::AnswerTooLarge => (
                "Function.ResponseSizeTooLarge",
                format!(
                    "Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
                ),
            ),
            Failure::Status { url, status, excerpt } => {
                let message = format!("expected status 200 from {url}, found {status}: {excerpt}");
                return document(&format!("Function.HttpStatus.{status}"), &message);
            }
        };
        document(error_type, &message)
    }

    /// What is written to the log, in Lambda's words; what the runtime told, it has logged itself.
    pub(crate) fn log_line(&self, request_id: &str) -> Option<String> {
        match self {
            Failure::Told(_) => None,
            Failure::TimedOut(after) => Some(format!("{request_id} {}", timed_out(*after))),
            Failure::Exited(how) | Failure::NotStarted(how) => {
                Some(format!("RequestId: {request_id} Error: {how}"))
            }
            Failure::AnswerTooLarge | Failure::Status { .. } => {
                Some(String::from_utf8_lossy(&self.document(request_id)).into_owned())
            }
        }
    }
}

/// An error document; `errorType` first, as Lambda's own are.
pub(crate) fn document(error_type: &str, message: &str) -> Bytes {
    json!({ "errorType": error_type, "errorMessage": message }).to_string().into()
}

fn timed_out(after: Duration) -> String {
    format!("Task timed out after {:.2} seconds", after.as_secs_f64())
}

fn end_in_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(0), _) | (None, None) => unexplained(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => {
            let core = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("Runtime exited with error: signal: {}{core}", signal_in_words(signal))
        }
    }
}

fn unexplained() -> String {
    "Runtime exited without providing a reason".to_owned()
}

/// As Lambda's supervisor, a Go program, has them.
fn signal_in_words(signal: i32) -> String {
    let known = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => return format!("signal {signal}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_document(failure: &Failure, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&failure.document("ID")), expected);
    }

    #[test]
    fn error_documents_are_lambdas() {
        check_document(
            &Failure::TimedOut(Duration::from_secs(3)),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 3.00 seconds"}"#,
        );
        check_document(
            &Failure::AnswerTooLarge,
            r#"{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}"#,
        );
        check_document(
            &Failure::NotStarted("fork/exec nowhere: no such file or directory".to_owned()),
            r#"{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: fork/exec nowhere: no such file or directory"}"#,
        );
        check_document(&Failure::Told(Bytes::from_static(b"{ }")), "{ }");
    }

    #[test]
    fn the_end_of_a_process_is_told_as_lambda_does() {
        use std::os::unix::process::ExitStatusExt as _;
        let message = |raw: i32| {
            let document = Failure::exited(Some(ExitStatus::from_raw(raw))).document("ID");
            let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
            assert_eq!(document["errorType"], "Runtime.ExitError");
            document["errorMessage"].as_str().unwrap().to_owned()
        };
        assert_eq!(message(1 << 8), "RequestId: ID Error: Runtime exited with error: exit status 1");
        assert_eq!(message(9), "RequestId: ID Error: Runtime exited with error: signal: killed");
        assert_eq!(
            message(11 | 0x80),
            "RequestId: ID Error: Runtime exited with error: signal: segmentation fault (core dumped)"
        );
        assert_eq!(message(64), "RequestId: ID Error: Runtime exited with error: signal: signal 64");
        assert_eq!(message(0), "RequestId: ID Error: Runtime exited without providing a reason");
    }
}
