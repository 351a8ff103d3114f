//! A Task's `Resource`: who does the work, and by which pattern.
//!
//! Here: the forms, which optimized actions there are and which patterns each has. Not here: what the
//! actions do, and which of the AWS SDK's actions exist (`services`).

use std::sync::Arc;

use crate::definition::MachineType;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resource {
    /// `arn:aws:states:<region>:<account>:activity:<name>`
    Activity(Arc<str>),
    /// A Lambda function's ARN (the form without `lambda:invoke`).
    LambdaFunction(Arc<str>),
    /// `arn:aws:states:::<service>:<action>[.pattern]`
    Service { service: Arc<str>, action: Arc<str>, pattern: Pattern, arn: Arc<str> },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pattern {
    RequestResponse,
    /// `.sync`, with `.sync:2` as version 2.
    Sync {
        version: u8,
    },
    WaitForTaskToken,
}

/// Which patterns an action has beside request and response.
#[derive(Clone, Copy)]
enum Patterns {
    RequestOnly,
    Sync,
    Token,
    SyncAndToken,
}

use Patterns::{RequestOnly, Sync, SyncAndToken, Token};

/// The optimized integrations (`spec/features.md` 4.2).
const OPTIMIZED: &[(&str, &[&str], Patterns)] = &[
    ("apigateway", &["invoke"], Token),
    ("athena", &["startQueryExecution"], Sync),
    ("athena", &["stopQueryExecution", "getQueryExecution", "getQueryResults"], RequestOnly),
    ("batch", &["submitJob"], Sync),
    ("bedrock", &["invokeModel"], Token),
    ("bedrock", &["createModelCustomizationJob"], Sync),
    ("bedrockagentcore", &["invokeHarness"], RequestOnly),
    ("codebuild", &["startBuild", "startBuildBatch", "retryBuildBatch"], Sync),
    (
        "codebuild",
        &["stopBuild", "stopBuildBatch", "batchDeleteBuilds", "deleteBuildBatch", "batchGetReports"],
        RequestOnly,
    ),
    ("databrew", &["startJobRun"], Sync),
    ("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"], RequestOnly),
    ("ecs", &["runTask"], SyncAndToken),
    (
        "eks",
        &[
            "createCluster",
            "deleteCluster",
            "createNodegroup",
            "deleteNodegroup",
            "createFargateProfile",
            "deleteFargateProfile",
            "call",
            "runJob",
        ],
        SyncAndToken,
    ),
    ("elasticmapreduce", &["createCluster", "terminateCluster", "addStep"], Sync),
    (
        "elasticmapreduce",
        &[
            "setClusterTerminationProtection",
            "cancelStep",
            "modifyInstanceFleetByName",
            "modifyInstanceGroupByName",
        ],
        RequestOnly,
    ),
    ("emr-containers", &["createVirtualCluster"], RequestOnly),
    ("emr-containers", &["deleteVirtualCluster", "startJobRun"], Sync),
    (
        "emr-serverless",
        &[
            "createApplication",
            "startApplication",
            "stopApplication",
            "deleteApplication",
            "startJobRun",
            "cancelJobRun",
        ],
        Sync,
    ),
    ("events", &["putEvents"], Token),
    ("glue", &["startJobRun"], Sync),
    ("http", &["invoke"], RequestOnly),
    ("lambda", &["invoke"], Token),
    ("mediaconvert", &["createJob"], Sync),
    (
        "sagemaker",
        &[
            "createTrainingJob",
            "createTransformJob",
            "createProcessingJob",
            "createHyperParameterTuningJob",
            "createLabelingJob",
        ],
        Sync,
    ),
    ("sagemaker", &["createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"], RequestOnly),
    ("sns", &["publish"], Token),
    ("sqs", &["sendMessage"], Token),
    ("states", &["startExecution"], SyncAndToken),
];

/// Every optimized action with its service, as a resource names them.
pub fn optimized() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPTIMIZED.iter().flat_map(|(service, actions, _)| actions.iter().map(|action| (*service, *action)))
}

