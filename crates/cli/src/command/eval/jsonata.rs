//! `stairway eval jsonata`: the official language, or Step Functions' dialect of it.

use ::jsonata::{Binding, Dialect, Error, ErrorKind, Evaluation, Expression, Limits, Surroundings};

use super::{Answer, Evaluate, Given, Question};

/// Evaluate a JSONata expression
///
/// An input is the context of the expression. With --aws there is no context: it is
/// $states.input, unless $states is among the bindings.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Jsonata {
    #[command(flatten)]
    given: Given,
    /// JSONata as Step Functions has it, with its functions, limits and messages
    #[arg(long)]
    aws: bool,
}

impl Jsonata {
    pub(super) fn language(self) -> (Given, Box<Evaluate>) {
        let evaluate: Box<Evaluate> = match self.aws {
            true => Box::new(|question| Ok(answer(in_step_functions(question)))),
            false => Box::new(|question| Ok(answer(official(question)))),
        };
        (self.given, evaluate)
    }
}

fn official(question: &Question<'_>) -> Result<Evaluation, Error> {
    let expression = Expression::parse(question.expr, Dialect::Official)?;
    evaluate(&expression, question.input, &bindings(question), &Limits::official())
}

fn in_step_functions(question: &Question<'_>) -> Result<Evaluation, Error> {
    let expression = Expression::parse(question.expr, Dialect::StepFunctions)?;
    if let Some(reference) = expression.references().top_level.first() {
        return Err(Error {
            kind: ErrorKind::Language,
            code: Some("UNSUPPORTED_JSONATA_EXPRESSION".to_owned()),
            message: format!("Reference to '{}' at the top level is not supported.", reference.name),
            position: Some(question.expr[..reference.span.end].encode_utf16().count()),
            token: Some(reference.name.clone()),
        });
    }
    let mut bindings = bindings(question);
    if let (Some(input), false) = (question.input, question.bindings.contains_key("states")) {
        bindings.push(("states", Binding::object([("input", Binding::prepare(input))])));
    }
    evaluate(&expression, None, &bindings, &Limits::step_functions()).map_err(|error| match error.kind {
        // No greater budget follows, so this is where AWS's clock would have struck.
        ErrorKind::OverBudget => Error::timeout(),
        _ => error,
    })
}

fn bindings<'a>(question: &Question<'a>) -> Vec<(&'a str, Binding)> {
    question.bindings.iter().map(|(name, value)| (name.as_str(), Binding::prepare(value.get()))).collect()
}

fn evaluate(
    expression: &Expression,
    input: Option<&str>,
    bindings: &[(&str, Binding)],
    limits: &Limits,
) -> Result<Evaluation, Error> {
    let mut chance = || getrandom::u64().expect("the operating system gives entropy");
    let now_millis = jiff::Timestamp::now().as_millisecond();
    expression.evaluate(input, bindings, limits, &mut Surroundings { now_millis, chance: &mut chance })
}

fn answer(outcome: Result<Evaluation, Error>) -> Answer {
    match outcome {
        Ok(Evaluation::Json(value)) => Answer::Value(value),
        Ok(Evaluation::Undefined) => Answer::Nothing("nothing (undefined)"),
        Ok(Evaluation::Function) => Answer::Nothing("a function, which JSON cannot hold"),
        Err(error) => Answer::Error { code: error.code, message: error.message, position: error.position },
    }
}
