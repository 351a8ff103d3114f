//! Calls in doubt: what can become of one, and the word that a state machine's owner has in it
//! (`docs/decisions/0014-a-tag-says-what-becomes-of-calls-in-doubt.md`).
//!
//! Not here: what is right for a call where the owner says nothing (the runner).
//! INVARIANT: what the owner says counts for every call of the machine, whatever the call does.

use crate::catalog::Tag;

/// What becomes of a call that may have been made (`design/engine.md` 2.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InDoubt {
    /// It is sent again: nothing is done twice by it, or the owner accepts that.
    CallAgain,
    /// It is not sent again, and its end is waited for: whoever has the token may still answer, and the
    /// attempt has a time limit.
    KeepWaiting,
    /// The attempt fails, so that the workflow's own Retry decides.
    Fail,
}

impl InDoubt {
    /// The key of the tag by which the owner of a state machine decides.
    pub const TAG: &str = "stairway:in-doubt";
    /// What the tag may say.
    pub const TAG_VALUES: [(&str, InDoubt); 2] =
        [("call-again", InDoubt::CallAgain), ("fail", InDoubt::Fail)];

    /// What a value of the tag asks for; none if it means nothing.
    pub fn of_tag_value(value: &str) -> Option<InDoubt> {
        InDoubt::TAG_VALUES.iter().find(|(name, _)| *name == value).map(|(_, wanted)| *wanted)
    }

    /// What the tags of a state machine ask for.
    pub(crate) fn of_tags(tags: &[Tag]) -> Option<InDoubt> {
        let tag = tags.iter().find(|tag| *tag.key == *InDoubt::TAG)?;
        InDoubt::of_tag_value(&tag.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tag_decides_and_only_with_a_value_that_means_something() {
        let check = |key: &str, value: &str, expected: Option<InDoubt>| {
            let other = Tag { key: "team".into(), value: "call-again".into() };
            let tags = [other, Tag { key: key.into(), value: value.into() }];
            assert_eq!(InDoubt::of_tags(&tags), expected, "{key}={value}");
        };
        check("stairway:in-doubt", "call-again", Some(InDoubt::CallAgain));
        check("stairway:in-doubt", "fail", Some(InDoubt::Fail));
        check("stairway:in-doubt", "Fail", None);
        check("in-doubt", "fail", None);
    }
}
