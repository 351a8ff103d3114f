//! Test cases: a state machine's ARN with `#<test case>` behind it starts an execution whose tasks are mocked.
//!
//! Here: the suffix, the seam to where test cases come from, and what of one does not fit its machine.
//! Not here: the file of test cases (`cli`), what a mocked task does (`execution`).
//! INVARIANT: a test case that does not fit starts nothing, so no service is called by a mistyped name.

use std::fmt;
use std::sync::Arc;

use asl::Kind;

use crate::domain::{Mocks, Revision};
use crate::error::ApiError;

/// Where test cases come from. Called from threads that may wait for the disk.
pub trait TestCases: Send + Sync {
    /// The test case of a state machine as it is now, or why there is none, in words for its caller.
    fn find(&self, state_machine: &str, test_case: &str) -> Result<Mocks, String>;
}

impl fmt::Debug for dyn TestCases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("test cases")
    }
}

/// The ARN and the test case behind it. No name of AWS's has a `#`.
pub(crate) fn split(arn: &str) -> (&str, Option<&str>) {
    match arn.split_once('#') {
        Some((arn, test_case)) => (arn, Some(test_case)),
        None => (arn, None),
    }
}

/// What answers the tasks of an execution of this revision that is started as a test case.
pub(crate) async fn mocks(
    cases: Option<&Arc<dyn TestCases>>,
    revision: &Revision,
    test_case: &str,
) -> Result<Arc<Mocks>, ApiError> {
    let Some(cases) = cases else {
        return Err(ApiError::Validation(format!(
            "The state machine ARN names the test case '{test_case}', and this server was started without a mock \
             configuration (SFN_MOCK_CONFIG or --mock-config)."
        )));
    };
    let (cases, machine, name) =
        (Arc::clone(cases), Arc::clone(&revision.arn.name), Arc::<str>::from(test_case));
    let found = tokio::task::spawn_blocking(move || cases.find(&machine, &name)).await;
    let mocks = found.map_err(|_| ApiError::Unavailable)?.map_err(ApiError::Validation)?;
    match mocks.answers.keys().find_map(|state| unfit(revision, state)) {
        Some(why) => Err(ApiError::Validation(format!(
            "The test case '{test_case}' does not fit the state machine '{}': {why}.",
            revision.arn.name
        ))),
        None => Ok(Arc::new(mocks)),
    }
}

/// Why a state of this name cannot be mocked; none when it can.
fn unfit(revision: &Revision, name: &str) -> Option<String> {
    match revision.definition().states.iter().find(|state| *state.name == *name).map(|state| &state.kind) {
        Some(Kind::Task(_)) => None,
        Some(_) => Some(format!("the state '{name}' is no Task")),
        None => Some(format!("it has no state '{name}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_case_stands_behind_the_first_hash() {
        let check =
            |text: &str, arn: &str, test_case: Option<&str>| assert_eq!(split(text), (arn, test_case));
        check("arn:m", "arn:m", None);
        check("arn:m#Happy", "arn:m", Some("Happy"));
        check("arn:m:PROD#Happy path#2", "arn:m:PROD", Some("Happy path#2"));
        check("arn:m#", "arn:m", Some(""));
    }
}
