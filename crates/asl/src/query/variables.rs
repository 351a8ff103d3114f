//! The variables that an expression may read.
//!
//! Here: a list that is cheap to clone. Not here: which frame holds which variable (`execution`), and
//! how they are made (`assign`).

use std::sync::Arc;

use crate::json::Document;

/// The variables visible in a frame, those of inner blocks before those of outer ones.
#[derive(Clone, Debug, Default)]
pub struct Variables(Arc<[(Arc<str>, Document)]>);

impl Variables {
    /// The value of a variable; of equal names the innermost.
    pub(crate) fn get(&self, name: &str) -> Option<&Document> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// Every variable, those of outer blocks before those of inner ones.
    pub(crate) fn outer_first(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.0.iter().rev().map(|(name, value)| (&**name, value))
    }
}

impl FromIterator<(Arc<str>, Document)> for Variables {
    /// Inner blocks first.
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Document)>>(variables: T) -> Self {
        let variables: Vec<(Arc<str>, Document)> = variables.into_iter().collect();
        // Most executions have none: the default costs no allocation.
        if variables.is_empty() { Variables::default() } else { Variables(variables.into()) }
    }
}
