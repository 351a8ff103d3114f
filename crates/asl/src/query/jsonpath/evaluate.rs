//! Evaluation of a path on a value, by reference; what is found is shared, not copied.

use std::sync::Arc;

use super::{Path, Step, canonical, is_definite};
use crate::json::{Object, Value};
use crate::query::{Budget, Interrupted};

/// What a path finds.
#[derive(Clone, Debug)]
pub(crate) enum Match {
    One(Value),
    /// Of an indefinite path; may be empty.
    Many(Vec<Value>),
    /// A definite path leads nowhere; Jayway's text about it.
    Missing(String),
}

impl Match {
    /// One value: an indefinite path gives an array. `Err` is the text of what is missing.
    pub(crate) fn into_value(self) -> Result<Value, String> {
        match self {
            Match::One(value) => Ok(value),
            Match::Many(values) => Ok(Value::Array(Arc::new(values))),
            Match::Missing(text) => Err(text),
        }
    }

    pub(crate) fn is_present(&self) -> bool {
        match self {
            Match::One(_) => true,
            Match::Many(values) => !values.is_empty(),
            Match::Missing(_) => false,
        }
    }
}

impl Path {
    /// Applies the path's steps to `root` (what `$`, `$$` or the variable stands for).
    pub(crate) fn select(&self, root: &Value, budget: &Budget) -> Result<Match, Interrupted> {
        select(&self.steps, root, root, budget)
    }
}

/// `document` is what `$` means inside filters.
pub(super) fn select(
    steps: &[Step],
    from: &Value,
    document: &Value,
    budget: &Budget,
) -> Result<Match, Interrupted> {
    if let Some((Step::Members(names), before)) = steps.split_last() {
        return select_members(names, before, from, document, budget);
    }
    if is_definite(steps) {
        return select_one(steps, from, budget);
    }
    let nodes = walk(steps, from, document, budget)?;
    Ok(Match::Many(nodes.into_iter().cloned().collect()))
}

fn select_one(steps: &[Step], from: &Value, budget: &Budget) -> Result<Match, Interrupted> {
    budget.spend(1 + steps.len() as u64)?;
    let mut node = from;
    for (at, step) in steps.iter().enumerate() {
        match child(step, node) {
            Some(found) => node = found,
            None => return Ok(Match::Missing(what_is_missing(steps, at))),
        }
    }
    Ok(Match::One(node.clone()))
}

/// Jayway names the first missing property, but for the last step and for indexes the whole path.
fn what_is_missing(steps: &[Step], at: usize) -> String {
    let is_last = at + 1 == steps.len();
    match steps[at] {
        Step::Member(_) if !is_last => format!("Missing property in path {}", canonical(&steps[..=at])),
        _ => format!("No results for path: {}", canonical(steps)),
    }
}

/// `['a','b']` at the end of a path: one object with those of the members that are there.
fn select_members(
    names: &[Arc<str>],
    before: &[Step],
    from: &Value,
    document: &Value,
    budget: &Budget,
) -> Result<Match, Interrupted> {
    let pick = |members: &Object| {
        let picked = names.iter().filter_map(|name| Some((name.clone(), members.get(name)?.clone())));
        Value::Object(Arc::new(picked.collect()))
    };
    budget.spend(names.len() as u64)?;
    if is_definite(before) {
        return Ok(match select_one(before, from, budget)? {
            Match::One(Value::Object(members)) => Match::One(pick(&members)),
            Match::One(_) => Match::Missing(format!("No results for path: {}", canonical(before))),
            missing => missing,
        });
    }
    let nodes = walk(before, from, document, budget)?;
    Ok(Match::Many(nodes.into_iter().filter_map(|node| Some(pick(node.as_object()?))).collect()))
}

/// All nodes that the steps lead to, in order.
fn walk<'v>(
    steps: &[Step],
    from: &'v Value,
    document: &'v Value,
    budget: &Budget,
) -> Result<Vec<&'v Value>, Interrupted> {
    let mut nodes = vec![from];
    for step in steps {
        budget.spend(1 + nodes.len() as u64)?;
        let mut next = Vec::new();
        for node in nodes {
            spread(step, node, document, budget, &mut next)?;
        }
        nodes = next;
    }
    Ok(nodes)
}

/// Where one step leads from one node.
fn spread<'v>(
    step: &Step,
    node: &'v Value,
    document: &'v Value,
    budget: &Budget,
    next: &mut Vec<&'v Value>,
) -> Result<(), Interrupted> {
    match step {
        Step::Member(_) | Step::Index(_) => next.extend(child(step, node)),
        Step::Members(names) => {
            budget.spend(names.len() as u64)?;
            next.extend(names.iter().filter_map(|name| node.get(name)));
        }
        Step::Indexes(indexes) => {
            budget.spend(indexes.len() as u64)?;
            next.extend(indexes.iter().filter_map(|&index| item(node, index)));
        }
        Step::Wildcard => {
            let before = next.len();
            push_children(node, next);
            budget.spend((next.len() - before) as u64)?;
        }
        Step::Slice { start, end, step } => {
            if let Some(items) = node.as_array() {
                let indexes = slice_indexes(items.len(), *start, *end, *step);
                budget.spend(indexes.len() as u64)?;
                next.extend(indexes.into_iter().map(|index| &items[index]));
            }
        }
        Step::Descendants => descend(node, budget, next)?,
        Step::Filter(filter) => match node {
            Value::Array(items) => {
                for item in items.iter() {
                    budget.spend(1)?;
                    if filter.accepts(item, document, budget)? {
                        next.push(item);
                    }
                }
            }
            Value::Object(_) if filter.accepts(node, document, budget)? => next.push(node),
            _ => {}
        },
    }
    Ok(())
}

/// A single step to a single value.
fn child<'v>(step: &Step, node: &'v Value) -> Option<&'v Value> {
    match step {
        Step::Member(name) => node.get(name),
        Step::Index(index) => item(node, *index),
        _ => None,
    }
}

/// An item by its position; a negative one counts from the end.
fn item(node: &Value, index: i64) -> Option<&Value> {
    let items = node.as_array()?;
    let index = if index < 0 { index.checked_add(items.len() as i64)? } else { index };
    items.get(usize::try_from(index).ok()?)
}

fn push_children<'v>(node: &'v Value, out: &mut Vec<&'v Value>) {
    match node {
        Value::Array(items) => out.extend(items.iter()),
        Value::Object(members) => out.extend(members.values()),
        _ => {}
    }
}

/// The node and everything below it, parents before their children, in the order of the text.
fn descend<'v>(node: &'v Value, budget: &Budget, out: &mut Vec<&'v Value>) -> Result<(), Interrupted> {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        budget.spend(1)?;
        out.push(node);
        let first_child = waiting.len();
        push_children(node, &mut waiting);
        waiting[first_child..].reverse();
    }
    Ok(())
}

/// The positions that a slice names, as in Python.
fn slice_indexes(len: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<usize> {
    let len = len as i64;
    let from_end = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
    let mut indexes = Vec::new();
    if step > 0 {
        let mut at = start.map_or(0, from_end).clamp(0, len);
        let end = end.map_or(len, from_end).clamp(0, len);
        while at < end {
            indexes.push(at as usize);
            at = at.saturating_add(step);
        }
    } else if step < 0 {
        let mut at = start.map_or(len - 1, from_end).clamp(-1, len - 1);
        let end = end.map_or(-1, from_end).clamp(-1, len - 1);
        while at > end {
            indexes.push(at as usize);
            at = at.saturating_add(step);
        }
    }
    indexes
}
