//! Versions: revisions that were published under a number. A number is never used again.

use std::sync::Arc;

use asl::arn::StateMachineArn;

use crate::catalog::state_machine::Revision;
use crate::error::NotWritten;

#[derive(Debug)]
pub struct Version {
    pub number: u64,
    pub revision: Arc<Revision>,
    pub description: Option<Arc<str>>,
    pub created_ms: i64,
}

impl Version {
    pub fn arn(&self) -> String {
        format!("{}:{}", self.revision.arn_text, self.number)
    }
}

/// A creation or an update that publishes its result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publish {
    pub description: Option<Arc<str>>,
}

/// Publishes what a machine is now.
#[derive(Clone, Debug)]
pub struct PublishVersion {
    pub machine: StateMachineArn,
    /// Only if the machine still is at this revision.
    pub revision: Option<ExpectedRevision>,
    pub description: Option<Arc<str>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExpectedRevision {
    /// The machine was never updated.
    Initial,
    Id(Arc<str>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PublishVersionError {
    DoesNotExist,
    Deleting,
    /// The machine is at another revision, this one; the first one has no id.
    Conflict {
        current: Option<Arc<str>>,
    },
    LimitExceeded,
    NotWritten(NotWritten),
}

impl From<NotWritten> for PublishVersionError {
    fn from(why: NotWritten) -> Self {
        PublishVersionError::NotWritten(why)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeleteVersionError {
    /// Names of the aliases that route to it.
    Referenced(Vec<Arc<str>>),
    NotWritten(NotWritten),
}

impl From<NotWritten> for DeleteVersionError {
    fn from(why: NotWritten) -> Self {
        DeleteVersionError::NotWritten(why)
    }
}
