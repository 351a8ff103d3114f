//! Tags in requests: their shape and rules.

use serde::Deserialize;

use super::constraint::Constraints;
use super::limits;
use super::member::{Structure, Text};
use crate::domain::{InDoubt, Tag};
use crate::error::ApiError;

pub(crate) type TagShapes<'a> = Vec<Structure<TagShape<'a>>>;

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct TagShape<'a> {
    key: Option<Text<'a>>,
    value: Option<Text<'a>>,
}

pub(crate) fn check_tags(constraints: &mut Constraints, tags: Option<&TagShapes<'_>>) {
    for (index, tag) in tags.into_iter().flatten().enumerate() {
        let member = index + 1;
        constraints.required(format_args!("tags.{member}.member.key"), &tag.key, &limits::TAG_KEY);
        constraints.optional(format_args!("tags.{member}.member.value"), &tag.value, &limits::TAG_VALUE);
    }
}

/// The tags to set; of one key given twice the last counts.
pub(crate) fn read_tags(
    tags: Option<&TagShapes<'_>>,
    resource: &str,
    tags_max: usize,
) -> Result<Vec<Tag>, ApiError> {
    let mut read: Vec<Tag> = Vec::new();
    for tag in tags.into_iter().flatten() {
        let key = tag.key.as_deref().unwrap_or_default();
        let value = tag.value.as_deref().unwrap_or_default();
        check_text("key", key)?;
        check_text("value", value)?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(ApiError::Validation(format!("Tag key '{key}' uses the reserved prefix 'aws:'")));
        }
        if key == InDoubt::TAG && InDoubt::of_tag_value(value).is_none() {
            let [(first, _), (second, _)] = InDoubt::TAG_VALUES;
            let message = format!("Tag '{key}' must be '{first}' or '{second}', found '{value}'");
            return Err(ApiError::Validation(message));
        }
        read.retain(|earlier| *earlier.key != *key);
        read.push(Tag { key: key.into(), value: value.into() });
        if read.len() > tags_max {
            return Err(ApiError::TooManyTags(resource.to_owned()));
        }
    }
    Ok(read)
}

fn check_text(what: &str, text: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        None => Ok(()),
        Some(_) => Err(ApiError::Validation(format!(
            "Tag {what} '{text}' may hold only letters, digits, white space and _ . : / = + - @"
        ))),
    }
}

#[cfg(test)]
mod tests;
