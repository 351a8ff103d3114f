//! What an expression refers to: for the checker of definitions, which knows fields, states and scopes.
//!
//! Here: the references to a context that Step Functions does not give, the free variables, and the paths
//! below `$states`. Not here: which of them are wrong where (`asl`).
//! INVARIANT: a name that the expression binds itself is no reference while it is bound.

use std::ops::Range;

use jlens_core::ast::{Node, NodeKind, Stage};

use crate::functions;

/// The references of an expression to what lies outside of it, in source order of evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// References to the context outside of every path, which AWS refuses
    /// (`UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported.`).
    pub top_level: Vec<TopLevelReference>,
    /// Variables that the expression does not bind itself and that name no function; `states` is not one.
    pub variables: Vec<Variable>,
    /// Field names below `$states`, as far as they are plain names.
    pub states: Vec<StatesPath>,
}

/// `phone`, `$` or `$$` where no path gives them a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopLevelReference {
    pub name: String,
    /// In bytes of the expression.
    pub span: Range<usize>,
}

/// `$name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub span: Range<usize>,
}

/// `$states.input.order` as `["input", "order"]`; empty for `$states` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatesPath {
    pub names: Vec<String>,
    pub span: Range<usize>,
}

impl References {
    pub(crate) fn of(root: &Node) -> References {
        let mut walk = Walk { found: References::default(), bound: Vec::new() };
        walk.node(root, Context::Outside);
        walk.found
    }
}

/// What `$` and a bare name mean at a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// Nothing: AWS evaluates without an input.
    Outside,
    /// The item of a path, filter, grouping or transformation.
    Item,
}

struct Walk {
    found: References,
    bound: Vec<String>,
}

impl Walk {
    fn node(&mut self, node: &Node, context: Context) {
        match &node.kind {
            NodeKind::Name { name } => self.bare(name, node, context),
            NodeKind::Variable { name } => self.variable(name, &[], node, context),
            NodeKind::Path { steps, .. } => self.path(steps, context),
            NodeKind::Block { exprs, .. } => self.scope(&[], |walk| walk.all(exprs, context)),
            NodeKind::Bind { lhs, rhs } => {
                self.node(rhs, context);
                if let NodeKind::Variable { name } = &lhs.kind {
                    self.bound.push(name.clone());
                }
            }
            // A function keeps the context of its definition.
            NodeKind::Lambda(def) => self.scope(&def.params, |walk| walk.node(&def.body, context)),
            NodeKind::Transform(def) => {
                let parts = [Some(&def.pattern), Some(&def.update), def.delete.as_ref()];
                parts.into_iter().flatten().for_each(|part| self.node(part, Context::Item));
            }
            NodeKind::Sort { terms } => terms.iter().for_each(|term| self.node(&term.expr, Context::Item)),
            NodeKind::Object { pairs } => self.pairs(pairs, context),
            NodeKind::Array { items } => self.all(items, context),
            NodeKind::Negate { expr } => self.node(expr, context),
            NodeKind::Binary { lhs, rhs, .. }
            | NodeKind::Fallback { lhs, rhs, .. }
            | NodeKind::Apply { lhs, rhs } => {
                self.node(lhs, context);
                self.node(rhs, context);
            }
            NodeKind::Condition { condition, then, otherwise } => {
                let parts = [Some(condition), Some(then), otherwise.as_ref()];
                parts.into_iter().flatten().for_each(|part| self.node(part, context));
            }
            NodeKind::Function { procedure, args } | NodeKind::Partial { procedure, args } => {
                self.node(procedure, context);
                self.all(args, context);
            }
            NodeKind::String { .. }
            | NodeKind::Number { .. }
            | NodeKind::Bool { .. }
            | NodeKind::Null
            | NodeKind::Regex { .. }
            | NodeKind::Wildcard
            | NodeKind::Descendant
            | NodeKind::Parent { .. }
            | NodeKind::Placeholder
            | NodeKind::Error { .. } => {}
        }
        self.attributes(node);
    }

    /// A path gives its steps, but the first, their context; a name bound on the way holds to its end.
    fn path(&mut self, steps: &[Node], context: Context) {
        self.scope(&[], |walk| {
            let Some((first, rest)) = steps.split_first() else { return };
            match &first.kind {
                NodeKind::Variable { name } => {
                    walk.variable(name, rest, first, context);
                    walk.attributes(first);
                }
                _ => walk.node(first, context),
            }
            for step in rest {
                match &step.kind {
                    NodeKind::Name { .. } => walk.attributes(step),
                    _ => walk.node(step, Context::Item),
                }
            }
        });
    }

    /// Filters, groupings and names bound by `@$x` and `#$x`.
    fn attributes(&mut self, node: &Node) {
        self.bound.extend(node.attrs.focus.iter().chain(&node.attrs.index).cloned());
        for stage in node.attrs.stages.iter().chain(&node.attrs.predicate) {
            match stage {
                Stage::Filter { expr, .. } => self.node(expr, Context::Item),
                Stage::Index { var, .. } => self.bound.push(var.clone()),
            }
        }
        if let Some(group) = &node.attrs.group {
            self.pairs(&group.pairs, Context::Item);
        }
    }

    fn variable(&mut self, name: &str, steps: &[Node], node: &Node, context: Context) {
        let span = node.span.start..node.span.end;
        match name {
            "" | "$" => self.bare(&format!("${name}"), node, context),
            _ if self.bound.iter().any(|bound| bound == name) => {}
            "states" => {
                let names = steps.iter().map_while(|step| match &step.kind {
                    NodeKind::Name { name } => Some(name.clone()),
                    _ => None,
                });
                self.found.states.push(StatesPath { names: names.collect(), span });
            }
            _ if is_function(name) => {}
            _ => self.found.variables.push(Variable { name: name.to_owned(), span }),
        }
    }

    fn bare(&mut self, name: &str, node: &Node, context: Context) {
        if context == Context::Outside {
            let span = node.span.start..node.span.end;
            self.found.top_level.push(TopLevelReference { name: name.to_owned(), span });
        }
    }

    fn all(&mut self, nodes: &[Node], context: Context) {
        nodes.iter().for_each(|node| self.node(node, context));
    }

    fn pairs(&mut self, pairs: &[(Node, Node)], context: Context) {
        for (key, value) in pairs {
            self.node(key, context);
            self.node(value, context);
        }
    }

    fn scope(&mut self, names: &[String], inside: impl FnOnce(&mut Walk)) {
        let outside = self.bound.len();
        self.bound.extend_from_slice(names);
        inside(self);
        self.bound.truncate(outside);
    }
}

/// Whether a function of JSONata or of Step Functions has this name.
pub(crate) fn is_function(name: &str) -> bool {
    functions::NAMES.contains(&name)
        || jlens_core::function_catalog().iter().any(|function| function.name == name)
}
