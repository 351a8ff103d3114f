//! `stairway eval jsonpath` and `stairway eval intrinsic`: the expressions of states in JSONPath.

use asl::query::{Entropy, Refused, Variables, evaluate_intrinsic, evaluate_path};
use asl::{Document, query};

use super::{Answer, Evaluate, Given, Question};
use crate::given::place_and_reason;

/// Evaluate a path of a state, such as $.order.id
///
/// $ is the input ({} if there is none), $name a variable. There is no context object ($$).
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct JsonPath {
    #[command(flatten)]
    given: Given,
}

/// Evaluate a call of an intrinsic function, such as States.Format('{}', $.name)
///
/// $ is the input ({} if there is none), $name a variable. There is no context object ($$).
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Intrinsic {
    #[command(flatten)]
    given: Given,
}

impl JsonPath {
    pub(super) fn language(self) -> (Given, Box<Evaluate>) {
        (self.given, Box::new(|question| Ok(answer(question, evaluate_path))))
    }
}

impl Intrinsic {
    pub(super) fn language(self) -> (Given, Box<Evaluate>) {
        (self.given, Box::new(|question| Ok(answer(question, evaluate_intrinsic))))
    }
}

fn answer(
    question: &Question<'_>,
    evaluate: fn(&str, query::Given<'_>) -> Result<Document, Refused>,
) -> Answer {
    let (input, variables) = match data(question) {
        Ok(data) => data,
        Err(message) => return Answer::Error { code: None, message, position: None },
    };
    let entropy = Entropy::new(getrandom::u64().expect("the operating system gives entropy"));
    match evaluate(question.expr, query::Given { input: &input, variables: &variables, entropy: &entropy }) {
        Ok(value) => Answer::Value(value.text().to_owned()),
        Err(Refused { code, message, position }) => {
            Answer::Error { code: Some(code.to_owned()), message, position }
        }
    }
}

fn data(question: &Question<'_>) -> Result<(Document, Variables), String> {
    let input = match question.input {
        Some(input) => document("input", input)?,
        None => Document::empty_object(),
    };
    let variable = |(name, value): (&String, _)| Ok((name.as_str().into(), document(name, value)?));
    let variables = question.bindings.iter().map(|(name, value)| (name, value.get())).map(variable);
    Ok((input, variables.collect::<Result<_, String>>()?))
}

/// Texts that came as parts of others have not been held against the limits of a document.
fn document(what: &str, text: &str) -> Result<Document, String> {
    Document::parse(text)
        .map_err(|error| format!("expected `{what}` to be JSON, found {}", place_and_reason(&error)))
}
