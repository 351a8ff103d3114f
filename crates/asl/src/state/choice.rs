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
use crate::json::Value;
use crate::query::jsonata::reader::{Given, Reader, Sees};
use crate::query::jsonata::{Expected, States};
use crate::query::jsonpath::Path;
use crate::query::{Assign, Interrupted, Scope, jsonata};
use crate::state::{Exit, Outcome};

#[derive(Debug)]
pub struct Choice {
    rules: Vec<Branch>,
    default: Option<StateId>,
}

/// What one rule leads to.
#[derive(Debug)]
struct Branch {
    test: Test,
    next: StateId,
    exit: Exit,
}

#[derive(Debug)]
enum Test {
    Rule(Rule),
    /// `Condition` of a JSONata state.
    Condition(Given<bool>),
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
            let exit = Exit::JsonPath(Assign::read(&rule, report));
            let rule = Rule::read(&rule, rule::Level::Top, report).map(Test::Rule);
            rules.push(rule.zip(next).map(|(test, next)| Branch { test, next, exit }));
        }
        Choice::of(section, choices.len(), rules, draft, report)
    }

    pub(crate) fn read_jsonata(
        section: &Section<'_>,
        draft: &Draft<'_>,
        reader: &mut Reader<'_, '_>,
    ) -> Option<Choice> {
        section.require(&["Choices"], reader.report);
        let mut rules = Vec::new();
        let choices = section.list("Choices", reader.report);
        for (node, place) in &choices {
            let Some(rule) = Section::read(node, place.clone(), reader.report) else { continue };
            rule.require(&["Condition", "Next"], reader.report);
            for member in rule.members() {
                if !["Condition", "Next", "Comment", "Assign", "Output"].contains(&&*member.key) {
                    reader.report.schema("Field is not supported".into(), &rule.place.member(member));
                }
            }
            let next = rule.string("Next", reader.report).and_then(|name| draft.target(&name));
            let condition = reader.boolean(&rule, "Condition").map(Test::Condition);
            let exit = Exit::Jsonata(jsonata::fields::Exit::read(&rule, Sees::Input, reader));
            rules.push(condition.zip(next).map(|(test, next)| Branch { test, next, exit }));
        }
        Choice::of(section, choices.len(), rules, draft, reader.report)
    }

    /// None if one of the rules could not be read.
    fn of(
        section: &Section<'_>,
        length: usize,
        rules: Vec<Option<Branch>>,
        draft: &Draft<'_>,
        report: &mut Report<'_>,
    ) -> Option<Choice> {
        let default = match section.string("Default", report) {
            Some(name) => Some(draft.target(&name)?),
            None => None,
        };
        if length == 0 || rules.len() < length {
            return None;
        }
        Some(Choice { rules: rules.into_iter().collect::<Option<_>>()?, default })
    }

    /// The first matching rule, else `Default`, with the state's InputPath and OutputPath applied. A rule
    /// that is taken assigns (and outputs) what it says itself; the state's own belongs to `Default`.
    pub fn decide(&self, state: &crate::State, scope: &Scope<'_>) -> Result<Decision, Interrupted> {
        let input = state.effective_input(scope)?;
        let view = state.view(scope).of(&input);
        for branch in &self.rules {
            let is_taken = match &branch.test {
                Test::Rule(rule) => rule.matches(view)?,
                Test::Condition(Given::Literal(holds)) => *holds,
                Test::Condition(Given::Expression(condition)) => {
                    condition.typed(States::before(scope), Expected::Boolean)? == Value::Bool(true)
                }
            };
            if is_taken {
                let outcome = state.outcome_leaving(scope, &input, &branch.exit)?;
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
            if let Test::Rule(rule) = &branch.test {
                rule.paths(found);
            }
            if let Exit::JsonPath(assign) = &branch.exit {
                assign.paths(found);
            }
        }
    }
}
