//! Every refusal of this door: its AWS exception name, HTTP status and text.

use std::fmt;

use hyper::StatusCode;

use crate::domain::{ListError, NotWritten, Unavailable};
use crate::wire::json::Json;

/// Where the text holds an ARN, the ARN is as the caller gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ApiError {
    Validation(String),
    /// A ValidationException with its `reason` member.
    ValidationWithReason {
        message: String,
        reason: &'static str,
    },
    MissingRequiredParameter(&'static str),
    Conflict(String),
    QuotaExceeded(String),

    InvalidArn(String),
    InvalidRoleArn(String),
    InvalidName(String),
    InvalidDefinition(String),
    /// A definition that TestState takes only with a mock.
    UntestableState(&'static str),
    InvalidLogging(&'static str),
    InvalidEncryption(&'static str),
    InvalidExecutionInput(String),
    InvalidOutput(String),
    InvalidToken,

    StateMachineAlreadyExists(String),
    StateMachineDeleting(String),
    StateMachineDoesNotExist(String),
    StateMachineLimitExceeded,
    StateMachineTypeNotSupported(&'static str),

    ExecutionAlreadyExists(String),
    ExecutionDoesNotExist(String),
    /// The same, from an address that names the execution in its path.
    ExecutionNotFound(String),
    ExecutionLimitExceeded,
    /// With AWS's reason.
    ExecutionNotRedrivable(&'static str),

    ActivityAlreadyExists(String),
    ActivityDoesNotExist(String),
    ActivityLimitExceeded,
    ActivityWorkerLimitExceeded,
    TaskDoesNotExist,
    TaskTimedOut,

    ResourceNotFound(String),
    /// The same, where AWS does not say which resource.
    ReferencedResourceNotFound(String),
    TooManyTags(String),

    Throttled,
    DiskFull,
    Unavailable,

    Serialization(String),
    UnknownOperation(String),
    NotSupportedYet(&'static str),
    MissingSignature,
    IncompleteSignature(String),
    InvalidSignature(String),
    UnrecognizedClient,
    ExpiredToken,
    /// Something about how the request is signed that this server does not accept.
    AccessRefused(String),
    NoSuchAddress(String),
    WrongMethod,
    UnsupportedMediaType(&'static str),
    BodyTooLarge(usize),
    BodyTooSlow,
    BodyBroken,
    ForeignHost,
    ForeignOrigin,
}

impl ApiError {
    /// Status and exception name.
    fn kind(&self) -> (StatusCode, &'static str) {
        let name = match self {
            ApiError::Validation(_) | ApiError::ValidationWithReason { .. } => "ValidationException",
            ApiError::MissingRequiredParameter(_) => "MissingRequiredParameter",
            ApiError::Conflict(_) => return (StatusCode::CONFLICT, "ConflictException"),
            ApiError::QuotaExceeded(_) => {
                return (StatusCode::PAYMENT_REQUIRED, "ServiceQuotaExceededException");
            }
            ApiError::InvalidArn(_) | ApiError::InvalidRoleArn(_) => "InvalidArn",
            ApiError::InvalidName(_) => "InvalidName",
            ApiError::InvalidDefinition(_) | ApiError::UntestableState(_) => "InvalidDefinition",
            ApiError::InvalidLogging(_) => "InvalidLoggingConfiguration",
            ApiError::InvalidEncryption(_) => "InvalidEncryptionConfiguration",
            ApiError::InvalidExecutionInput(_) => "InvalidExecutionInput",
            ApiError::InvalidOutput(_) => "InvalidOutput",
            ApiError::InvalidToken => "InvalidToken",
            ApiError::StateMachineAlreadyExists(_) => "StateMachineAlreadyExists",
            ApiError::StateMachineDeleting(_) => "StateMachineDeleting",
            ApiError::StateMachineDoesNotExist(_) => "StateMachineDoesNotExist",
            ApiError::StateMachineLimitExceeded => "StateMachineLimitExceeded",
            ApiError::StateMachineTypeNotSupported(_) => "StateMachineTypeNotSupported",
            ApiError::ExecutionAlreadyExists(_) => "ExecutionAlreadyExists",
            ApiError::ExecutionDoesNotExist(_) => "ExecutionDoesNotExist",
            ApiError::ExecutionNotFound(_) => return (StatusCode::NOT_FOUND, "ExecutionDoesNotExist"),
            ApiError::ExecutionLimitExceeded => "ExecutionLimitExceeded",
            ApiError::ExecutionNotRedrivable(_) => "ExecutionNotRedrivable",
            ApiError::ActivityAlreadyExists(_) => "ActivityAlreadyExists",
            ApiError::ActivityDoesNotExist(_) => "ActivityDoesNotExist",
            ApiError::ActivityLimitExceeded => "ActivityLimitExceeded",
            ApiError::ActivityWorkerLimitExceeded => "ActivityWorkerLimitExceeded",
            ApiError::TaskDoesNotExist => "TaskDoesNotExist",
            ApiError::TaskTimedOut => "TaskTimedOut",
            ApiError::ResourceNotFound(_) | ApiError::ReferencedResourceNotFound(_) => "ResourceNotFound",
            ApiError::TooManyTags(_) => "TooManyTags",
            ApiError::Throttled => "ThrottlingException",
            ApiError::DiskFull => return (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException"),
            ApiError::Unavailable => return (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
            ApiError::Serialization(_) | ApiError::BodyBroken => "SerializationException",
            ApiError::UnknownOperation(_) => "UnknownOperationException",
            ApiError::NotSupportedYet(_) => {
                return (StatusCode::NOT_IMPLEMENTED, "UnsupportedOperationException");
            }
            ApiError::MissingSignature => "MissingAuthenticationTokenException",
            ApiError::IncompleteSignature(_) => "IncompleteSignatureException",
            ApiError::InvalidSignature(_) => "InvalidSignatureException",
            ApiError::UnrecognizedClient => "UnrecognizedClientException",
            ApiError::ExpiredToken => "ExpiredTokenException",
            ApiError::NoSuchAddress(_) => return (StatusCode::NOT_FOUND, "UnknownOperationException"),
            ApiError::WrongMethod => return (StatusCode::METHOD_NOT_ALLOWED, "UnknownOperationException"),
            ApiError::UnsupportedMediaType(_) => {
                return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaTypeException");
            }
            ApiError::BodyTooLarge(_) => {
                return (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException");
            }
            ApiError::BodyTooSlow => return (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException"),
            ApiError::ForeignHost | ApiError::ForeignOrigin | ApiError::AccessRefused(_) => {
                return (StatusCode::FORBIDDEN, "AccessDeniedException");
            }
        };
        (StatusCode::BAD_REQUEST, name)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind().0
    }

    /// `{"__type":...,"message":...}` with the members that a few exceptions have beside these.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut json = Json::object();
        json.string("__type", self.kind().1).string("message", &self.to_string());
        match self {
            ApiError::ValidationWithReason { reason, .. } => json.string("reason", reason),
            ApiError::ResourceNotFound(resource)
            | ApiError::ReferencedResourceNotFound(resource)
            | ApiError::TooManyTags(resource) => json.string("resourceName", resource),
            _ => &mut json,
        };
        json.finish()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiError::Validation(message) | ApiError::ValidationWithReason { message, .. } => {
                f.write_str(message)
            }
            ApiError::MissingRequiredParameter(message) | ApiError::UntestableState(message) => {
                f.write_str(message)
            }
            ApiError::Conflict(message) | ApiError::QuotaExceeded(message) => f.write_str(message),
            ApiError::InvalidArn(why) => write!(f, "Invalid Arn: '{why}'"),
            ApiError::InvalidRoleArn(arn) => write!(f, "Invalid Role Arn: '{arn}'"),
            ApiError::InvalidName(name) => write!(f, "Invalid Name: '{name}'"),
            ApiError::InvalidDefinition(errors) => {
                write!(f, "Invalid State Machine Definition: '{errors}'")
            }
            ApiError::InvalidLogging(why) => write!(f, "Invalid Logging Configuration: {why}"),
            ApiError::InvalidEncryption(why) => write!(f, "Invalid Encryption Configuration: {why}"),
            ApiError::InvalidExecutionInput(why) => {
                write!(f, "Invalid State Machine Execution Input: '{why}'")
            }
            ApiError::InvalidOutput(why) => write!(f, "Invalid Output: '{why}'"),
            ApiError::InvalidToken => f.write_str("Invalid Token: 'Invalid token'"),
            ApiError::StateMachineAlreadyExists(arn) => write!(f, "State Machine Already Exists: '{arn}'"),
            ApiError::StateMachineDeleting(arn) => write!(f, "State Machine Deleting: '{arn}'"),
            ApiError::StateMachineDoesNotExist(arn) => write!(f, "State Machine Does Not Exist: '{arn}'"),
            ApiError::StateMachineLimitExceeded => {
                f.write_str("State Machine Limit Exceeded: the account holds its maximum of state machines")
            }
            ApiError::StateMachineTypeNotSupported(message) => f.write_str(message),
            ApiError::ExecutionAlreadyExists(arn) => write!(f, "Execution Already Exists: '{arn}'"),
            ApiError::ExecutionDoesNotExist(arn) | ApiError::ExecutionNotFound(arn) => {
                write!(f, "Execution Does Not Exist: '{arn}'")
            }
            ApiError::ExecutionLimitExceeded => {
                f.write_str("Execution Limit Exceeded: the account has its maximum of open executions")
            }
            ApiError::ExecutionNotRedrivable(reason) => f.write_str(reason),
            ApiError::ActivityAlreadyExists(arn) => write!(f, "Activity Already Exists: '{arn}'"),
            ApiError::ActivityDoesNotExist(arn) => write!(f, "Activity Does Not Exist: '{arn}'"),
            ApiError::ActivityLimitExceeded => {
                f.write_str("Activity Limit Exceeded: the account holds its maximum of activities")
            }
            ApiError::ActivityWorkerLimitExceeded => {
                f.write_str("Activity Worker Limit Exceeded: the activity has its maximum of waiting workers")
            }
            ApiError::TaskDoesNotExist => f.write_str("Task Does Not Exist: 'Provided task does not exist'"),
            ApiError::TaskTimedOut => f.write_str("Task Timed Out: 'Provided task does not exist anymore'"),
            ApiError::ResourceNotFound(arn) => write!(f, "Resource not found: '{arn}'"),
            ApiError::ReferencedResourceNotFound(_) => {
                f.write_str("Request references a resource that does not exist.")
            }
            ApiError::TooManyTags(arn) => {
                write!(f, "Too Many Tags: '{arn}' would have more tags than it can")
            }
            ApiError::Throttled => f.write_str("Rate exceeded"),
            ApiError::DiskFull => f.write_str(
                "the disk of the server is full, or nearly: nothing new is started, registered or changed until there is \
                 room again",
            ),
            ApiError::Unavailable => f.write_str("the server cannot answer now; try again"),
            ApiError::Serialization(why) => f.write_str(why),
            ApiError::UnknownOperation(name) => write!(f, "unknown operation `{name}`"),
            ApiError::NotSupportedYet(name) => {
                write!(f, "the operation `{name}` is not supported yet by this server")
            }
            ApiError::MissingSignature => f.write_str("Missing Authentication Token"),
            ApiError::IncompleteSignature(why)
            | ApiError::InvalidSignature(why)
            | ApiError::AccessRefused(why) => f.write_str(why),
            ApiError::UnrecognizedClient => {
                f.write_str("The security token included in the request is invalid.")
            }
            ApiError::ExpiredToken => f.write_str("The security token included in the request is expired"),
            ApiError::NoSuchAddress(path) => {
                write!(f, "nothing is served at `{path}`: operations are sent with POST to `/`")
            }
            ApiError::WrongMethod => f.write_str("operations are sent with POST to `/`"),
            ApiError::UnsupportedMediaType(why) => f.write_str(why),
            ApiError::BodyTooLarge(max) => write!(f, "the request body is larger than {max} bytes"),
            ApiError::BodyTooSlow => f.write_str("the request body did not arrive in time"),
            ApiError::BodyBroken => f.write_str("the request body ended early"),
            ApiError::ForeignHost => f.write_str(
                "the `Host` of the request is not a name of this server; add it to the allowed hosts",
            ),
            ApiError::ForeignOrigin => f.write_str("requests from pages of another origin are not accepted"),
        }
    }
}

impl From<ListError> for ApiError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Throttled => ApiError::Throttled,
            ListError::Unavailable => ApiError::Unavailable,
        }
    }
}

impl From<NotWritten> for ApiError {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::NoRoom => ApiError::DiskFull,
            NotWritten::Unavailable => ApiError::Unavailable,
        }
    }
}

impl From<Unavailable> for ApiError {
    fn from(_: Unavailable) -> Self {
        ApiError::Unavailable
    }
}

#[cfg(test)]
mod tests;
