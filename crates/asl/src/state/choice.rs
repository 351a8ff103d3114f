//! Choice: which state is next.

mod comparison;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use comparison::java_order;
use rule::Rule;

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::definition::{Draft, StateId};
use crate::query::jsonpath::Path;
use crate::query::{Assign, Interrupted, Scope};
use crate::state::Outcome;

#[derive(Debug)]
pub struct Choice {
    rules: Vec<Branch>,
    default: Option<StateId>,
}

/// What one rule leads to.
#[derive(Debug)]
struct Branch {
    rule: Rule,
    next: StateId,
    assign: Assign,
}

#[derive(Debug)]
pub enum Decision {
    Taken {
        next: StateId,
        outcome: Outcome,
    },
    /// No rule matched and there is no `Default`: `States.NoChoiceMatched`.
    NoneMatched,
}

impl Choice {
    pub(crate) fn read(section: &Section<'_>, draft: &Draft<'_>, report: &mut Report<'_>) -> Option<Choice> {
        section.require(&["Choices"], report);
        let mut rules = Vec::new();
        let choices = section.list("Choices", report);
        for (node, place) in &choices {
            let Some(rule) = Section::read(node, place.clone(), report) else { continue };
            rule.require(&["Next"], report);
            let next = rule.string("Next", report).and_then(|name| draft.target(&name));
            let assign = Assign::read(&rule, report);
            let rule = Rule::read(&rule, rule::Level::Top, report);
            rules.push(rule.zip(next).map(|(rule, next)| Branch { rule, next, assign }));
        }
        let default = match section.string("Default", report) {
            Some(name) => Some(draft.target(&name)?),
            None => None,
        };
        if choices.is_empty() || rules.len() < choices.len() {
            return None;
        }
        Some(Choice { rules: rules.into_iter().collect::<Option<_>>()?, default })
    }

    /// The first matching rule, else `Default`, with the state's InputPath and OutputPath applied. A rule
    /// that is taken assigns what it says itself; the state's `Assign` belongs to `Default`.
    pub fn decide(&self, state: &crate::State, scope: &Scope<'_>) -> Result<Decision, Interrupted> {
        let input = state.effective_input(scope)?;
        let view = state.view(scope).of(&input);
        for branch in &self.rules {
            if branch.rule.matches(view)? {
                let outcome = state.outcome_assigning(scope, &input, &branch.assign)?;
                return Ok(Decision::Taken { next: branch.next, outcome });
            }
        }
        match self.default {
            Some(next) => Ok(Decision::Taken { next, outcome: state.outcome(scope, &input)? }),
            None => Ok(Decision::NoneMatched),
        }
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        for branch in &self.rules {
            branch.rule.paths(found);
            branch.assign.paths(found);
        }
    }
}
