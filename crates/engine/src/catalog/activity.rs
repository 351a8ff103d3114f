//! Activities as the catalog keeps them.

use std::sync::Arc;

use asl::arn::ActivityArn;

use crate::catalog::tag::Tag;
use crate::error::NotWritten;

#[derive(Clone, Debug)]
pub struct ActivityEntry {
    pub arn: ActivityArn,
    pub created_ms: i64,
    /// JSON text in AWS's shape; none for the default.
    pub encryption: Option<Arc<str>>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CreateActivityError {
    /// The name is taken by an activity with another encryption configuration.
    AlreadyExists,
    LimitExceeded,
    NotWritten(NotWritten),
}

impl From<NotWritten> for CreateActivityError {
    fn from(why: NotWritten) -> Self {
        CreateActivityError::NotWritten(why)
    }
}
