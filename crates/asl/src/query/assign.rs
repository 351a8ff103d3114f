//! `Assign`: the variables that a state, a Choice rule or a catcher sets when it is left.
//!
//! Every reference reads the values that variables had when the state was entered: whoever evaluates
//! hands them in, and stores what comes out only afterwards. Names are checked in `check/variables`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::jsonpath::Path;
use super::template::Template;
use super::{Interrupted, View};
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::json::{Document, Value};

#[derive(Debug, Default)]
pub(crate) struct Assign(Vec<(Arc<str>, Template)>);

impl Assign {
    /// The section's `Assign`, empty if there is none.
    pub(crate) fn read(section: &Section<'_>, report: &mut Report<'_>) -> Assign {
        let Some((node, place)) = section.field("Assign") else { return Assign::default() };
        if Section::read(node, place.clone(), report).is_none() {
            return Assign::default();
        }
        Assign(match Template::read(node, &place, report) {
            Some(Template::Object(parts)) => parts,
            Some(Template::Literal(Value::Object(members))) => {
                members.iter().map(|(name, value)| (name.clone(), Template::Literal(value.clone()))).collect()
            }
            _ => Vec::new(),
        })
    }

    /// The new values. `view.input` is what `$` stands for: a state's raw result, its effective input
    /// where it has no result, or an error output.
    pub(crate) fn evaluate(&self, view: View<'_>) -> Result<Vec<(Arc<str>, Document)>, Interrupted> {
        let value = |(name, template): &(Arc<str>, Template)| {
            Ok((name.clone(), view.write(template.evaluate(view)?)?))
        };
        self.0.iter().map(value).collect()
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        self.0.iter().for_each(|(_, template)| template.paths(found));
    }
}
