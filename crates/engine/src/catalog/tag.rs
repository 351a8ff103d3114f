//! Tags of state machines and activities.

use std::sync::Arc;

use asl::arn::{ActivityArn, StateMachineArn};
use serde::{Deserialize, Serialize};

use crate::error::NotWritten;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tag {
    pub key: Arc<str>,
    pub value: Arc<str>,
}

/// What can carry tags.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Taggable {
    StateMachine(StateMachineArn),
    Activity(ActivityArn),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TagError {
    ResourceNotFound,
    TooManyTags,
    NotWritten(NotWritten),
}

impl From<NotWritten> for TagError {
    fn from(why: NotWritten) -> Self {
        TagError::NotWritten(why)
    }
}

/// Sets tags by key; the order of first setting is kept.
pub(super) fn set(tags: &[Tag], new: Vec<Tag>, tags_max: usize) -> Result<Vec<Tag>, TagError> {
    let mut tags = tags.to_vec();
    for tag in new {
        match tags.iter_mut().find(|old| old.key == tag.key) {
            Some(old) => old.value = tag.value,
            None => tags.push(tag),
        }
    }
    if tags.len() > tags_max { Err(TagError::TooManyTags) } else { Ok(tags) }
}

pub(super) fn remove(tags: &[Tag], keys: &[Arc<str>]) -> Vec<Tag> {
    tags.iter().filter(|tag| !keys.contains(&tag.key)).cloned().collect()
}
