//! Running the engine: quickly at first, and with full accounting when that was not enough.
//!
//! The quick attempt reads only what the expression can reach and stays within bounds so low that nothing
//! has to be counted but steps. It gives a value or it tells nothing: whatever else it ends with, the whole
//! evaluation is done again with everything read, all work counted, and the caller's limits.
//! INVARIANT: both attempts see the same moment and the same chance, so the second only knows more.

use std::collections::BTreeSet;

use jlens_core::ast::NodeKind;
use jlens_core::reads::{Read, Reads};
use jlens_core::{Ast, Bindings, Options};
use serde_json::Value;

use crate::binding::Binding;
use crate::error::{Error, ErrorKind};
use crate::expression::{Dialect, Evaluation, Surroundings};
use crate::functions::{self, Seed};
use crate::json;
use crate::limits::{self, Limits};
use crate::ranges::{self, Rewriting};
use crate::references::is_function;
use crate::replace;
use crate::work::{Exhausted, Work};

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
    groups: bool,
    replaces: bool,
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
        let mut text = ranges::watched(source.ast());
        let replaces = dialect == Dialect::StepFunctions && names_replace(source.ast());
        if replaces {
            let (inside, rewriting) =
                text.unwrap_or_else(|| (source.source().to_owned(), Rewriting::default()));
            let guarded = [replace::BEFORE, &inside, replace::BEHIND].concat();
            text = Some((guarded, rewriting.behind(replace::BEFORE)));
        }
        let (expression, rewriting) = match text {
            None => (source.clone(), None),
            Some((text, rewriting)) => {
                let watched = jlens_core::Expression::compile(&text);
                (watched.map_err(|error| Error::language(&error))?, Some(rewriting))
            }
        };
        let (mut names, mut has_regex, mut groups) = (BTreeSet::new(), false, false);
        expression.ast().root.walk(&mut |node| {
            groups |= node.attrs.group.is_some();
            match &node.kind {
                NodeKind::Variable { name } => {
                    names.insert(name.as_str().into());
                }
                NodeKind::Regex { .. } => has_regex = true,
                _ => {}
            }
        });
        let own = replace::bind(ranges::bind(functions::PURE.clone(), 0), 0);
        let reads = expression.reads_with(&own);
        Ok(Engine { expression, dialect, rewriting, reads, names, has_regex, groups, replaces })
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
        let searched = if self.has_regex { self.longest_text(&given) } else { 0 };
        if searched <= limits::REGEX_TEXT_BYTES
            && let Some(value) = self.attempt_quickly(&given)
        {
            return Ok(Evaluation::Json(jlens_core::format_json(&value, false)));
        }
        self.attempt_fully(&given, searched)
    }

    /// Of the texts in what the expression may read: the longest that it can give to a regular expression.
    fn longest_text(&self, given: &Given<'_>) -> usize {
        let bound = given.bindings.iter().filter(|(name, _)| self.names.contains(*name));
        let bound = bound.map(|(_, binding)| binding.longest_text());
        bound.chain(given.input.map(json::longest_text)).max().unwrap_or_default()
    }

    fn attempt_quickly(&self, given: &Given<'_>) -> Option<Value> {
        let limits = given.limits;
        let options = self
            .options(given)
            .max_steps(limits::QUICK_STEPS.min(limits.steps))
            .max_array_length(limits::QUICK_ITEMS.min(limits.items()))
            .max_string_length(limits::QUICK_STRING_BYTES.min(limits.value_bytes))
            .max_result_size(limits::QUICK_RESULT_BYTES.min(limits.result_bytes));
        let cuts = self.may_cut(given);
        let whole = Read::Whole;
        let part = |read| if cuts { Option::unwrap_or(read, &whole) } else { &whole };
        let input = given.input.map(|text| json::read(text, part(self.reads.input()))).transpose().ok()?;
        let bindings = self.bindings(given, limits::QUICK_ITEMS, |name| part(self.reads.binding(name)));
        self.expression.evaluate_with(input.as_ref(), &bindings.ok()?, &options).ok()?
    }

    /// `searched`: the longest text of the data, where there is a regular expression.
    fn attempt_fully(&self, given: &Given<'_>, searched: usize) -> Result<Evaluation, Error> {
        let limits = given.limits;
        let items = self.items_max(limits);
        let searched = searched.max(limits::REGEX_TEXT_BYTES);
        let (steps, string_bytes) = match self.has_regex && self.dialect == Dialect::StepFunctions {
            true => {
                let matches = limits::REGEX_CHARACTERS / searched as u64;
                ((limits.steps / limits::STEPS_PER_REGEX_STEP).min(matches), searched)
            }
            false if self.has_regex => (limits.steps / limits::STEPS_PER_REGEX_STEP, limits.value_bytes),
            false => (limits.steps, limits.value_bytes),
        };
        let mut work = Work::new(limits);
        let options = self
            .options(given)
            .max_steps(steps)
            .max_array_length(items)
            .max_string_length(string_bytes.min(self.string_bytes_max(limits)))
            .max_result_size(limits.result_bytes)
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
            Err(error) => Err(self.told(&error, given.limits, work.exhausted)),
        }
    }

    fn options(&self, given: &Given<'_>) -> Options {
        let depth = given.limits.depth + if self.replaces { replace::DEPTH } else { 0 };
        let options = Options::new().now(given.now_millis).max_depth(depth);
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
        if self.replaces {
            bindings = replace::bind(bindings, given.limits.value_bytes);
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

    /// The most items of an array, fewer where some function makes much of each or compares each with each.
    fn items_max(&self, limits: &Limits) -> usize {
        let grouped = if self.groups && is_bounded(limits) { limits::GROUPED_ITEMS_MAX } else { usize::MAX };
        self.dear(limits)
            .map(|(_, items, _)| *items)
            .min()
            .unwrap_or(usize::MAX)
            .min(grouped)
            .min(limits.items())
    }

    /// The most bytes of a string, likewise.
    fn string_bytes_max(&self, limits: &Limits) -> usize {
        self.dear(limits).map(|(_, _, bytes)| *bytes).min().unwrap_or(usize::MAX).min(limits.value_bytes)
    }

    fn dear(&self, limits: &Limits) -> impl Iterator<Item = &'static (&'static str, usize, usize)> {
        let bounded = is_bounded(limits);
        limits::DEAR_FUNCTIONS.iter().filter(move |(name, ..)| bounded && self.names.contains(*name))
    }

    /// The engine's error in the words of the dialect.
    fn told(&self, error: &jlens_core::Error, limits: &Limits, exhausted: Option<Exhausted>) -> Error {
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
            "U1003" if exhausted == Some(Exhausted::Made) && aws => Error::memory(),
            "U1003" if exhausted == Some(Exhausted::Made) => in_official(ErrorKind::Memory),
            "U1003" => Error::over_budget(&format!("{} bytes of work", limits.worked_bytes)),
            "U1006" => Error::over_budget(&format!("{} steps", limits.steps)),
            ranges::REFUSED => Error::memory(),
            _ => self.placed(error),
        }
    }

    fn placed(&self, error: &jlens_core::Error) -> Error {
        let told = Error::language(error);
        match &self.rewriting {
            Some(rewriting) => Error {
                position: told.position.map(|at| rewriting.undo(at)),
                token: told.token.map(replace::as_written),
                ..told
            },
            None => told,
        }
    }
}

/// Who asks for more than Step Functions allows gets it.
fn is_bounded(limits: &Limits) -> bool {
    limits.made_bytes <= Limits::step_functions().made_bytes
}

fn names_replace(ast: &Ast) -> bool {
    let mut found = false;
    ast.root.walk(&mut |node| {
        found |= matches!(&node.kind, NodeKind::Variable { name } if name == "replace");
    });
    found
}

fn unreadable(what: &str, reason: &str) -> Error {
    let message = format!("{what}: {reason}");
    Error { kind: ErrorKind::Language, code: None, message, position: None, token: None }
}
