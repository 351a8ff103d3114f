//! Where in parameters or in a result something stands.
//!
//! INVARIANT: a way is put together only when there is something to tell of its end: most inputs are right.

use std::fmt;

/// The way to an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'a>(Option<(&'a Way<'a>, Step<'a>)>);

/// One step of a way: to a member or an entry, or to an element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> Way<'a> {
    /// To the parameters or the result as a whole.
    pub(super) const NONE: Way<'static> = Way(None);

    pub(super) fn to<'b>(&'b self, step: Step<'b>) -> Way<'b> {
        Way(Some((self, step)))
    }
}

/// As a JSON pointer.
impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => Ok(()),
            Some((around, step)) => {
                let step = step.to_string().replace('~', "~0").replace('/', "~1");
                write!(f, "{around}/{step}")
            }
        }
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_a_json_pointer() {
        assert_eq!(Way::NONE.to_string(), "");
        let list = Way::NONE.to(Step::Name("a/b~"));
        assert_eq!(list.to(Step::Index(3)).to(Step::Name("c")).to_string(), "/a~1b~0/3/c");
    }
}
