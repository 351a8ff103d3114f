//! An expression: parsed once, evaluated many times, from any thread.
//!
//! Here: the two dialects, the paths that need no engine, and the surface of the crate. Not here: how the
//! engine is run within bounds (`engine`).
//! INVARIANT: the same expression, bindings, limits, moment and chance give the same value or error.

use jlens_core::ast::{FallbackOp, Node, NodeKind};

use crate::binding::{Binding, Found};
use crate::engine::Engine;
use crate::error::Error;
use crate::limits::{EXPRESSION_BYTES_MAX, Limits};
use crate::references::References;

/// Which JSONata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The language of jsonata.org, release line 2.2.
    Official,
    /// JSONata 2.0.6 as AWS Step Functions runs it: without `$eval`, with six functions more, and with AWS's
    /// words where a bound is met.
    StepFunctions,
}

/// A JSONata expression.
pub struct Expression {
    source: jlens_core::Expression,
    path: Option<VariablePath>,
    engine: Engine,
}

/// `$name.field.field`: the commonest expression of all, answered with the text of the value.
struct VariablePath {
    variable: Box<str>,
    fields: Vec<Box<str>>,
}

/// What an evaluation may know of the world.
pub struct Surroundings<'a> {
    /// `$now()` and `$millis()`, in milliseconds since 1970.
    pub now_millis: i64,
    /// Asked for what `$random`, `$uuid` and `$shuffle` need; never by an expression without them.
    pub chance: &'a mut dyn FnMut() -> u64,
}

/// The value of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// Nothing, which is not null.
    Undefined,
    /// A value, as JSON without white space.
    Json(String),
    /// A function, which JSON cannot hold.
    Function,
}

impl Expression {
    pub fn parse(text: &str, dialect: Dialect) -> Result<Expression, Error> {
        if dialect == Dialect::StepFunctions && text.len() > EXPRESSION_BYTES_MAX {
            return Err(Error::too_long(text.len(), EXPRESSION_BYTES_MAX));
        }
        let source = jlens_core::Expression::compile(text).map_err(|error| Error::language(&error))?;
        if dialect == Dialect::StepFunctions {
            refuse_newer_syntax(&source.ast().root)?;
        }
        let engine = Engine::new(&source, dialect)?;
        let path = variable_path(&source.ast().root);
        Ok(Expression { source, path, engine })
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        self.source.source()
    }

    /// Evaluates against an input (`$$`, and `$` outside of paths) and variables, each named without `$`.
    pub fn evaluate(
        &self,
        input: Option<&str>,
        bindings: &[(&str, Binding)],
        limits: &Limits,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Evaluation, Error> {
        let bound =
            |name: &str| bindings.iter().rfind(|(bound, _)| *bound == name).map(|(_, binding)| binding);
        if let Some(path) = &self.path
            && let Some(variable) = bound(&path.variable)
        {
            match variable.follow(&path.fields) {
                Found::Value(value) => return Ok(Evaluation::Json(value.compact())),
                Found::Nothing => return Ok(Evaluation::Undefined),
                Found::Array => {}
            }
        }
        self.engine.evaluate(input, bindings, limits, surroundings)
    }

    /// What the expression refers to outside of itself.
    pub fn references(&self) -> References {
        References::of(&self.source.ast().root)
    }
}

/// `?:` and `??` came with JSONata 2.1; before it, the second sign of each was a syntax error.
fn refuse_newer_syntax(root: &Node) -> Result<(), Error> {
    let mut first: Option<(usize, &str)> = None;
    root.walk(&mut |node| {
        if let NodeKind::Fallback { op, .. } = &node.kind
            && first.is_none_or(|(position, _)| node.position < position)
        {
            first = Some((node.position, if *op == FallbackOp::Default { ":" } else { "?" }));
        }
    });
    match first {
        None => Ok(()),
        Some((position, sign)) => Err(Error {
            position: Some(position),
            ..Error::language(&jlens_core::Error::new("S0211").with("token", sign))
        }),
    }
}

fn variable_path(root: &Node) -> Option<VariablePath> {
    let (first, fields) = match &root.kind {
        NodeKind::Path { steps, keep_singleton_array: false } => steps.split_first()?,
        _ => (root, &[][..]),
    };
    let NodeKind::Variable { name } = &first.kind else { return None };
    let fields = fields.iter().map(|step| match &step.kind {
        NodeKind::Name { name } if is_bare(step) => Some(name.as_str().into()),
        _ => None,
    });
    let fields = fields.collect::<Option<Vec<Box<str>>>>()?;
    let plain = !matches!(name.as_str(), "" | "$") && is_bare(first) && is_bare(root);
    plain.then(|| VariablePath { variable: name.as_str().into(), fields })
}

/// Whether nothing but its kind makes the value of a node.
fn is_bare(node: &Node) -> bool {
    let attrs = &node.attrs;
    let filtered = !attrs.stages.is_empty() || !attrs.predicate.is_empty() || attrs.group.is_some();
    let bound = attrs.tuple || attrs.focus.is_some() || attrs.index.is_some() || attrs.ancestor.is_some();
    !filtered && !bound && !attrs.keep_array && !attrs.cons_array && attrs.ancestor_label.is_none()
}
