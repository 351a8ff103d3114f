//! Evaluation as the tests need it: one input, one moment, one kind of chance.
#![allow(dead_code, reason = "each test file uses its part")]

use jsonata::{Binding, Dialect, Error, Evaluation, Expression, Limits, Surroundings};

pub(crate) type Outcome = Result<Evaluation, Error>;

const INPUT: &str = r#"{
    "none": null, "one": [7], "empty": [], "exact": [1.0, 1.10, 12345678901234567890, "a \u0041"],
    "items": [{"price": 4}, {"price": 12}]
}"#;

pub(crate) fn aws(text: &str) -> Outcome {
    with(text, &[("states", Binding::object([("input", Binding::prepare(INPUT))]))])
}

pub(crate) fn with(text: &str, bindings: &[(&str, Binding)]) -> Outcome {
    evaluate(text, Dialect::StepFunctions, None, bindings, &Limits::step_functions())
}

pub(crate) fn official(text: &str) -> Outcome {
    evaluate(text, Dialect::Official, Some(INPUT), &[], &Limits::official())
}

pub(crate) fn evaluate(
    text: &str,
    dialect: Dialect,
    input: Option<&str>,
    bindings: &[(&str, Binding)],
    limits: &Limits,
) -> Outcome {
    let mut drawn = 0;
    let mut chance = || {
        drawn += 1;
        drawn
    };
    let mut surroundings = Surroundings { now_millis: 1_700_000_000_000, chance: &mut chance };
    Expression::parse(text, dialect)?.evaluate(input, bindings, limits, &mut surroundings)
}

pub(crate) fn gives(json: &str) -> Outcome {
    Ok(Evaluation::Json(json.to_owned()))
}

pub(crate) fn undefined() -> Outcome {
    Ok(Evaluation::Undefined)
}

/// The error's text.
pub(crate) fn fails(outcome: Outcome) -> String {
    outcome.expect_err("an error").to_string()
}