impl Resource {
    /// Reads a Task's `Resource`. `Err` is the finding in AWS's words.
    pub(crate) fn parse(text: &Arc<str>) -> Result<Resource, String> {
        let unknown = || Resource::unknown(text);
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [prefix, partition, service, region, account, rest] = parts[..] else { return Err(unknown()) };
        if prefix != "arn" || partition.is_empty() || rest.is_empty() {
            return Err(unknown());
        }
        match (service, region.is_empty(), account.is_empty()) {
            ("states", true, true) => service_action(rest, text).ok_or_else(unknown),
            ("states", false, false) => match rest.strip_prefix("activity:") {
                Some(name) if crate::arn::check_name(name).is_ok() => Ok(Resource::Activity(text.clone())),
                Some(_) => Err(unknown()),
                // AWS takes services under a region and an account, too.
                None => service_action(rest, text).ok_or_else(unknown),
            },
            ("lambda", false, false) => {
                let name = rest.strip_prefix("function:").filter(|name| !name.is_empty());
                name.map(|_| Resource::LambdaFunction(text.clone())).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }

    /// The finding for a resource that does not exist, in AWS's words.
    pub(crate) fn unknown(text: &str) -> String {
        format!(
            "The resource provided {text} is not recognized. The value is not a valid resource ARN, or the \
             resource is not available in this region."
        )
    }

    pub fn arn(&self) -> &Arc<str> {
        match self {
            Resource::Activity(arn) | Resource::LambdaFunction(arn) | Resource::Service { arn, .. } => arn,
        }
    }

    /// Whether the call only hands the task over, and its end comes later: from a job, or under its token.
    pub fn is_submitted(&self) -> bool {
        matches!(self, Resource::Service { pattern: Pattern::Sync { .. } | Pattern::WaitForTaskToken, .. })
    }

    /// Why this resource is not for state machines of this type, in AWS's words.
    pub(crate) fn refusal_for(&self, machine_type: MachineType) -> Option<String> {
        if machine_type == MachineType::Standard {
            return None;
        }
        match self {
            Resource::Activity(_) => Some("Express state machine does not support Activity ARN".into()),
            Resource::LambdaFunction(_) => None,
            Resource::Service { pattern, .. } => match pattern {
                Pattern::RequestResponse => None,
                Pattern::Sync { .. } => {
                    Some("Express state machine does not support '.sync' service integration".into())
                }
                // AWS's text ends in a space.
                Pattern::WaitForTaskToken => Some(
                    "Express state machine does not support '.waitForTaskToken' service integration ".into(),
                ),
            },
        }
    }
}

/// `<service>:<action>[.pattern]`, or `aws-sdk:<service>:<action>[.pattern]`.
fn service_action(text: &str, arn: &Arc<str>) -> Option<Resource> {
    let (head, pattern) = match text.split_once('.') {
        None => (text, Pattern::RequestResponse),
        Some((head, "sync")) => (head, Pattern::Sync { version: 1 }),
        Some((head, "sync:2")) => (head, Pattern::Sync { version: 2 }),
        Some((head, "waitForTaskToken")) => (head, Pattern::WaitForTaskToken),
        Some(_) => return None,
    };
    let (service, action) = head.rsplit_once(':')?;
    let is_known = match service.strip_prefix("aws-sdk:") {
        Some(sdk_service) => {
            let is_word =
                |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_word(sdk_service) && is_word(action) && !matches!(pattern, Pattern::Sync { .. })
        }
        None => OPTIMIZED.iter().any(|(name, actions, patterns)| {
            *name == service && actions.contains(&action) && patterns.include(service, pattern)
        }),
    };
    is_known.then(|| Resource::Service {
        service: service.into(),
        action: action.into(),
        pattern,
        arn: arn.clone(),
    })
}

impl Patterns {
    fn include(self, service: &str, pattern: Pattern) -> bool {
        match pattern {
            Pattern::RequestResponse => true,
            Pattern::Sync { version: 2 } => service == "states",
            Pattern::Sync { .. } => matches!(self, Sync | SyncAndToken),
            Pattern::WaitForTaskToken => matches!(self, Token | SyncAndToken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_told_apart() {
        let parse = |text: &str| Resource::parse(&text.into());
        let activity = "arn:aws:states:us-east-1:123456789012:activity:pack";
        assert_eq!(parse(activity), Ok(Resource::Activity(activity.into())));
        let function = "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:PROD";
        assert_eq!(parse(function), Ok(Resource::LambdaFunction(function.into())));
        let pattern = |text: &str| match parse(text) {
            Ok(Resource::Service { pattern, .. }) => Some(pattern),
            _ => None,
        };
        assert_eq!(
            pattern("arn:aws:states:::states:startExecution.sync:2"),
            Some(Pattern::Sync { version: 2 })
        );
        assert_eq!(pattern("arn:aws:states:::aws-sdk:s3:getObject"), Some(Pattern::RequestResponse));
        assert_eq!(
            pattern("arn:aws:states:eu-west-1:123456789012:aws-sdk:sns:publish"),
            Some(Pattern::RequestResponse)
        );
        assert_eq!(
            pattern("arn:aws:states:::sqs:sendMessage.waitForTaskToken"),
            Some(Pattern::WaitForTaskToken)
        );
        for unknown in [
            "createToken",
            "arn:aws:states:::dynamodb:query",
            "arn:aws:states:::sqs:sendMessage.sync",
            "arn:aws:states:eu-west-1::sqs:sendMessage",
            "arn:aws:states:eu-west-1:123456789012:activity:",
        ] {
            assert!(parse(unknown).is_err(), "{unknown}");
        }
    }
}
