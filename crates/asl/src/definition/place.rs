//! A part of a definition: where AWS says it is, and where it stands in the text.
//!
//! A place is the step from the part around it. INVARIANT: its text is only put together when somebody reads
//! it: there are many places, few findings, and one long name may have thousands of parts below it.

use std::fmt;
use std::sync::Arc;

use super::source::{Member, Node};

#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// None for the definition as a whole.
    step: Option<Arc<Step>>,
    pub(super) offset: usize,
}

#[derive(Debug)]
struct Step {
    around: Option<Arc<Step>>,
    to: To,
}

#[derive(Debug)]
enum To {
    Member(Arc<str>),
    /// As AWS writes it: `Branches[0]`.
    Item(usize),
}

/// The way from a part of the definition to a part of that: `Output/result`.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    end: Option<Arc<Step>>,
    steps: usize,
}

impl Place {
    pub(crate) fn root(node: &Node) -> Place {
        Place { step: None, offset: node.offset }
    }

    pub(crate) fn member(&self, member: &Member) -> Place {
        self.to(To::Member(member.key.clone()), &member.node)
    }

    pub(crate) fn named(&self, name: &str, node: &Node) -> Place {
        self.to(To::Member(name.into()), node)
    }

    pub(crate) fn item(&self, index: usize, node: &Node) -> Place {
        self.to(To::Item(index), node)
    }

    /// The same part, shown where something inside it stands.
    pub(crate) fn shown_at(&self, inside: &Node) -> Place {
        Place { step: self.step.clone(), offset: inside.offset }
    }

    /// The way here from a part around this one.
    pub(crate) fn below(&self, outer: &Place) -> Way {
        let depth = |place: &Place| ancestry(place.step.as_deref()).count();
        Way { end: self.step.clone(), steps: depth(self).saturating_sub(depth(outer)) }
    }

    pub(super) fn location(&self) -> String {
        let mut location = String::new();
        write(self.step.as_deref(), usize::MAX, &mut location);
        if location.is_empty() { "/".into() } else { location }
    }

    fn to(&self, to: To, node: &Node) -> Place {
        Place { step: Some(Arc::new(Step { around: self.step.clone(), to })), offset: node.offset }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut way = String::new();
        write(self.end.as_deref(), self.steps, &mut way);
        f.write_str(way.trim_start_matches('/'))
    }
}

/// A step and those that lead to it, the last first.
fn ancestry(step: Option<&Step>) -> impl Iterator<Item = &Step> {
    std::iter::successors(step, |step| step.around.as_deref())
}

/// The last `steps` steps, in the order in which they are taken.
fn write(end: Option<&Step>, steps: usize, out: &mut String) {
    let taken: Vec<&Step> = ancestry(end).take(steps).collect();
    for step in taken.into_iter().rev() {
        match &step.to {
            To::Member(name) => {
                out.push('/');
                out.push_str(name);
            }
            To::Item(index) => out.push_str(&format!("[{index}]")),
        }
    }
}
