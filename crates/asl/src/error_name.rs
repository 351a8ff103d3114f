//! Error names: the predefined `States.*` ones, and how `ErrorEquals` matches.

use std::sync::Arc;

/// What went wrong in a state, in the user's world: data that flows through Retry and Catch.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
}

pub const ALL: &str = "States.ALL";
pub const TASK_FAILED: &str = "States.TaskFailed";
pub const TIMEOUT: &str = "States.Timeout";
pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
pub const RUNTIME: &str = "States.Runtime";
pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
pub const BRANCH_FAILED: &str = "States.BranchFailed";
pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";

/// One entry of `ErrorEquals`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorPattern(pub Arc<str>);

impl ErrorPattern {
    /// Whether this entry stands for `error` (`spec/features.md` 2.12 and 9.18).
    ///
    /// `States.ALL` stands for `States.DataLimitExceeded` too: AWS's documentation says that it does not, AWS was
    /// recorded to catch a function's result that is too large.
    /// A missed heartbeat is matched under the name `States.HeartbeatTimeout`, which `States.Timeout`
    /// stands for too, though histories show it as `States.Timeout`.
    pub fn matches(&self, error: &str) -> bool {
        // AWS ends the execution on States.Runtime even where a catcher names it.
        if error == RUNTIME {
            return false;
        }
        let is_timeout = error == TIMEOUT || error == HEARTBEAT_TIMEOUT;
        match &*self.0 {
            name if name == error => true,
            ALL => true,
            TASK_FAILED => error != DATA_LIMIT_EXCEEDED && !is_timeout,
            TIMEOUT => is_timeout,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_leave_out_what_aws_leaves_out() {
        let matches = |pattern: &str, error: &str| ErrorPattern(pattern.into()).matches(error);
        for error in ["Mine", TIMEOUT, HEARTBEAT_TIMEOUT, TASK_FAILED, NO_CHOICE_MATCHED, DATA_LIMIT_EXCEEDED]
        {
            assert!(matches(ALL, error), "{error}");
        }
        assert!(!matches(ALL, RUNTIME));
        for error in [DATA_LIMIT_EXCEEDED, RUNTIME] {
            assert!(!matches(TASK_FAILED, error), "{error}");
        }
        assert!(matches(DATA_LIMIT_EXCEEDED, DATA_LIMIT_EXCEEDED));
        assert!(!matches(RUNTIME, RUNTIME));
        assert!(matches(TASK_FAILED, "Mine") && !matches(TASK_FAILED, TIMEOUT));
        assert!(matches(TIMEOUT, HEARTBEAT_TIMEOUT) && !matches(HEARTBEAT_TIMEOUT, TIMEOUT));
        assert!(!matches("Mine", "Other"));
    }
}
