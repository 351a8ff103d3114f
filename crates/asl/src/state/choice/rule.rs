//! One rule of a Choice: a comparison, or `And`, `Or`, `Not` over rules.

use super::comparison::{Comparison, Operand};
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::query::jsonpath::Path;
use crate::query::{Interrupted, View};

#[derive(Debug)]
pub(super) enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Compare { variable: Path, comparison: Comparison, operand: Operand },
}

/// Only rules of the `Choices` list themselves have `Next`, `Assign` and `Output`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Top,
    Nested,
}

impl Rule {
    /// None if the rule could not be read; that is reported.
    pub(super) fn read(section: &Section<'_>, level: Level, report: &mut Report<'_>) -> Option<Rule> {
        let extra: &[&str] = match level {
            Level::Top => &["Next", "Comment", "Assign"],
            Level::Nested => &["Comment"],
        };
        let members = section.members().iter().filter(|member| !extra.contains(&&*member.key));
        let names: Vec<&str> = members.map(|member| &*member.key).collect();
        match names[..] {
            ["And"] => Rule::read_list(section, "And", report).map(Rule::And),
            ["Or"] => Rule::read_list(section, "Or", report).map(Rule::Or),
            ["Not"] => {
                let (node, place) = section.field("Not")?;
                let inner = Section::read(node, place, report)?;
                Rule::read(&inner, Level::Nested, report).map(|rule| Rule::Not(Box::new(rule)))
            }
            _ => Rule::read_comparison(section, &names, report),
        }
    }

    fn read_list(section: &Section<'_>, name: &str, report: &mut Report<'_>) -> Option<Vec<Rule>> {
        let list = section.list(name, report);
        let read = |(node, place)| Rule::read(&Section::read(node, place, report)?, Level::Nested, report);
        let rules: Vec<Option<Rule>> = list.into_iter().map(read).collect();
        if rules.is_empty() { None } else { rules.into_iter().collect() }
    }

    fn read_comparison(section: &Section<'_>, names: &[&str], report: &mut Report<'_>) -> Option<Rule> {
        let is_complete = section.require(&["Variable"], report);
        let operators: Vec<&str> = names.iter().copied().filter(|name| *name != "Variable").collect();
        for name in &operators {
            if Comparison::named(name).is_none()
                && let Some((_, place)) = section.field(name)
            {
                report.schema("Field is not supported".into(), &place);
            }
        }
        let known: Vec<&str> =
            operators.iter().copied().filter(|name| Comparison::named(name).is_some()).collect();
        let [name] = known[..] else {
            let finding = if known.is_empty() {
                "A comparison operator is required"
            } else {
                "Only one comparison operator can be given"
            };
            report.schema(finding.into(), &section.place);
            return None;
        };
        let variable = section.path("Variable", report);
        let (comparison, takes_path) = Comparison::named(name)?;
        let operand = Operand::read(section, name, comparison, takes_path, report)?;
        (is_complete && operators.len() == 1).then_some(())?;
        Some(Rule::Compare { variable: variable?, comparison, operand })
    }

    pub(super) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Rule::And(rules) | Rule::Or(rules) => rules.iter().for_each(|rule| rule.paths(found)),
            Rule::Not(rule) => rule.paths(found),
            Rule::Compare { variable, operand, .. } => {
                found.push(variable);
                if let Operand::Path(path) = operand {
                    found.push(path);
                }
            }
        }
    }

    pub(super) fn matches(&self, view: View<'_>) -> Result<bool, Interrupted> {
        view.scope.budget.spend(1)?;
        match self {
            Rule::And(rules) => {
                for rule in rules {
                    if !rule.matches(view)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Rule::Or(rules) => {
                for rule in rules {
                    if rule.matches(view)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Rule::Not(rule) => Ok(!rule.matches(view)?),
            Rule::Compare { variable, comparison, operand } => {
                let found = view.select(variable)?;
                if *comparison == Comparison::IsPresent {
                    return Ok(operand.is_true() == found.is_present());
                }
                let value = found.into_value().map_err(|_| invalid_reference(variable))?;
                match operand {
                    Operand::Literal(literal) => comparison.holds(&value, literal, view.scope.budget),
                    Operand::Path(path) => {
                        let other = view.select(path)?.into_value().map_err(|_| invalid_reference(path))?;
                        comparison.holds(&value, &other, view.scope.budget)
                    }
                }
            }
        }
    }
}

fn invalid_reference(path: &Path) -> Interrupted {
    let path = path.text();
    Interrupted::runtime(format!(
        "Invalid path '{path}': The choice state's condition path references an invalid value."
    ))
}
