//! `States.StringSplit`.

use std::collections::HashSet;
use std::sync::Arc;

use super::call::{Given, Outcome};
use super::size::must_fit;
use crate::json::Value;

/// Java's `StringTokenizer`: every character of the second argument is a delimiter, empty pieces are dropped.
pub(super) fn split(given: Given<'_>) -> Outcome {
    let (text, delimiters) = (given.text(0)?, given.text(1)?);
    let delimiters: HashSet<char> = delimiters.chars().collect();
    given.spend(text.len() + delimiters.len())?;
    let pieces = || text.split(|character| delimiters.contains(&character)).filter(|piece| !piece.is_empty());
    // Each piece takes its quotes and a comma.
    must_fit(pieces().map(|piece| piece.len() + 3).sum())?;
    Ok(Value::Array(Arc::new(pieces().map(Value::from).collect())))
}
