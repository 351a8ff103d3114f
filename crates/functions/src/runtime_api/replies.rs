//! What the Runtime API says back: invocations with their headers, and refusals as JSON.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::{Answer, Next, Verdict};
use crate::failure::document;

impl Next {
    pub(super) fn into_answer(self) -> Result<Answer, hyper::http::Error> {
        let mut answer = Response::builder()
            .header(CONTENT_TYPE, "application/json")
            .header("Lambda-Runtime-Aws-Request-Id", &*self.request_id)
            .header("Lambda-Runtime-Deadline-Ms", self.deadline_ms.to_string())
            .header("Lambda-Runtime-Invoked-Function-Arn", self.arn)
            .header("Lambda-Runtime-Trace-Id", self.trace_header);
        if let Some(context) = self.client_context {
            answer = answer.header("Lambda-Runtime-Client-Context", context);
        }
        answer.body(Full::new(self.payload))
    }
}

pub(super) fn accepted() -> Answer {
    answer_with(StatusCode::ACCEPTED, Bytes::from_static(br#"{"status":"OK"}"#))
}

pub(super) fn refused(verdict: Verdict) -> Answer {
    match verdict {
        Verdict::UnknownRequest => error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        Verdict::NotNow | Verdict::Accepted => {
            error(StatusCode::FORBIDDEN, "InvalidStateTransition", "State transition is not allowed")
        }
    }
}

pub(super) fn broken(why: &hyper::Error) -> Answer {
    error(StatusCode::BAD_REQUEST, "InvalidBody", &format!("the body broke off: {why}"))
}

pub(super) fn not_found(path: &str) -> Answer {
    error(
        StatusCode::NOT_FOUND,
        "NotFound",
        &format!("expected a path of the Lambda Runtime API, found {path}"),
    )
}

pub(super) fn error(status: StatusCode, error_type: &str, message: &str) -> Answer {
    answer_with(status, document(error_type, message))
}

fn answer_with(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
