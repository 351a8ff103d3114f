//! Whose resources a request is about: account and region of its credential scope.
//!
//! `Authorization: AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/states/aws4_request, ...`
//! An access key id of twelve digits names the account, any other the default account. Who does not sign
//! gets the defaults. Not here: whether the signature is right (`access`), which decides before this.
//! INVARIANT: where signatures are asked for, whose request it is comes from the key that made one.

use std::cell::RefCell;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::access::Admitted;
use crate::domain::Owner;
use crate::error::ApiError;
use crate::wire::arn::{is_account, is_region};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Recognises callers. One per HTTP thread: the next request mostly comes from the same caller, and then
/// its owner is shared instead of built.
pub(crate) struct Callers {
    default: Owner,
    last: RefCell<Owner>,
}

impl Callers {
    pub(crate) fn new(default_account: &str, default_region: &str) -> Callers {
        let default = owner(default_account, default_region);
        Callers { last: RefCell::new(default.clone()), default }
    }

    pub(crate) fn owner_of(&self, headers: &HeaderMap) -> Result<Owner, ApiError> {
        let Some(scope) = signed_scope(headers)? else { return Ok(self.default.clone()) };
        let account = is_account(scope.access_key_id).then_some(scope.access_key_id);
        Ok(self.owner(account, scope.region))
    }

    /// Of a request whose signature was found right.
    pub(crate) fn owner_admitted(&self, admitted: &Admitted) -> Owner {
        self.owner(admitted.account.as_deref(), &admitted.region)
    }

    fn owner(&self, account: Option<&str>, region: &str) -> Owner {
        let account = account.unwrap_or(&self.default.account);
        let mut last = self.last.borrow_mut();
        if *last.account != *account || *last.region != *region {
            *last = owner(account, region);
        }
        last.clone()
    }
}

/// Whether the request names its caller at all.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

struct Scope<'a> {
    access_key_id: &'a str,
    region: &'a str,
}

fn signed_scope(headers: &HeaderMap) -> Result<Option<Scope<'_>>, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let incomplete = || {
        ApiError::IncompleteSignature(
            "the `Authorization` header holds no complete credential scope".to_owned(),
        )
    };
    let text = value.to_str().map_err(|_| incomplete())?;
    let Some(parameters) = text.strip_prefix(ALGORITHM) else { return Ok(None) };
    let credential = parameters
        .split(',')
        .find_map(|parameter| parameter.trim_start().strip_prefix("Credential="))
        .ok_or_else(incomplete)?;
    // An access key id may hold slashes of its own; the scope is the last four parts.
    let mut parts = credential.trim_end().rsplitn(5, '/');
    let (Some("aws4_request"), Some("states"), Some(region), Some(_date), Some(access_key_id)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(incomplete());
    };
    if !is_region(region) {
        return Err(incomplete());
    }
    Ok(Some(Scope { access_key_id, region }))
}

fn owner(account: &str, region: &str) -> Owner {
    Owner { partition: partition_of(region).into(), region: region.into(), account: account.into() }
}

fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests;
