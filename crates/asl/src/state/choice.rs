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
use crate::query::{Interrupted, Scope};
use crate::state::Outcome;

#[derive(Debug)]
pub struct Choice {
    rules: Vec<(Rule, StateId)>,
    default: Option<StateId>,
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
            if let Some((_, place)) = rule.field("Assign") {
                report.unsupported("variables", &place);
            }
            let next = rule.string("Next", report).and_then(|name| draft.target(&name));
            rules.push(Rule::read(&rule, rule::Level::Top, report).zip(next));
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

    /// The first matching rule, else `Default`, with the state's InputPath, OutputPath and Assign applied.
    pub fn decide(&self, state: &crate::State, scope: &Scope<'_>) -> Result<Decision, Interrupted> {
        let input = state.effective_input(scope)?;
        let view = state.view(scope).of(&input);
        let mut next = self.default;
        for (rule, target) in &self.rules {
            if rule.matches(view)? {
                next = Some(*target);
                break;
            }
        }
        match next {
            Some(next) => Ok(Decision::Taken { next, outcome: state.outcome(scope, &input)? }),
            None => Ok(Decision::NoneMatched),
        }
    }
}
