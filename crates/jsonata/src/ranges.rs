//! Ranges, refused before the engine makes them: it would allocate ten million items first.
//!
//! Here: the rewriting of `[a..b]` to `[$from(a)..$to(b)]` with names that no user writes, the two functions
//! that see the bounds of each range just before it is made, and the way back from a position in the
//! rewritten text to one in the user's. Not here: bounds of other arrays (`work`).
//! INVARIANT: without a refusal both functions give back what they get, so the language is not changed.

use std::sync::{Arc, Mutex};

use jlens_core::ast::{BinaryOp, NodeKind};
use jlens_core::{Ast, Bindings, Error, HostFunction};
use serde_json::Value;

const FROM: &str = "\u{2115}from";
const TO: &str = "\u{2115}to";
/// The code by which `engine` knows the refusal.
pub(crate) const REFUSED: &str = "range";

/// Where text was put into the user's, in UTF-16 units of the rewritten text.
#[derive(Debug, Default)]
pub(crate) struct Rewriting(Vec<Inserted>);

#[derive(Debug)]
struct Inserted {
    at: usize,
    units: usize,
}

/// The text with every range watched; none when it has no range.
pub(crate) fn watched(ast: &Ast) -> Option<(String, Rewriting)> {
    let mut insertions: Vec<(usize, String)> = Vec::new();
    ast.root.walk(&mut |node| {
        if let NodeKind::Binary { op: BinaryOp::Range, .. } = &node.kind {
            // `pos` is just behind the operator.
            insertions.push((node.span.start, format!("${FROM}(")));
            insertions.push((node.pos - "..".len(), ")".to_owned()));
            insertions.push((node.pos, format!("${TO}(")));
            insertions.push((node.span.end, ")".to_owned()));
        }
    });
    if insertions.is_empty() {
        return None;
    }
    // Stable: of two ranges that begin or end at one place the outer comes first, and closing brackets are
    // all alike.
    insertions.sort_by_key(|(at, _)| *at);
    let (mut text, mut rewriting, mut copied, mut units) = (String::new(), Rewriting::default(), 0, 0);
    for (at, inserted) in insertions {
        let between = &ast.source[copied..at];
        units += utf16(between);
        rewriting.0.push(Inserted { at: units, units: utf16(&inserted) });
        units += utf16(&inserted);
        text.push_str(between);
        text.push_str(&inserted);
        copied = at;
    }
    text.push_str(&ast.source[copied..]);
    Some((text, rewriting))
}

impl Rewriting {
    /// The same when still more was put before the text.
    pub(crate) fn behind(self, before: &str) -> Rewriting {
        let units = utf16(before);
        let moved = self.0.into_iter().map(|inserted| Inserted { at: inserted.at + units, ..inserted });
        Rewriting([Inserted { at: 0, units }].into_iter().chain(moved).collect())
    }

    /// A position in the rewritten text as one in the user's text.
    pub(crate) fn undo(&self, position: usize) -> usize {
        let before = self.0.iter().filter(|inserted| inserted.at < position);
        position - before.map(|inserted| inserted.units.min(position - inserted.at)).sum::<usize>()
    }
}

/// Adds the two functions, for one evaluation whose ranges may have `items_max` items each.
pub(crate) fn bind(bindings: Bindings, items_max: usize) -> Bindings {
    // Ranges nest, as in `[1..$count([1..3])]`: the last lower bound seen belongs to the next upper one.
    let lower_bounds = Arc::new(Mutex::new(Vec::new()));
    let seen = lower_bounds.clone();
    let from = HostFunction::new(1, move |arguments, _| {
        let bound = arguments.first().cloned().flatten();
        seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(bound.clone());
        Ok(bound)
    });
    let to = HostFunction::new(1, move |arguments, _| {
        let bound = arguments.first().cloned().flatten();
        let lower = lower_bounds.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop().flatten();
        let (Some(low), Some(high)) = (number(&lower), number(&bound)) else { return Ok(bound) };
        match high - low >= items_max as f64 {
            true => Err(Error::new(REFUSED).with("value", high - low + 1.0)),
            false => Ok(bound),
        }
    });
    bindings.function(FROM, from.without_input()).function(TO, to.without_input())
}

fn number(value: &Option<Value>) -> Option<f64> {
    value.as_ref().and_then(Value::as_f64)
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}
