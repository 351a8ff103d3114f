//! What the clients know for certain, and what they do not.
//!
//! INVARIANT: something is written down as acknowledged only after its answer arrived.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

#[derive(Default, Debug)]
pub(super) struct Journal {
    /// Executions whose start was acknowledged, by name.
    pub(super) started: BTreeMap<String, Started>,
    /// Answers to tasks, by the mark that each carries.
    pub(super) answers: BTreeMap<String, TaskAnswer>,
    /// Every token that a poll brought.
    pub(super) tokens: BTreeSet<String>,
    /// Tokens that a second poll brought again.
    pub(super) tokens_given_twice: Vec<String>,
    /// Histories as they were read while the server was killed: execution and events.
    pub(super) reads: Vec<(String, Vec<Value>)>,
    /// Refusals that nobody should get.
    pub(super) surprises: Vec<String>,
    /// Calls that broke off without an answer.
    pub(super) unknown: u64,
    pub(super) heartbeats: u64,
}

#[derive(Debug)]
pub(super) struct Started {
    pub(super) arn: String,
    pub(super) machine: &'static str,
    pub(super) input: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// The server said yes: it is in the history exactly once.
    Acknowledged,
    /// No answer, or a refusal after one that was lost: in the history at most once.
    Unknown,
    /// The server said no, and nothing was sent before: not in the history.
    Refused,
}

#[derive(Debug)]
pub(super) struct TaskAnswer {
    pub(super) execution: String,
    pub(super) outcome: Outcome,
}

impl Journal {
    pub(super) fn acknowledged(&self) -> usize {
        let answered = self.answers.values().filter(|answer| answer.outcome == Outcome::Acknowledged).count();
        self.started.len() + self.tokens.len() + answered + self.heartbeats as usize
    }
}
