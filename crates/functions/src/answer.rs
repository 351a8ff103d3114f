//! What an invocation answers: Lambda's Invoke answer, or the exception that it has instead.
//!
//! INVARIANT: only here do Lambda's exception names appear.

use bytes::Bytes;

/// What Lambda's Invoke API answers when it could ask the function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// 200 of an invocation that was waited for, 202 of an event, 204 of a dry run.
    pub status: u16,
    /// What the function returned, or the error document where `function_error` is set; empty but for 200.
    pub payload: Bytes,
    /// `X-Amz-Function-Error`: the function failed, and the payload says how.
    pub function_error: Option<FunctionError>,
    /// `X-Amz-Executed-Version`; none but for 200.
    pub executed_version: Option<String>,
    pub request_id: String,
    /// The last 4 KB of what the invocation logged, as `LogResult` has it, not yet in Base64.
    pub log_tail: String,
}

/// How a function failed, in the words of `X-Amz-Function-Error`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunctionError {
    /// Only functions at an HTTP address say so; the runtimes of today never do.
    Handled,
    Unhandled,
}

impl FunctionError {
    pub fn as_str(self) -> &'static str {
        match self {
            FunctionError::Handled => "Handled",
            FunctionError::Unhandled => "Unhandled",
        }
    }
}

/// Why the function was not asked, or could not be heard.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvokeError {
    #[error("Function not found: {arn}")]
    NotFound { arn: String },
    #[error("Rate Exceeded.")]
    TooManyRequests,
    #[error("Request must be smaller than {bytes_max} bytes for the InvokeFunction operation")]
    RequestTooLarge { bytes_max: usize },
    #[error("{0}")]
    InvalidRequestContent(String),
    #[error("The derived qualifier from the function name does not match the specified qualifier.")]
    QualifiersDiffer,
    #[error(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: {}",
        pattern(member)
    )]
    Validation { value: String, member: &'static str },
    /// The service failed, not the function.
    #[error("{0}")]
    Service(String),
    /// Functions are being ended. Whether the function did its work is not known: who can ask again later
    /// should.
    #[error("functions are being shut down")]
    ShutDown,
    /// Nobody was reached.
    #[error("Unable to execute HTTP request: {0}")]
    Unreachable(String),
}

impl InvokeError {
    /// AWS's name of the exception.
    pub fn name(&self) -> &'static str {
        match self {
            InvokeError::NotFound { .. } => "ResourceNotFoundException",
            InvokeError::TooManyRequests => "TooManyRequestsException",
            InvokeError::RequestTooLarge { .. } => "RequestTooLargeException",
            InvokeError::InvalidRequestContent(_) => "InvalidRequestContentException",
            InvokeError::QualifiersDiffer => "InvalidParameterValueException",
            InvokeError::Validation { .. } => "ValidationException",
            InvokeError::Service(_) | InvokeError::ShutDown => "ServiceException",
            InvokeError::Unreachable(_) => "SdkClientException",
        }
    }

    /// The HTTP status that it comes with; 0 where no answer came at all.
    pub fn status(&self) -> u16 {
        match self {
            InvokeError::NotFound { .. } => 404,
            InvokeError::TooManyRequests => 429,
            InvokeError::RequestTooLarge { .. } => 413,
            InvokeError::InvalidRequestContent(_)
            | InvokeError::QualifiersDiffer
            | InvokeError::Validation { .. } => 400,
            InvokeError::Service(_) | InvokeError::ShutDown => 500,
            InvokeError::Unreachable(_) => 0,
        }
    }
}

/// Of the Lambda API's model.
fn pattern(member: &str) -> &'static str {
    match member {
        "qualifier" => r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
        _ => {
            r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
        }
    }
}
