//! Expressions of all three languages, evaluated as states evaluate them: with a fixed moment and fixed
//! chance, so that an input always gives the same answer.

use asl::Document;
use asl::query::{Entropy, Given, Refused, Variables, evaluate_intrinsic, evaluate_path};
use jsonata::{Binding, Dialect, Evaluation, Expression, Limits, Surroundings};

use super::kind_of;

/// Parts the expression from the JSON that it looks at.
const DIVIDER: &str = "\n---\n";
const NOW_MILLIS: i64 = 1_700_000_000_000;

pub(super) fn feed_path(text: &str) -> String {
    feed_json_path(text, evaluate_path)
}

pub(super) fn feed_intrinsic(text: &str) -> String {
    feed_json_path(text, evaluate_intrinsic)
}

fn parts(text: &str) -> (&str, &str) {
    text.split_once(DIVIDER).unwrap_or((text, "{}"))
}

fn feed_json_path(text: &str, evaluate: fn(&str, Given<'_>) -> Result<Document, Refused>) -> String {
    let (expression, input) = parts(text);
    let input = match Document::parse(input) {
        Ok(input) => input,
        Err(error) => return format!("input: {}", kind_of(&error.message)),
    };
    let variables: Variables = [("v".into(), input.clone())].into_iter().collect();
    let entropy = Entropy::new(7);
    match evaluate(expression, Given { input: &input, variables: &variables, entropy: &entropy }) {
        Ok(value) => format!("value {:?}", value.text().as_bytes().first()),
        Err(refused) => format!("{} {}", refused.code, kind_of(&refused.message)),
    }
}

/// As a state does: the input is `$states.input`, there is a variable, and nothing lies at the top level.
pub(super) fn feed_jsonata(text: &str) -> String {
    let (text, input) = parts(text);
    let expression = match Expression::parse(text, Dialect::StepFunctions) {
        Ok(expression) => expression,
        Err(error) => return format!("unreadable {:?}", error.code),
    };
    let references = expression.references();
    let input = match Document::parse(input) {
        Ok(input) => input,
        Err(error) => return format!("input: {}", kind_of(&error.message)),
    };
    let states = Binding::object([("input", Binding::prepare(input.text()))]);
    let bindings = [("states", states), ("v", Binding::prepare(input.text()))];
    let mut drawn = 7_u64;
    let mut chance = || {
        drawn = drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
        drawn
    };
    let mut surroundings = Surroundings { now_millis: NOW_MILLIS, chance: &mut chance };
    let end = expression.evaluate(None, &bindings, &Limits::step_functions(), &mut surroundings);
    let refers = references.variables.len().min(3);
    match end {
        Ok(Evaluation::Json(value)) => format!("value {:?} {refers}", value.as_bytes().first()),
        Ok(Evaluation::Undefined) => format!("undefined {refers}"),
        Ok(Evaluation::Function) => format!("function {refers}"),
        Err(error) => format!("{:?} {:?} {}", error.kind, error.code, kind_of(&error.message)),
    }
}
