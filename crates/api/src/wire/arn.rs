//! ARNs and names of requests, read by `asl` and refused in AWS's words.
//!
//! A resource of another owner (account, region) is answered like one that does not exist: whether it
//! does must not show (`design/security.md` S43).

use std::sync::Arc;

use asl::arn::{ArnError, Qualifier};

use crate::domain::{ActivityArn, ExecutionArn, Owner, StateMachineArn};
use crate::error::ApiError;

/// LIMIT: characters of a region's name; the longest of AWS has 15.
const REGION_CHARS_MAX: usize = 32;

impl From<ArnError> for ApiError {
    fn from(error: ArnError) -> Self {
        ApiError::InvalidArn(error.to_string())
    }
}

/// The machine that a request names; `None` when this caller can have no such machine. The ARN of a
/// version, an alias or a labelled machine names none.
pub(crate) fn state_machine_of(owner: &Owner, text: &str) -> Result<Option<StateMachineArn>, ApiError> {
    let (arn, qualifier) = StateMachineArn::parse_qualified(text)?;
    Ok((qualifier.is_none() && arn.owner == *owner).then_some(arn))
}

/// A machine, with the version, alias or label of it that is meant; `None` as above.
pub(crate) fn qualified_of(
    owner: &Owner,
    text: &str,
) -> Result<Option<(StateMachineArn, Option<Qualifier>)>, ApiError> {
    let (arn, qualifier) = StateMachineArn::parse_qualified(text)?;
    Ok((arn.owner == *owner).then_some((arn, qualifier)))
}

/// The machine and the number in the ARN of a version.
pub(crate) fn version_of(text: &str) -> Result<(StateMachineArn, u64), ApiError> {
    match StateMachineArn::parse_qualified(text)? {
        (arn, Some(Qualifier::Version(number))) => Ok((arn, number)),
        (_, Some(Qualifier::Alias(_) | Qualifier::Label(_)) | None) => {
            Err(ApiError::InvalidArn(format!("expected the ARN of a version, found {text}")))
        }
    }
}

/// The machine and the name in the ARN of an alias.
pub(crate) fn alias_of(text: &str) -> Result<(StateMachineArn, Arc<str>), ApiError> {
    match StateMachineArn::parse_qualified(text)? {
        (arn, Some(Qualifier::Alias(name))) => Ok((arn, name)),
        (_, Some(Qualifier::Version(_) | Qualifier::Label(_)) | None) => {
            Err(ApiError::InvalidArn(format!("expected the ARN of an alias, found {text}")))
        }
    }
}

pub(crate) fn qualifier_of(text: &str) -> Result<Option<Qualifier>, ApiError> {
    Ok(StateMachineArn::parse_qualified(text)?.1)
}

pub(crate) fn execution_of(owner: &Owner, text: &str) -> Result<ExecutionArn, ApiError> {
    let arn: ExecutionArn = text.parse()?;
    if arn.owner != *owner {
        return Err(ApiError::ExecutionDoesNotExist(text.to_owned()));
    }
    Ok(arn)
}

/// `None` when this caller can have no such activity.
pub(crate) fn activity_of(owner: &Owner, text: &str) -> Result<Option<ActivityArn>, ApiError> {
    let arn: ActivityArn = text.parse()?;
    Ok((arn.owner == *owner).then_some(arn))
}

/// The length of a name is a constraint of the model; which characters it may have is checked here.
pub(crate) fn check_name(name: &str) -> Result<(), ApiError> {
    asl::arn::check_name(name).map_err(|_| ApiError::InvalidName(name.to_owned()))
}

/// Any well-formed role is accepted until roles are switched on (`spec/features.md` 9, 36).
pub(crate) fn check_role(text: &str) -> Result<(), ApiError> {
    let mut parts = text.splitn(6, ':');
    let well_formed = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| !partition.is_empty())
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next().is_some_and(is_account)
        && parts.next().and_then(|role| role.strip_prefix("role/")).is_some_and(|name| !name.is_empty());
    if well_formed { Ok(()) } else { Err(ApiError::InvalidRoleArn(text.to_owned())) }
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_region(text: &str) -> bool {
    (1..=REGION_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests;
