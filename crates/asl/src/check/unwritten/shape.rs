//! What a document can hold at most, as far as a definition tells.
//!
//! INVARIANT: a shape allows every value that may be there; what cannot be told allows anything. So only what
//! a shape does not hold is certain.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::definition::source::{Node, NodeKind};
use crate::query::jsonpath::{Path, Plain};

/// LIMIT: levels of a shape, then parts of one. Ours: a state in a loop may put its input into its output, one
/// level deeper each time; what is larger may hold anything.
const LEVELS_MAX: usize = 12;
const PARTS_MAX: usize = 300;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    Anything,
    /// Nothing inside: a text, a number, `null`, ...
    Leaf,
    Array(Arc<Inside<Shape>>),
    /// No other members than these; any of them may be missing.
    Object(Arc<Inside<Members>>),
}

pub(super) type Members = BTreeMap<Arc<str>, Shape>;

#[derive(PartialEq, Debug)]
pub(super) struct Inside<T> {
    within: T,
    levels: usize,
    parts: usize,
}

/// What a way into a shape leads to.
#[derive(PartialEq, Debug)]
pub(super) enum Found {
    /// No value of this shape has it.
    Nothing,
    AtMost(Shape),
}

impl Shape {
    pub(super) fn array(items: impl IntoIterator<Item = Shape>) -> Shape {
        let items = items.into_iter().fold(Shape::Leaf, |all, item| all.or(&item));
        let (levels, parts) = (items.levels() + 1, items.parts() + 1);
        Shape::within_bounds(levels, parts, || {
            Shape::Array(Arc::new(Inside { within: items, levels, parts }))
        })
    }

    pub(super) fn object(members: Members) -> Shape {
        let levels = 1 + members.values().map(Shape::levels).max().unwrap_or(0);
        let parts = 1 + members.values().map(Shape::parts).sum::<usize>();
        Shape::within_bounds(levels, parts, || {
            Shape::Object(Arc::new(Inside { within: members, levels, parts }))
        })
    }

    /// `{"Error": ..., "Cause": ...}`
    pub(super) fn error_output() -> Shape {
        Shape::object(["Error", "Cause"].map(|name| (name.into(), Shape::Leaf)).into())
    }

    /// Of a value that the definition has written out.
    pub(super) fn of(node: &Node) -> Shape {
        match &node.kind {
            NodeKind::Object(members) => {
                Shape::object(members.iter().map(|m| (m.key.clone(), Shape::of(&m.node))).collect())
            }
            NodeKind::Array(items) => Shape::array(items.iter().map(Shape::of)),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => Shape::Leaf,
        }
    }

    fn within_bounds(levels: usize, parts: usize, make: impl FnOnce() -> Shape) -> Shape {
        if levels > LEVELS_MAX || parts > PARTS_MAX { Shape::Anything } else { make() }
    }

    fn levels(&self) -> usize {
        match self {
            Shape::Anything | Shape::Leaf => 0,
            Shape::Array(array) => array.levels,
            Shape::Object(object) => object.levels,
        }
    }

    pub(super) fn parts(&self) -> usize {
        match self {
            Shape::Anything | Shape::Leaf => 1,
            Shape::Array(array) => array.parts,
            Shape::Object(object) => object.parts,
        }
    }

    /// What allows the values of both.
    pub(super) fn or(&self, other: &Shape) -> Shape {
        match (self, other) {
            (Shape::Leaf, shape) | (shape, Shape::Leaf) => shape.clone(),
            (Shape::Array(one), Shape::Array(two)) if Arc::ptr_eq(one, two) => self.clone(),
            (Shape::Object(one), Shape::Object(two)) if Arc::ptr_eq(one, two) => self.clone(),
            (Shape::Array(one), Shape::Array(two)) => Shape::array([one.within.or(&two.within)]),
            (Shape::Object(one), Shape::Object(two)) => {
                let mut members = one.within.clone();
                for (name, shape) in &two.within {
                    let both = members.get(name).map_or_else(|| shape.clone(), |member| member.or(shape));
                    members.insert(name.clone(), both);
                }
                Shape::object(members)
            }
            (Shape::Anything, _) | (_, Shape::Anything) => Shape::Anything,
            (Shape::Array(_), Shape::Object(_)) | (Shape::Object(_), Shape::Array(_)) => Shape::Anything,
        }
    }

    /// What a path selects. What a step finds in a value of another kind is left open.
    pub(super) fn at(&self, path: &Path) -> Found {
        let mut shape = self;
        for step in path.plain_steps() {
            shape = match (step, shape) {
                (Plain::Member(name), Shape::Object(object)) => match object.within.get(name) {
                    Some(member) => member,
                    None => return Found::Nothing,
                },
                (Plain::Index, Shape::Array(array)) => &array.within,
                (Plain::Member(_) | Plain::Index, Shape::Leaf) => return Found::Nothing,
                (Plain::Member(_), Shape::Array(_))
                | (Plain::Index, Shape::Object(_))
                | (_, Shape::Anything) => {
                    return Found::AtMost(Shape::Anything);
                }
            };
        }
        Found::AtMost(if path.is_reference() { shape.clone() } else { Shape::Anything })
    }

    /// Whether JSONata may find something under these names: it looks into the items of arrays.
    pub(super) fn may_have(&self, names: &[String]) -> bool {
        let Some((name, rest)) = names.split_first() else { return true };
        match self {
            Shape::Anything => true,
            Shape::Leaf => false,
            Shape::Array(array) => array.within.may_have(names),
            Shape::Object(object) => object.within.get(&**name).is_some_and(|shape| shape.may_have(rest)),
        }
    }

    /// With a value in the path's place, as `ResultPath` puts it there.
    pub(super) fn with(&self, path: &Path, value: Shape) -> Shape {
        let steps: Vec<Plain<'_>> = path.plain_steps().collect();
        self.with_steps(&steps, value)
    }

    fn with_steps(&self, steps: &[Plain<'_>], value: Shape) -> Shape {
        let Some((step, rest)) = steps.split_first() else { return value };
        match (step, self) {
            (Plain::Member(name), Shape::Object(object)) => {
                let made = Shape::object(Members::new());
                let member = object.within.get(*name).unwrap_or(&made).with_steps(rest, value);
                let mut members = object.within.clone();
                members.insert((*name).into(), member);
                Shape::object(members)
            }
            (Plain::Index, Shape::Array(array)) => {
                Shape::array([array.within.or(&array.within.with_steps(rest, value))])
            }
            // Such a write fails, or what it meets is not known.
            (Plain::Member(_) | Plain::Index, Shape::Anything | Shape::Leaf)
            | (Plain::Member(_), Shape::Array(_))
            | (Plain::Index, Shape::Object(_)) => Shape::Anything,
        }
    }
}
