//! Running the engine: quickly at first, and with full accounting when that was not enough.
//!
//! The quick attempt reads only what the expression can reach and stays within bounds so low that nothing
//! has to be counted but steps. It gives a value or it tells nothing: whatever else it ends with, the whole
//! evaluation is done again with everything read, all work counted, and the caller's limits.
//! INVARIANT: both attempts see the same moment and the same chance, so the second only knows more.

use std::collections::BTreeSet;

use jlens_core::ast::NodeKind;
use jlens_core::reads::{Read, Reads};
use jlens_core::{Bindings, Options};
use serde_json::Value;

use crate::binding::Binding;
use crate::error::{Error, ErrorKind};
use crate::expression::{Dialect, Evaluation, Surroundings};
use crate::functions::{self, Seed};
use crate::json;
use crate::limits::{self, Limits};
use crate::ranges::{self, Rewriting};
use crate::references::is_function;
use crate::work::Work;

/// A parsed expression with what was learned of it for its evaluations.
pub(crate) struct Engine {
    expression: jlens_core::Expression,
    dialect: Dialect,
    /// Some when ranges are watched, for the positions of errors.
    rewriting: Option<Rewriting>,
    reads: Reads,
    /// Every `$name` in the text.
    names: BTreeSet<Box<str>>,
    has_regex: bool,
}

/// What one evaluation is given, the same for both attempts.
struct Given<'a> {
    input: Option<&'a str>,
    bindings: &'a [(&'a str, Binding)],
    limits: &'a Limits,
    now_millis: i64,
    seed: Option<Seed>,
}

impl Engine {
    pub(crate) fn new(source: &jlens_core::Expression, dialect: Dialect) -> Result<Engine, Error> {
        let (expression, rewriting) = match ranges::watched(source.ast()) {
            None => (source.clone(), None),
            Some((text, rewriting)) => {
                let watched = jlens_core::Expression::compile(&text);
                (watched.map_err(|error| Error::language(&error))?, Some(rewriting))
            }
        };
        let (mut names, mut has_regex) = (BTreeSet::new(), false);
        expression.ast().root.walk(&mut |node| match &node.kind {
            NodeKind::Variable { name } => {
                names.insert(name.as_str().into());
            }
            NodeKind::Regex { .. } => has_regex = true,
            _ => {}
        });
        let own = ranges::bind(functions::PURE.clone(), 0);
        let reads = expression.reads_with(&own);
        Ok(Engine { expression, dialect, rewriting, reads, names, has_regex })
    }

