//! The query of an address under `/console/api/`, read into values that are within their bounds.

use std::str::FromStr;

use crate::domain::ExecutionStatus;
use crate::error::ApiError;
use crate::extension::percent_decoded;

/// LIMIT: characters of one value: an ARN in full, and more than any name.
const VALUE_CHARS_MAX: usize = 2_048;

const STATUSES: [ExecutionStatus; 5] = [
    ExecutionStatus::Running,
    ExecutionStatus::Succeeded,
    ExecutionStatus::Failed,
    ExecutionStatus::TimedOut,
    ExecutionStatus::Aborted,
];

/// Names and values; an empty value is as none.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(text: Option<&str>) -> Result<Query, ApiError> {
        let mut pairs = Vec::new();
        for part in text.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let broken = || ApiError::Validation(format!("expected a percent-encoded query, found `{part}`"));
            let value = percent_decoded(value).ok_or_else(broken)?;
            if value.chars().count() > VALUE_CHARS_MAX {
                return Err(ApiError::Validation(format!(
                    "expected at most {VALUE_CHARS_MAX} characters as `{name}`, found more"
                )));
            }
            if !value.is_empty() {
                pairs.push((name.to_owned(), value.into_owned()));
            }
        }
        Ok(Query(pairs))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn number<N>(&self, name: &str, least: N, most: N) -> Result<Option<N>, ApiError>
    where
        N: FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| {
            let bounds = format!("a number from {least} to {most}");
            ApiError::Validation(format!("expected {bounds} as `{name}`, found `{text}`"))
        })
    }

    pub(crate) fn status(&self, name: &str) -> Result<Option<ExecutionStatus>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let status = STATUSES.into_iter().find(|status| status.as_str() == text);
        status.map(Some).ok_or_else(|| {
            ApiError::Validation(format!("expected the status of an execution as `{name}`, found `{text}`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_are_none() {
        let query = Query::of(Some("name=a%20b%26c&error=&status=FAILED&limit=20")).unwrap();
        assert_eq!((query.text("name"), query.text("error")), (Some("a b&c"), None));
        assert_eq!(query.status("status"), Ok(Some(ExecutionStatus::Failed)));
        assert_eq!(query.number("limit", 1, 100), Ok(Some(20)));
        assert_eq!(query.number("other", 1, 100), Ok(None));
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        let query = Query::of(Some("limit=0&status=DONE")).unwrap();
        assert_eq!(
            query.number("limit", 1, 100),
            Err(ApiError::Validation("expected a number from 1 to 100 as `limit`, found `0`".to_owned()))
        );
        assert!(query.status("status").is_err());
        assert!(Query::of(Some("name=%zz")).is_err());
        assert!(Query::of(Some(&format!("name={}", "x".repeat(VALUE_CHARS_MAX + 1)))).is_err());
    }
}
