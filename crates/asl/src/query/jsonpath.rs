//! JSONPath in the dialect of Jayway's library, which AWS uses.
//!
//! Here: paths as trees, read once when a definition is parsed, evaluated by reference.
//! Where Jayway departs from RFC 9535 this follows Jayway: a filter on an object tests the object
//! itself, several names in one bracket at the end give one object, a number equals a string that
//! reads as that number. Beyond Jayway, a slice may have a step. AWS's own rule: what is not found
//! under an indefinite path gives an empty array, never an error.

mod evaluate;
mod filter;
pub(crate) mod intrinsic;
mod parse;
pub(crate) mod reference_path;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub(crate) use evaluate::Match;
use filter::Filter;

/// A path as the definition has it.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    text: Arc<str>,
    root: Root,
    steps: Arc<[Step]>,
}

/// What a path starts from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Root {
    /// `$`
    Input,
    /// `$$`
    Context,
    /// `$name`
    Variable(Arc<str>),
}

#[derive(Clone, Debug)]
enum Step {
    Member(Arc<str>),
    /// `['a','b']`
    Members(Vec<Arc<str>>),
    Index(i64),
    /// `[0,2]`
    Indexes(Vec<i64>),
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
    Wildcard,
    /// `..`: the nodes themselves and everything below them, for the step that follows.
    Descendants,
    Filter(Filter),
}

/// A step that leads to one value at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plain<'a> {
    Member(&'a str),
    Index,
}

/// Why a text is not a path, or not a call of an intrinsic function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SyntaxError {
    pub(crate) reason: String,
    /// The character at which the reader stopped, from 1; none if the text as a whole is refused.
    pub(crate) position: Option<usize>,
}

impl SyntaxError {
    /// `at` is the byte of `text` at which the reader stopped.
    fn at(text: &str, at: usize, reason: &str) -> SyntaxError {
        SyntaxError { reason: reason.to_owned(), position: Some(text[..at].chars().count() + 1) }
    }

    fn whole(reason: &str) -> SyntaxError {
        SyntaxError { reason: reason.to_owned(), position: None }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{} at character {position}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Path, SyntaxError> {
        parse::parse(text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// Just `$`, `$$` or `$name`.
    pub(crate) fn is_whole(&self) -> bool {
        self.steps.is_empty()
    }

    /// The first step's name, if it is one: lets a caller build only that part of the root.
    pub(crate) fn first_member(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Member(name)) => Some(name),
            _ => None,
        }
    }

    /// The steps up to the first one that may lead to several values.
    pub(crate) fn plain_steps(&self) -> impl Iterator<Item = Plain<'_>> {
        self.steps.iter().map_while(|step| match step {
            Step::Member(name) => Some(Plain::Member(name)),
            Step::Index(_) => Some(Plain::Index),
            Step::Members(_)
            | Step::Indexes(_)
            | Step::Slice { .. }
            | Step::Wildcard
            | Step::Descendants
            | Step::Filter(_) => None,
        })
    }

    /// Whether the path is a Reference Path: names and single indexes only.
    pub(crate) fn is_reference(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Member(_) | Step::Index(_)))
    }
}

/// Whether steps can only ever lead to one value.
fn is_definite(steps: &[Step]) -> bool {
    steps.iter().enumerate().all(|(at, step)| match step {
        Step::Member(_) | Step::Index(_) => true,
        Step::Members(_) => at + 1 == steps.len(),
        Step::Indexes(_) | Step::Slice { .. } | Step::Wildcard | Step::Descendants | Step::Filter(_) => false,
    })
}

/// Jayway's spelling of steps: `$['a'][0]`.
fn canonical(steps: &[Step]) -> String {
    let mut text = String::from("$");
    for step in steps {
        text.push_str(&match step {
            Step::Member(name) => format!("['{name}']"),
            Step::Members(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
                format!("[{}]", names.join(","))
            }
            Step::Index(index) => format!("[{index}]"),
            Step::Indexes(indexes) => {
                let indexes: Vec<String> = indexes.iter().map(i64::to_string).collect();
                format!("[{}]", indexes.join(","))
            }
            Step::Slice { start, end, .. } => {
                let bound = |bound: &Option<i64>| bound.map_or(String::new(), |bound| bound.to_string());
                format!("[{}:{}]", bound(start), bound(end))
            }
            Step::Wildcard => "[*]".into(),
            Step::Descendants => "..".into(),
            Step::Filter(_) => "[?]".into(),
        });
    }
    text
}