    pub(crate) fn evaluate(
        &self,
        input: Option<&str>,
        bindings: &[(&str, Binding)],
        limits: &Limits,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Evaluation, Error> {
        let draws = ["random", "shuffle", "uuid", "eval"].iter().any(|name| self.names.contains(*name));
        let seed = draws.then(|| Seed([(surroundings.chance)(), (surroundings.chance)()]));
        let given = Given { input, bindings, limits, now_millis: surroundings.now_millis, seed };
        match self.attempt_quickly(&given) {
            Some(value) => Ok(Evaluation::Json(jlens_core::format_json(&value, false))),
            None => self.attempt_fully(&given),
        }
    }

    fn attempt_quickly(&self, given: &Given<'_>) -> Option<Value> {
        let limits = given.limits;
        let options = self
            .options(given)
            .max_steps(limits::QUICK_STEPS.min(limits.steps))
            .max_array_length(limits::QUICK_ITEMS.min(limits.items()))
            .max_string_length(limits::QUICK_STRING_BYTES.min(limits.value_bytes))
            .max_result_size(limits::QUICK_RESULT_BYTES.min(limits.value_bytes));
        let cuts = self.may_cut(given);
        let whole = Read::Whole;
        let part = |read| if cuts { Option::unwrap_or(read, &whole) } else { &whole };
        let input = given.input.map(|text| json::read(text, part(self.reads.input()))).transpose().ok()?;
        let bindings = self.bindings(given, limits::QUICK_ITEMS, |name| part(self.reads.binding(name)));
        self.expression.evaluate_with(input.as_ref(), &bindings.ok()?, &options).ok()?
    }

    fn attempt_fully(&self, given: &Given<'_>) -> Result<Evaluation, Error> {
        let limits = given.limits;
        let items = self.items_max(limits);
        let steps = match self.has_regex {
            true => limits.steps / limits::STEPS_PER_REGEX_STEP,
            false => limits.steps,
        };
        let mut work = Work::new(limits.worked_bytes);
        let options = self
            .options(given)
            .max_steps(steps)
            .max_array_length(items)
            .max_string_length(limits.value_bytes)
            .max_result_size(limits.value_bytes)
            .cancel_token(work.stop());
        let whole = Read::Whole;
        let input =
            given.input.map(|text| json::read(text, &whole).map_err(|reason| unreadable("input", &reason)));
        let input = input.transpose()?;
        let bindings = self.bindings(given, items, |_| &whole)?;
        let value = self.expression.evaluate_traced(input.as_ref(), &bindings, &options, &mut work);
        match value {
            Ok(Some(value)) => Ok(Evaluation::Json(jlens_core::format_json(&value, false))),
            Ok(None) if work.result_is_function => Ok(Evaluation::Function),
            Ok(None) => Ok(Evaluation::Undefined),
            Err(error) => Err(self.told(&error, given.limits)),
        }
    }

    fn options(&self, given: &Given<'_>) -> Options {
        let options = Options::new().now(given.now_millis).max_depth(given.limits.depth);
        match given.seed {
            Some(Seed([seed, _])) => options.seed(seed),
            None => options,
        }
    }

    /// The functions of the dialect and the variables that the expression names.
    fn bindings<'r>(
        &self,
        given: &Given<'_>,
        items_max: usize,
        part_of: impl Fn(&str) -> &'r Read,
    ) -> Result<Bindings, Error> {
        let mut bindings = match self.dialect {
            Dialect::Official => Bindings::new(),
            Dialect::StepFunctions => functions::PURE.clone(),
        };
        if let (Dialect::StepFunctions, Some(seed)) = (self.dialect, given.seed) {
            bindings = functions::bind_chance(bindings, seed);
        }
        if self.rewriting.is_some() {
            bindings = ranges::bind(bindings, items_max);
        }
        // `$eval` can name any variable.
        let every = self.reads.every_binding() && self.dialect == Dialect::Official;
        for (name, binding) in given.bindings {
            if every || self.names.contains(*name) {
                let value = binding.read(part_of(name));
                bindings =
                    bindings.var(*name, value.map_err(|reason| unreadable(&format!("${name}"), &reason))?);
            }
        }
        Ok(bindings)
    }

    /// The analysis of reads takes a name for the built-in function of that name.
    fn may_cut(&self, given: &Given<'_>) -> bool {
        let shadowed = self.names.contains("random") || self.names.contains("eval");
        !shadowed && !self.reads.every_binding() && !given.bindings.iter().any(|(name, _)| is_function(name))
    }

    /// The most items of an array, fewer where some function compares each with each.
    fn items_max(&self, limits: &Limits) -> usize {
        match self.names.contains("distinct") {
            true => limits.items().min(limits::DISTINCT_ITEMS_MAX),
            false => limits.items(),
        }
    }

    /// The engine's error in the words of the dialect.
    fn told(&self, error: &jlens_core::Error, limits: &Limits) -> Error {
        let aws = self.dialect == Dialect::StepFunctions;
        let items = self.items_max(limits);
        let in_official = |kind| Error { kind, ..self.placed(error) };
        let size = || {
            error.detail("message").and_then(Value::as_str).is_some_and(|text| text.contains("size limit"))
        };
        match error.code() {
            "D1011" if aws => Error::stack_overflow(),
            "D1011" => in_official(ErrorKind::StackOverflow),
            // Beside `$distinct` the bound on items is ours, not AWS's.
            "U1001" if size() && items < limits.items() => Error::over_budget(&format!("{items} items")),
            ranges::REFUSED if items < limits.items() => Error::over_budget(&format!("{items} items")),
            "U1001" if size() && aws => Error::memory(),
            "U1001" if size() => in_official(ErrorKind::Memory),
            "U1003" => Error::over_budget(&format!("{} bytes of work", limits.worked_bytes)),
            "U1006" => Error::over_budget(&format!("{} steps", limits.steps)),
            ranges::REFUSED => Error::memory(),
            _ => self.placed(error),
        }
    }

    fn placed(&self, error: &jlens_core::Error) -> Error {
        let told = Error::language(error);
        match &self.rewriting {
            Some(rewriting) => Error { position: told.position.map(|at| rewriting.undo(at)), ..told },
            None => told,
        }
    }
}

fn unreadable(what: &str, reason: &str) -> Error {
    let message = format!("{what}: {reason}");
    Error { kind: ErrorKind::Language, code: None, message, position: None, token: None }
}
