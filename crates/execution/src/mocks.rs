//! Mocked tasks: an execution that was started as a test case answers some of its tasks itself.
//!
//! Here: the answers of a test case, and which of them the next invocation of a state gets.
//! Not here: the file that test cases come from (`cli`), the events that an answered task shows
//! (`state/task`).
//! INVARIANT: the answers are recorded with the start and invocations are counted by records, so a restart
//! changes nothing, and a changed file changes only what starts later.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::Document;
use asl::error_name::{self, Failure};
use serde::{Deserialize, Serialize};

/// What the tasks of one test case answer instead of their services.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Mocks {
    pub test_case: Arc<str>,
    /// By the name of the Task state.
    pub answers: BTreeMap<Arc<str>, MockedAnswers>,
}

/// The answers of one state: each for the invocations after those of the answer before it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MockedAnswers {
    /// The name that the answers have together.
    pub response: Arc<str>,
    /// Each with the number of the last invocation that gets it; invocations count from 0.
    pub answers: Vec<(u64, MockedAnswer)>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum MockedAnswer {
    /// A JSON text.
    Return(Arc<str>),
    Throw(Failure),
}

/// The test case of an execution, and how far it has come.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Mocked {
    mocks: Arc<Mocks>,
    /// How often each mocked state was invoked.
    invocations: BTreeMap<Arc<str>, u64>,
}

impl Mocked {
    pub(crate) fn new(mocks: Arc<Mocks>) -> Self {
        Mocked { mocks, invocations: BTreeMap::new() }
    }

    /// A task of the state was scheduled.
    pub(crate) fn count(&mut self, state: &Arc<str>) {
        if self.mocks.answers.contains_key(state) {
            *self.invocations.entry(Arc::clone(state)).or_default() += 1;
        }
    }

    /// What the next invocation of the state gets; none when the state is not mocked. An invocation that the
    /// test case has no answer for fails.
    pub(crate) fn next_answer(&self, state: &str) -> Option<Result<Document, Failure>> {
        let mocked = self.mocks.answers.get(state)?;
        let number = self.invocations.get(state).copied().unwrap_or(0);
        let answer = mocked.answers.iter().find(|(last, _)| number <= *last);
        Some(match answer {
            Some((_, MockedAnswer::Return(text))) => Ok(Document::trusted(Box::from(&**text))),
            Some((_, MockedAnswer::Throw(failure))) => Err(failure.clone()),
            None => Err(self.exhausted(state, &mocked.response, number)),
        })
    }

    fn exhausted(&self, state: &str, response: &str, number: u64) -> Failure {
        let test_case = &self.mocks.test_case;
        let cause = format!(
            "The test case '{test_case}' has no answer for invocation {number} of the state '{state}': the \
             mocked response '{response}' ends before it (invocations count from 0)."
        );
        Failure { error: Some(Arc::from(error_name::RUNTIME)), cause: Some(Arc::from(cause)) }
    }
}
