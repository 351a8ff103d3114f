//! Filters: `[?(@.price < 10 && @.tags)]`.

use std::cmp::Ordering;

use super::Step;
use super::evaluate::{Match, select};
use crate::json::{Number, Value};
use crate::query::{Budget, Interrupted};

#[derive(Clone, Debug)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare { left: Operand, operator: Operator, right: Operand },
    Matches { left: Operand, pattern: regex_lite::Regex },
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Value),
    /// `@...`: from the item that is tested.
    Item(Vec<Step>),
    /// `$...`: from the whole document.
    Document(Vec<Step>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Filter {
    pub(super) fn accepts(
        &self,
        item: &Value,
        document: &Value,
        budget: &Budget,
    ) -> Result<bool, Interrupted> {
        budget.spend(1)?;
        match self {
            Filter::Or(parts) => {
                for part in parts {
                    if part.accepts(item, document, budget)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::And(parts) => {
                for part in parts {
                    if !part.accepts(item, document, budget)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Not(part) => Ok(!part.accepts(item, document, budget)?),
            Filter::Exists(operand) => Ok(operand.find(item, document, budget)?.is_present()),
            Filter::Compare { left, operator, right } => {
                let left = left.find(item, document, budget)?.into_value().ok();
                let right = right.find(item, document, budget)?.into_value().ok();
                compare(left.as_ref(), *operator, right.as_ref(), budget)
            }
            Filter::Matches { left, pattern } => match left.find(item, document, budget)? {
                Match::One(Value::String(text)) => {
                    budget.spend(text.len() as u64)?;
                    // As Java's `matches`: the whole text, not a part of it.
                    Ok(pattern.find(&text).is_some_and(|found| found.len() == text.len()))
                }
                _ => Ok(false),
            },
        }
    }
}

impl Operand {
    fn find(&self, item: &Value, document: &Value, budget: &Budget) -> Result<Match, Interrupted> {
        match self {
            Operand::Literal(value) => Ok(Match::One(value.clone())),
            Operand::Item(steps) => select(steps, item, document, budget),
            Operand::Document(steps) => select(steps, document, document, budget),
        }
    }
}

/// A side that leads nowhere equals nothing, not even another such side.
fn compare(
    left: Option<&Value>,
    operator: Operator,
    right: Option<&Value>,
    budget: &Budget,
) -> Result<bool, Interrupted> {
    let (Some(left), Some(right)) = (left, right) else {
        return Ok(matches!(operator, Operator::NotEqual | Operator::NotIn));
    };
    let ordered = |accepts: fn(Ordering) -> bool| order(left, right).is_some_and(accepts);
    Ok(match operator {
        Operator::Equal => equal(left, right, budget)?,
        Operator::NotEqual => !equal(left, right, budget)?,
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
        Operator::In => is_in(left, right, budget)?,
        Operator::NotIn => !is_in(left, right, budget)?,
    })
}

fn is_in(value: &Value, list: &Value, budget: &Budget) -> Result<bool, Interrupted> {
    for item in list.as_array().map_or(&[][..], |items| items.as_slice()) {
        if equal(value, item, budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(left: &Value, right: &Value, budget: &Budget) -> Result<bool, Interrupted> {
    budget.spend(size(left).min(size(right)))?;
    Ok(match (left, right) {
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            Number::from_text(text).is_some_and(|other| *number == other)
        }
        _ => left == right,
    })
}

/// How many values a comparison may have to look at.
fn size(value: &Value) -> u64 {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<u64>(),
        Value::String(text) => 1 + text.len() as u64 / 64,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(crate::state::choice::java_order(left, right)),
        _ => None,
    }
}
