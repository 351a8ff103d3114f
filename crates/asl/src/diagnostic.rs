//! A finding about a definition, in AWS's words.

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    Warning,
    Error,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// AWS's code, for example `SCHEMA_VALIDATION_FAILED`.
    pub code: &'static str,
    pub message: String,
    /// JSON-pointer-like place, for example `/States/Wait/Timestamp`; none where AWS gives none.
    pub location: Option<String>,
    /// Where that begins in the definition's text, for showing it; none where there is no location.
    /// Of a mistake in the JSON itself it is the first wrong character, while Jackson's text in
    /// `message` and `location` counts that as read.
    pub position: Option<Position>,
    /// What may have been meant: a sentence of ours, for showing it. It is no part of AWS's words.
    pub hint: Option<String>,
}

/// A place in a text; both count from 1, columns in UTF-16 units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl std::fmt::Display for Diagnostic {
    /// `CODE: message at /location`, as AWS writes findings into `InvalidDefinition`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        match &self.location {
            Some(location) => write!(f, " at {location}"),
            None => Ok(()),
        }
    }
}
